/*
 * The plainest closed loop: WINDOW messages in flight on one socket, as fast as they come back.
 *
 *   load udp|tcp PORT BYTES WINDOW WARMUP_SECONDS SECONDS
 *
 * Talks to 127.0.0.1. Each message carries its number and the time it left, and a fill; a reply
 * must be, byte for byte, a message that was sent. UDP: a blocking recv and a send for each. TCP:
 * a blocking read of whatever is there, and one write of as many new messages as came back.
 * Prints one line: messages/s, CPU in ns for each, p50 and p99 in us, and how many were lost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST = 65507, SMALLEST = 32, SECOND = 1000000000, STEPS = 128 };

struct header {
    uint64_t sequence;
    uint64_t sent_ns;
};

static char out[1 << 20];
static char in[1 << 20];
static char fill[LARGEST];
static int stream, fd, bytes;
static uint64_t sequence, received, lost;
static uint64_t times[64 * STEPS]; /* by power of two, and in 128 steps within each */

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * SECOND + t.tv_nsec;
}

static uint64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t) t.tv_sec * SECOND + t.tv_nsec;
}

static void record(uint64_t ns) {
    int shift = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - 6;
    times[shift * (STEPS / 2) + (ns >> shift)]++;
}

static double percentile(double part) {
    uint64_t left = (uint64_t) (part * received);
    for (int i = 0; i < 58 * STEPS / 2; i++) {
        if (times[i] > left) {
            int shift = i < STEPS ? 0 : i / (STEPS / 2) - 1;
            return (double) ((uint64_t) (i - shift * (STEPS / 2)) << shift) / 1000;
        }
        left -= times[i];
    }
    return 0;
}

static void send_some(int messages) {
    for (int i = 0; i < messages; i++) {
        char *at = stream ? out + (size_t) i * bytes : out;
        struct header header = {sequence++, now_ns()};
        memcpy(at, &header, sizeof header);
        memcpy(at + sizeof header, fill, bytes - sizeof header);
        if (!stream && send(fd, at, bytes, 0) != bytes) {
            fail("send");
        }
    }
    for (ssize_t done = 0; stream && done < (ssize_t) messages * bytes;) {
        ssize_t n = write(fd, out + done, (size_t) messages * bytes - done);
        if (n <= 0) {
            fail("write");
        }
        done += n;
    }
}

static void check(const char *reply) {
    struct header header;
    memcpy(&header, reply, sizeof header);
    if (header.sequence >= sequence
            || memcmp(reply + sizeof header, fill, bytes - sizeof header)) {
        fprintf(stderr, "a reply must be what was sent\n");
        exit(1);
    }
    record(now_ns() - header.sent_ns);
    received++;
}

/* Returns how many came; UDP that brings none for a second has lost its window. */
static int receive_some(int window) {
    static size_t held;
    ssize_t n = stream ? read(fd, in + held, sizeof in - held) : recv(fd, in, sizeof in, 0);
    if (n < 0 && errno == EAGAIN && !stream) {
        lost += window;
        return window;
    }
    if (n <= 0 || (!stream && n != bytes)) {
        fail("recv");
    }
    if (!stream) {
        check(in);
        return 1;
    }
    int whole = 0;
    held += n;
    for (; (size_t) (whole + 1) * bytes <= held; whole++) {
        check(in + (size_t) whole * bytes);
    }
    held -= (size_t) whole * bytes;
    memmove(in, in + (size_t) whole * bytes, held);
    return whole;
}

static void run(double seconds, int window) {
    uint64_t end = now_ns() + (uint64_t) (seconds * SECOND);
    while (now_ns() < end) {
        send_some(receive_some(window));
    }
}

int main(int count, char **words) {
    if (count != 7 || (strcmp(words[1], "udp") && strcmp(words[1], "tcp"))) {
        fprintf(stderr, "usage: load udp|tcp PORT BYTES WINDOW WARMUP_SECONDS SECONDS\n");
        return 2;
    }
    int one = 1, buffer = 4 << 20, window = atoi(words[4]);
    struct timeval second = {.tv_sec = 1};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    stream = !strcmp(words[1], "tcp");
    bytes = atoi(words[3]);
    to.sin_port = htons(atoi(words[2]));
    if (bytes < SMALLEST || bytes > LARGEST || window < 1
            || (size_t) window * bytes > sizeof out) {
        fprintf(stderr, "BYTES must be 32 to 65507, and BYTES * WINDOW at most a MiB\n");
        return 2;
    }
    memset(fill, 'e', sizeof fill);
    fd = socket(AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    if (stream) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    } else {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    }
    if (connect(fd, (struct sockaddr *) &to, sizeof to) < 0) {
        fail("connect");
    }
    send_some(window);
    run(atof(words[5]), window);
    memset(times, 0, sizeof times);
    received = 0;
    uint64_t from = now_ns(), used = cpu_ns();
    run(atof(words[6]), window);
    double elapsed = (double) (now_ns() - from) / SECOND;
    printf("%.0f %.0f %.1f %.1f %llu\n", received / elapsed,
            received ? (double) (cpu_ns() - used) / received : 0, percentile(0.5),
            percentile(0.99), (unsigned long long) lost);
    return 0;
}
