/*
 * Exits with 0 when GET /readyz on the admin port answers 200, else with 1 and a line that says
 * what came instead. The port is that of the server's environment: ECHO_ADMIN_PORT, or the one
 * after ECHO_PORT, or 2106.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int fail(const char *what) {
    printf("not ready: %s\n", what);
    return 1;
}

/* 0 where the variable is not a port; what Kubernetes sets for a Service named echo is not. */
static int port(const char *variable) {
    const char *digit = getenv(variable);
    int number = 0;
    for (; digit && *digit >= '0' && *digit <= '9' && number < 65536; digit++) {
        number = number * 10 + (*digit - '0');
    }
    return digit && !*digit && number < 65536 ? number : 0;
}

int main(void) {
    int echo = port("ECHO_PORT");
    int admin = port("ECHO_ADMIN_PORT");
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(admin ? admin : echo ? echo + 1 : 2106),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct timeval limit = {.tv_sec = 1};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *) &address, sizeof address) != 0) {
        return fail("no connection to the admin port");
    }
    static const char request[] =
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t) sizeof request - 1) {
        return fail("the request did not leave");
    }
    char answer[1024];
    size_t length = 0;
    for (ssize_t n = 1; n > 0 && length < sizeof answer - 1; length += n > 0 ? (size_t) n : 0) {
        n = recv(fd, answer + length, sizeof answer - 1 - length, 0);
    }
    answer[length] = 0;
    if (strncmp(answer, "HTTP/1.1 200 ", 13) == 0) {
        return 0;
    }
    char *body = strstr(answer, "\r\n\r\n");
    return fail(body ? body + 4 : "no answer");
}
