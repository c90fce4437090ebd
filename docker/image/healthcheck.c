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

#define BLANKS " \t\n\v\f\r"

static int fail(const char *what) {
    printf("not ready: %.*s\n", (int) strcspn(what, "\n"), what);
    return 1;
}

/*
 * The value without blanks around it. Empty counts as unset, and so does what Kubernetes sets for a
 * Service named echo.
 */
static const char *variable(const char *name, const char *otherwise) {
    static char values[4][1024];
    static int next;
    const char *given = getenv(name);
    char *value = values[next++ % 4];
    if (!given || !*given || strncmp(given, "tcp://", 6) == 0 || strncmp(given, "udp://", 6) == 0) {
        return otherwise;
    }
    snprintf(value, sizeof values[0], "%s", given + strspn(given, BLANKS));
    size_t length = strlen(value);
    while (length > 0 && strchr(BLANKS, value[length - 1])) {
        value[--length] = 0;
    }
    return value;
}

static int port(const char *name, int otherwise) {
    const char *value = variable(name, "");
    return *value ? atoi(value) : otherwise;
}

/*
 * A socket connected to the first address that takes it, or -1. Of several hosts the first; Linux
 * takes a wildcard for loopback.
 */
static int dial(const char *hosts, int port, int type) {
    char host[256];
    char service[12];
    hosts += *hosts == '[';
    snprintf(host, sizeof host, "%.*s", (int) strcspn(hosts, ",]" BLANKS), hosts);
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
    int echo = port("ECHO_PORT", 2105);
    if (strcmp(variable("ECHO_ADMIN_PORT", ""), "off") != 0) {
        int admin = port("ECHO_ADMIN_PORT", echo ? echo + 1 : 0);
        return admin ? ask(admin) : fail("the admin port is any free one: set ECHO_ADMIN_PORT");
    }
    if (!echo) {
        return fail("the port is any free one and the admin port is off: set one of them");
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
