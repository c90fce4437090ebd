/*
 * A simple loader: one thread, no library, and every reply is compared with its message.
 *
 *   load udp|tcp PORT [NAME=VALUE ...]
 *
 *   bytes=64      of a message, its number and the time it left included
 *   flows=1       sockets, each connected to 127.0.0.1
 *   window=1      messages in flight on each
 *   train=1       UDP: datagrams sent in one call, by UDP_SEGMENT, and received by UDP_GRO
 *   rate=0        messages a second, open loop: latency counts from the intended time;
 *                 0: closed loop, a new message for each reply
 *   sleep=0       1, open loop: sleep until a message is due or a reply comes, as a loader does
 *                 that leaves the cores to others; latency counts from the time it left
 *   warmup=1      seconds before the measured time
 *   seconds=1     measured time
 *   server=0      process whose CPU time and memory are printed, with those of its children
 *
 * UDP: recvmmsg and sendmmsg, so that a batch costs the loader less than a server that handles one
 * at a time. TCP: one read of what is there, and one write of as many messages as came back.
 * Prints one line of NAME=VALUE.
 */
#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { STEPS = 128, WAIT_MS = 100, PATIENCE = 5 };

/* Messages that may be in flight in open loop: of one flow, of all, and of one of very many. */
enum { OPEN_EACH = 4096, OPEN_ALL = 16 * OPEN_EACH, OPEN_LEAST = 16 };

struct load load = {.bytes = 64, .flows = 1, .window = 1, .train = 1, .warmup = 1, .seconds = 1};
struct tally tally;

static const struct protocol *protocol;
static int waitable;   /* readable when a flow is */
static double next_ns; /* open loop: when the next message is due */

static uint64_t read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t) t.tv_sec * SECOND + t.tv_nsec;
}

uint64_t now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

/* Counts a reply, by power of two and in STEPS / 2 steps within each. */
void record(uint64_t ns) {
    int shift = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - 6;
    tally.times[shift * (STEPS / 2) + (ns >> shift)]++;
    tally.received++;
}

static double percentile_us(double part) {
    uint64_t left = (uint64_t) (part * tally.received);
    for (int i = 0; i < 58 * STEPS / 2; i++) {
        if (tally.times[i] > left) {
            int shift = i < STEPS ? 0 : i / (STEPS / 2) - 1;
            return (double) ((uint64_t) (i - shift * (STEPS / 2)) << shift) / 1000;
        }
        left -= tally.times[i];
    }
    return 0;
}

/* Returns a byte that depends on message and position, so that mixed-up bytes are found. */
void fill(char *message, int bytes, uint64_t seed) {
    for (int i = sizeof(struct header); i < bytes; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        message[i] = seed >> 56;
    }
}

