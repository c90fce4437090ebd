/*
 * Datagrams: each flow is a connected socket with WINDOW places for messages.
 *
 * A message keeps its place until its reply has come or its time is up, so a reply is compared with
 * the place of its number. A train is TRAIN places in a row, sent again when all are back.
 */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { BATCH = 64, SWEEP_NS = SECOND / 10 };

struct flow {
    int fd;
    char *places;      /* WINDOW messages */
    char *waiting;     /* for each place, whether its reply is yet to come */
    int *missing;      /* for each train, how many of its replies are */
    int next;          /* open loop: the place after the last one used */
    int ready[BATCH];  /* trains that can leave */
    int ready_count;
};

static struct flow *flows;
static int loop, trains, slot_bytes, next_flow;
static uint64_t swept_ns;

/* The messages of one call, shared by all flows. */
static struct mmsghdr in[BATCH], out[BATCH];
static struct iovec in_parts[BATCH], out_parts[BATCH];
static _Alignas(struct cmsghdr) char in_control[BATCH][CMSG_SPACE(sizeof(int))];
static _Alignas(struct cmsghdr) char out_control[CMSG_SPACE(sizeof(uint16_t))];

static int open_udp(void) {
    int one = 1, batch = load.train > 1 || load.window > BATCH ? BATCH : load.window;
    trains = load.window / load.train;
    slot_bytes = load.train > 1 ? LARGEST : load.bytes + 1;
    require(load.train * load.bytes <= 65507, "a train must be 65507 bytes at most");
    flows = room(load.flows, sizeof *flows);
    loop = epoll_create1(0);
    for (int i = 0; i < load.flows; i++) {
        struct flow *flow = &flows[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = flow};
        flow->fd = connected(SOCK_DGRAM);
        flow->places = room(load.window, load.bytes);
        flow->waiting = room(load.window, 1);
        flow->missing = room(trains, sizeof *flow->missing);
        for (int place = 0; place < load.window; place++) {
            struct header header = {place, 0};
            char *message = flow->places + (size_t) place * load.bytes;
            memcpy(message, &header, sizeof header);
            fill(message, load.bytes, (uint64_t) i << 32 | place);
        }
        if (load.train > 1 && setsockopt(flow->fd, SOL_UDP, UDP_GRO, &one, sizeof one) < 0) {
            fail("UDP_GRO");
        }
        epoll_ctl(loop, EPOLL_CTL_ADD, flow->fd, &event);
    }
    for (int i = 0; i < batch; i++) {
        in_parts[i] = (struct iovec) {room(1, slot_bytes), slot_bytes};
        in[i].msg_hdr = (struct msghdr) {.msg_iov = &in_parts[i], .msg_iovlen = 1};
        out[i].msg_hdr = (struct msghdr) {.msg_iov = &out_parts[i], .msg_iovlen = 1};
    }
    if (load.train > 1) {
        uint16_t segment = load.bytes;
        struct cmsghdr *c = (struct cmsghdr *) out_control;
        *c = (struct cmsghdr) {.cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT,
            .cmsg_len = CMSG_LEN(sizeof segment)};
        memcpy(CMSG_DATA(c), &segment, sizeof segment);
    }
    return load.flows == 1 ? flows->fd : loop;
}

/* Puts the next number and the time on each message of a train. */
static void stamp(struct flow *flow, int train, uint64_t at_ns) {
    for (int place = train * load.train; place < (train + 1) * load.train; place++) {
        struct header header;
        char *message = flow->places + (size_t) place * load.bytes;
        memcpy(&header, message, sizeof header);
        header.sequence += load.window;
        header.sent_ns = at_ns;
        memcpy(message, &header, sizeof header);
        flow->waiting[place] = 1;
    }
    flow->missing[train] = load.train;
}

static void send_ready(struct flow *flow) {
    for (int i = 0; i < flow->ready_count; i++) {
        size_t bytes = (size_t) load.train * load.bytes;
        out_parts[i] = (struct iovec) {flow->places + flow->ready[i] * bytes, bytes};
        out[i].msg_hdr.msg_control = load.train > 1 ? out_control : NULL;
        out[i].msg_hdr.msg_controllen = load.train > 1 ? sizeof out_control : 0;
    }
    for (int done = 0; done < flow->ready_count;) {
        int n = sendmmsg(flow->fd, out + done, flow->ready_count - done, 0);
        if (n <= 0) {
            fail("send");
        }
        done += n;
    }
    flow->ready_count = 0;
}

