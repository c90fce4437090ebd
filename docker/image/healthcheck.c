/*
 * Exits with 0 when the server of this environment is ready, else with 1 and a line that says what
 * came instead. Ready is a GET /readyz on the admin port that answers 200; where that port is off,
 * an echo over every protocol that is served, for which access lists hold as for any client.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int fail(const char *what) {
    printf("not ready: %.*s\n", (int) strcspn(what, "\n"), what);
    return 1;
}

/* Empty counts as unset. */
static const char *variable(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* 0 where the variable is not a port; what Kubernetes sets for a Service named echo is not. */
static int port(const char *name) {
    const char *digit = variable(name, "0");
    int number = 0;
    for (; *digit >= '0' && *digit <= '9' && number < 65536; digit++) {
        number = number * 10 + (*digit - '0');
    }
    return !*digit && number < 65536 ? number : 0;
}

/*
 * A socket connected to the first address that takes it, or -1. Of several hosts the first; Linux
 * takes a wildcard for loopback.
 */
static int dial(const char *hosts, int port, int type) {
    char host[256];
    char service[6];
    hosts += *hosts == '[';
    snprintf(host, sizeof host, "%.*s", (int) strcspn(hosts, ",]"), hosts);
    snprintf(service, sizeof service, "%d", port);
    struct addrinfo wanted = {.ai_socktype = type};
    struct addrinfo *found;
    if (getaddrinfo(host, service, &wanted, &found) != 0) {
        return -1;
    }
    int fd = -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        struct timeval limit = {.tv_usec = 900000};
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static int echoes(const char *hosts, int port, int type) {
    char reply[sizeof "health"] = "";
    int fd = dial(hosts, port, type);
    return fd >= 0
        && send(fd, "health", sizeof reply, MSG_NOSIGNAL) == sizeof reply
        && recv(fd, reply, sizeof reply, MSG_WAITALL) == sizeof reply
        && strcmp(reply, "health") == 0;
}

static int ask(int port) {
    static const char request[] =
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    int fd = dial(variable("ECHO_ADMIN_HOST", "127.0.0.1"), port, SOCK_STREAM);
    if (fd < 0) {
        return fail("no connection to the admin port");
    }
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

int main(void) {
    int echo = port("ECHO_PORT") ? port("ECHO_PORT") : 2105;
    int admin = port("ECHO_ADMIN_PORT");
    if (strcmp(variable("ECHO_ADMIN_PORT", ""), "off") != 0) {
        return ask(admin ? admin : echo + 1);
    }
    const char *protocols = variable("ECHO_PROTOCOLS", "udp,tcp");
    const char *hosts = variable("ECHO_HOST", "127.0.0.1");
    if (strstr(protocols, "udp") && !echoes(hosts, echo, SOCK_DGRAM)) {
        return fail("no echo over UDP, the admin port is off");
    }
    if (strstr(protocols, "tcp") && !echoes(hosts, echo, SOCK_STREAM)) {
        return fail("no echo over TCP, the admin port is off");
    }
    return 0;
}
