/*
 * The plainest echo there is, as the peer of a loader that is measured.
 *
 *   echo udp|tcp SECONDS
 *
 * Listens on 127.0.0.1, on a port the kernel chooses and this program prints. UDP: recvfrom and
 * sendto. TCP: one epoll loop, read and write. Ends after SECONDS, or when it is told to.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int listening(int type) {
    int fd = socket(AF_INET, type, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof at;
    if (fd < 0 || bind(fd, (struct sockaddr *) &at, length) < 0) {
        fail("bind");
    }
    if (type == SOCK_STREAM && listen(fd, 128) < 0) {
        fail("listen");
    }
    if (getsockname(fd, (struct sockaddr *) &at, &length) < 0) {
        fail("getsockname");
    }
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void udp(void) {
    int bytes = 4 << 20;
    int fd = listening(SOCK_DGRAM);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    for (;;) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *) &peer, &length);
        if (n >= 0) {
            sendto(fd, buffer, n, 0, (struct sockaddr *) &peer, length);
        }
    }
}

/* Returns 0 when the connection is over. Waits for a peer that does not drain. */
static int echo(int fd) {
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n <= 0) {
        return n < 0 && errno == EAGAIN;
    }
    for (ssize_t done = 0; done < n;) {
        ssize_t written = write(fd, buffer + done, n - done);
        if (written > 0) {
            done += written;
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            poll(&room, 1, -1);
        } else {
            return 0;
        }
    }
    return 1;
}

static void tcp(void) {
    int one = 1;
    int listener = listening(SOCK_STREAM);
    int loop = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event ready[64];
        int n = epoll_wait(loop, ready, 64, -1);
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd != listener) {
                if (!echo(fd)) {
                    close(fd);
                }
                continue;
            }
            fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            if (fd >= 0) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = fd;
                epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}

int main(int count, char **words) {
    if (count != 3 || (strcmp(words[1], "udp") && strcmp(words[1], "tcp"))) {
        fprintf(stderr, "usage: echo udp|tcp SECONDS\n");
        return 2;
    }
    alarm(atoi(words[2]));
    if (!strcmp(words[1], "udp")) {
        udp();
    } else {
        tcp();
    }
}
