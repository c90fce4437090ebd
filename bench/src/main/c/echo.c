/*
 * The simplest echo servers: the yardstick of a race, and the target of generators.
 *
 *   echo udp|mmsg|train|tcp SECONDS [PORT]
 *
 * Listens on 127.0.0.1, on PORT or one that the kernel chooses, and prints it. Ends after SECONDS
 * or by a signal.
 *
 *   udp    recvfrom and sendto
 *   mmsg   recvmmsg and sendmmsg: a batch of datagrams in one call
 *   train  UDP_GRO and UDP_SEGMENT: datagrams of one flow pass the kernel as one
 *   tcp    one epoll loop, read and write
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGEST = 65536, BATCH = 64 };

static char buffer[LARGEST];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int listening(int type, int port) {
    int fd = socket(AF_INET, type, 0), one = 1, bytes = 4 << 20;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof at;
    if (type == SOCK_STREAM) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    } else {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
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

static void udp(int fd) {
    for (;;) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *) &peer, &length);
        if (n >= 0) {
            sendto(fd, buffer, n, 0, (struct sockaddr *) &peer, length);
        }
    }
}

static void mmsg(int fd) {
    static char buffers[BATCH][LARGEST];
    static struct sockaddr_in peers[BATCH];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    for (int i = 0; i < BATCH; i++) {
        parts[i].iov_base = buffers[i];
        messages[i].msg_hdr = (struct msghdr) {.msg_name = &peers[i], .msg_iov = &parts[i],
            .msg_iovlen = 1};
    }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i].iov_len = LARGEST;
            messages[i].msg_hdr.msg_namelen = sizeof peers[i];
        }
        int n = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++) {
            parts[i].iov_len = messages[i].msg_len;
        }
        for (int done = 0, sent; done < n; done += sent > 0 ? sent : 1) {
            sent = sendmmsg(fd, messages + done, n - done, 0);
        }
    }
}

/* Returns the segment size of a train, or 0 for a single datagram. */
static int segment_size(struct msghdr *message) {
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    int bytes = 0;
    if (c && c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
        memcpy(&bytes, CMSG_DATA(c), sizeof bytes);
    }
    return bytes;
}

static void train(int fd) {
    int one = 1;
    if (setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof one) < 0) {
        fail("UDP_GRO");
    }
    for (;;) {
        struct sockaddr_in peer;
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        struct iovec part = {buffer, sizeof buffer};
        struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &part,
            .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t n = recvmsg(fd, &message, 0);
        if (n < 0) {
            continue;
        }
        uint16_t segment = segment_size(&message);
        part.iov_len = n;
        message.msg_controllen = 0;
        if (segment && segment < n) {
            struct cmsghdr *c = (struct cmsghdr *) control;
            *c = (struct cmsghdr) {.cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT,
                .cmsg_len = CMSG_LEN(sizeof segment)};
            memcpy(CMSG_DATA(c), &segment, sizeof segment);
            message.msg_controllen = CMSG_SPACE(sizeof segment);
        }
        sendmsg(fd, &message, 0);
    }
}

/* Echoes what came; returns 0 when the connection is over. Blocks while the peer does not read. */
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

static void tcp(int listener) {
    int one = 1;
    int loop = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event ready[BATCH];
        int n = epoll_wait(loop, ready, BATCH, -1);
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
    static const struct {
        const char *name;
        int type;
        void (*serve)(int fd);
    } kinds[] = {{"udp", SOCK_DGRAM, udp}, {"mmsg", SOCK_DGRAM, mmsg},
        {"train", SOCK_DGRAM, train}, {"tcp", SOCK_STREAM, tcp}};
    for (size_t i = 0; count >= 3 && count <= 4 && i < sizeof kinds / sizeof *kinds; i++) {
        if (!strcmp(words[1], kinds[i].name)) {
            alarm(atoi(words[2]));
            kinds[i].serve(listening(kinds[i].type, count == 4 ? atoi(words[3]) : 0));
        }
    }
    fprintf(stderr, "usage: echo udp|mmsg|train|tcp SECONDS [PORT]\n");
    return 2;
}