/* Queues a train, and sends the queue when it is as long as one call takes. */
static void queue(struct flow *flow, int train, uint64_t at_ns) {
    stamp(flow, train, at_ns);
    flow->ready[flow->ready_count++] = train;
    if (flow->ready_count == BATCH) {
        send_ready(flow);
    }
}

static void check(struct flow *flow, const char *reply, uint64_t now) {
    struct header header, sent;
    memcpy(&header, reply, sizeof header);
    int place = header.sequence % load.window;
    const char *message = flow->places + (size_t) place * load.bytes;
    memcpy(&sent, message, sizeof sent);
    if (!flow->waiting[place] || sent.sequence != header.sequence) {
        tally.stray++; /* given up, or twice */
        return;
    }
    require(!memcmp(reply, message, load.bytes), "a reply differs from its message");
    record(now - sent.sent_ns);
    flow->waiting[place] = 0;
    if (--flow->missing[place / load.train] == 0 && load.rate == 0) {
        queue(flow, place / load.train, now);
    }
}

static int segment_bytes(struct msghdr *message, int length) {
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    if (c && c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
        memcpy(&length, CMSG_DATA(c), sizeof length);
    }
    return length;
}

/* Receives what is there, waits for one if FLAGS says so, and sends the next messages. */
static int receive(struct flow *flow, int flags) {
    int batch = load.train > 1 || load.window > BATCH ? BATCH : load.window;
    for (int i = 0; load.train > 1 && i < batch; i++) {
        in[i].msg_hdr.msg_control = in_control[i];
        in[i].msg_hdr.msg_controllen = sizeof in_control[i];
    }
    int n = recvmmsg(flow->fd, in, batch, flags, NULL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        fail("recv");
    }
    uint64_t now = now_ns();
    for (int i = 0; i < n; i++) {
        int length = in[i].msg_len;
        require(length % load.bytes == 0
                && segment_bytes(&in[i].msg_hdr, length) == load.bytes,
            "a reply is not as long as its message");
        for (int at = 0; at < length; at += load.bytes) {
            check(flow, (char *) in_parts[i].iov_base + at, now);
        }
    }
    send_ready(flow);
    return n;
}

/* Gives up messages without a reply after the timeout. */
static void sweep(uint64_t now) {
    swept_ns = now;
    for (struct flow *flow = flows; flow < flows + load.flows; flow++) {
        for (int train = 0; train < trains; train++) {
            struct header sent;
            size_t first = (size_t) train * load.train;
            memcpy(&sent, flow->places + first * load.bytes, sizeof sent);
            if (flow->missing[train] == 0 || sent.sent_ns + LOST_NS > now) {
                continue;
            }
            tally.lost += flow->missing[train];
            flow->missing[train] = 0;
            memset(flow->waiting + first, 0, load.train);
            if (load.rate == 0) {
                queue(flow, train, now);
            }
        }
        send_ready(flow);
    }
}

static void offer_udp(uint64_t count, double due_ns, double period_ns) {
    for (uint64_t i = 0; i < count; i += load.train) {
        struct flow *flow = &flows[next_flow];
        int train = flow->next;
        flow->next = (train + 1) % trains;
        if (flow->missing[train] > 0) {
            tally.lost += load.train; /* no place to send it from */
        } else {
            queue(flow, train, (uint64_t) (due_ns + i * period_ns));
        }
        next_flow = (next_flow + 1) % load.flows;
    }
    for (struct flow *flow = flows; flow < flows + load.flows; flow++) {
        send_ready(flow);
    }
}

static void turn_udp(int wait_ms) {
    if (load.flows == 1) {
        receive(flows, wait_ms > 0 ? MSG_WAITFORONE : MSG_DONTWAIT);
    } else {
        struct epoll_event ready[BATCH];
        int n = epoll_wait(loop, ready, BATCH, wait_ms);
        for (int i = 0; i < n; i++) {
            receive(ready[i].data.ptr, MSG_DONTWAIT);
        }
    }
    uint64_t now = now_ns();
    if (now - swept_ns > SWEEP_NS) {
        sweep(now);
    }
}

const struct protocol udp = {open_udp, offer_udp, turn_udp};