int connected(int type) {
    int fd = socket(AF_INET, type, 0), one = 1, bytes = 4 << 20;
    struct timeval wait = {.tv_usec = WAIT_MS * 1000}, patience = {.tv_sec = 5};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(load.port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* for connect, too */
    if (type == SOCK_STREAM) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    } else {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    if (fd < 0 || connect(fd, (struct sockaddr *) &to, sizeof to) < 0) {
        fail("connect");
    }
    return fd;
}

/* Sleeps until that time, or until a flow has something to read. */
static void sleep_until(uint64_t until_ns) {
    uint64_t now = now_ns(), left = until_ns > now ? until_ns - now : 0;
    struct timespec time = {.tv_sec = left / SECOND, .tv_nsec = left % SECOND};
    struct pollfd ready = {.fd = waitable, .events = POLLIN};
    if (left > 0 && ppoll(&ready, 1, &time, NULL) < 0) {
        fail("ppoll");
    }
}

/*
 * Runs the load. Closed loop: each reply triggers the next message. Open loop: the clock does.
 * Goes on for up to PATIENCE seconds more while there is no reply at all.
 */
static void run(double seconds) {
    uint64_t now = now_ns(), end = now + (uint64_t) (seconds * SECOND);
    uint64_t last = end + (uint64_t) PATIENCE * SECOND;
    double period_ns = load.rate > 0 ? SECOND / load.rate : 0;
    while (now < end || (tally.received == 0 && now < last)) {
        if (period_ns > 0 && next_ns <= now) {
            uint64_t due = (uint64_t) ((now - next_ns) / period_ns) + 1;
            protocol->offer(due, load.sleep ? now : next_ns, load.sleep ? 0 : period_ns);
            next_ns += due * period_ns;
        }
        if (load.sleep) {
            sleep_until(next_ns < end ? (uint64_t) next_ns : end);
        }
        protocol->turn(period_ns > 0 ? 0 : WAIT_MS);
        now = now_ns();
    }
}

static void read_words(int count, char **words) {
    const struct {
        const char *name;
        int *number;
        double *decimal;
    } names[] = {{"bytes", &load.bytes, NULL}, {"flows", &load.flows, NULL},
        {"window", &load.window, NULL}, {"train", &load.train, NULL},
        {"server", &load.server, NULL}, {"sleep", &load.sleep, NULL}, {"rate", NULL, &load.rate},
        {"warmup", NULL, &load.warmup}, {"seconds", NULL, &load.seconds}};
    for (int i = 3; i < count; i++) {
        size_t length = strcspn(words[i], "="), n = 0;
        while (n < sizeof names / sizeof *names && (strlen(names[n].name) != length
                || memcmp(names[n].name, words[i], length))) {
            n++;
        }
        require(words[i][length] == '=' && n < sizeof names / sizeof *names,
            "words must be NAME=VALUE with a known name");
        double value = atof(words[i] + length + 1);
        if (names[n].number) {
            *names[n].number = value;
        } else {
            *names[n].decimal = value;
        }
    }
    load.port = atoi(words[2]);
    require(load.flows > 0, "flows must be 1 or more");
    require(load.rate > 0 || !load.sleep, "sleep must have a rate");
    if (load.rate > 0) {
        int share = OPEN_ALL / load.flows;
        load.window = share > OPEN_EACH ? OPEN_EACH : share;
        if (load.window < OPEN_LEAST) {
            load.window = OPEN_LEAST;
        }
    }
    require(load.bytes >= SMALLEST && load.bytes <= LARGEST, "bytes must be 32 to 65536");
    require(load.window > 0, "window must be 1 or more");
    require(load.train > 0 && load.window % load.train == 0, "window must be whole trains");
}

int main(int count, char **words) {
    if (count < 3 || (strcmp(words[1], "udp") && strcmp(words[1], "tcp"))) {
        fprintf(stderr, "usage: load udp|tcp PORT [NAME=VALUE ...]\n");
        return 2;
    }
    read_words(count, words);
    protocol = strcmp(words[1], "udp") ? &tcp : &udp;
    waitable = protocol->open();
    if (load.sleep && prctl(PR_SET_TIMERSLACK, 1) < 0) {
        fail("timer slack");
    }
    next_ns = now_ns();
    if (load.rate == 0) {
        protocol->offer((uint64_t) load.flows * load.window, next_ns, 0);
    }
    run(load.warmup);
    memset(&tally, 0, sizeof tally);
    struct usage before = usage_of(load.server);
    uint64_t from = now_ns(), used = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    run(load.seconds);
    double elapsed = now_ns() - from;
    used = read_clock(CLOCK_PROCESS_CPUTIME_ID) - used;
    struct usage after = usage_of(load.server);
    require(tally.received > 0, "no reply came");
    double server_us = (after.cpu_ns - before.cpu_ns) / 1e3, load_us = used / 1e3;
    printf("rate=%.1f cpu_us=%.4f p50_us=%.3f p90_us=%.3f p99_us=%.3f resident_mib=%.1f load_cpu_us=%.4f"
        " server_busy=%.3f load_busy=%.3f received=%llu lost=%llu stray=%llu\n",
        tally.received / elapsed * SECOND, server_us / tally.received, percentile_us(0.5),
        percentile_us(0.9), percentile_us(0.99), after.resident_kib / 1024.0, load_us / tally.received,
        server_us * 1e3 / elapsed, load_us * 1e3 / elapsed, (unsigned long long) tally.received,
        (unsigned long long) tally.lost, (unsigned long long) tally.stray);
    return 0;
}
