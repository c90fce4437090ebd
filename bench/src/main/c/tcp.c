/*
 * Streams: each flow is a connection with a ring of WINDOW messages.
 *
 * A message stays in the ring until it is back, so input is compared with the ring byte for byte,
 * wherever TCP cuts it. Neither direction waits for the other.
 */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { BATCH = 64, READ_BYTES = 1 << 18 };

struct flow {
    int fd, wants_out;
    char *ring;
    uint64_t made, sent, back; /* bytes since the connection began: back <= sent <= made */
};

static struct flow *flows;
static int loop, next_flow;
static size_t ring_bytes;
static char in[READ_BYTES];

static int open_tcp(void) {
    ring_bytes = (size_t) load.window * load.bytes;
    flows = room(load.flows, sizeof *flows);
    loop = epoll_create1(0);
    for (int i = 0; i < load.flows; i++) {
        struct flow *flow = &flows[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = flow};
        flow->fd = connected(SOCK_STREAM);
        flow->ring = room(load.window, load.bytes);
        for (int place = 0; place < load.window; place++) {
            fill(flow->ring + (size_t) place * load.bytes, load.bytes,
                (uint64_t) i << 32 | place);
        }
        epoll_ctl(loop, EPOLL_CTL_ADD, flow->fd, &event);
    }
    return load.flows == 1 ? flows->fd : loop;
}

/* Puts one more message into the ring, if there is room. */
static int make(struct flow *flow, uint64_t at_ns) {
    if (flow->made + load.bytes > flow->back + ring_bytes) {
        return 0;
    }
    struct header header = {flow->made / load.bytes, at_ns};
    memcpy(flow->ring + flow->made % ring_bytes, &header, sizeof header);
    flow->made += load.bytes;
    return 1;
}

/* Sends what the connection takes; epoll tells when it takes more. */
static void send_made(struct flow *flow) {
    while (flow->sent < flow->made) {
        size_t at = flow->sent % ring_bytes, length = flow->made - flow->sent;
        if (length > ring_bytes - at) {
            length = ring_bytes - at;
        }
        ssize_t n = send(flow->fd, flow->ring + at, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            fail("send");
        }
        if (n < 0) {
            break;
        }
        flow->sent += n;
    }
    if (flow->wants_out != (flow->sent < flow->made)) {
        flow->wants_out = flow->sent < flow->made;
        struct epoll_event event = {.data.ptr = flow,
            .events = flow->wants_out ? EPOLLIN | EPOLLOUT : EPOLLIN};
        epoll_ctl(loop, EPOLL_CTL_MOD, flow->fd, &event);
    }
}

static void check(struct flow *flow, size_t length, uint64_t now) {
    require(flow->back + length <= flow->sent, "more came back than was sent");
    for (size_t done = 0; done < length;) {
        size_t at = (flow->back + done) % ring_bytes, part = length - done;
        if (part > ring_bytes - at) {
            part = ring_bytes - at;
        }
        require(!memcmp(in + done, flow->ring + at, part), "a reply differs from its message");
        done += part;
    }
    uint64_t first = flow->back / load.bytes;
    flow->back += length;
    for (uint64_t i = first; i < flow->back / load.bytes; i++) {
        struct header header;
        memcpy(&header, flow->ring + i * load.bytes % ring_bytes, sizeof header);
        record(now - header.sent_ns);
        if (load.rate == 0) {
            make(flow, now);
        }
    }
}

static void receive(struct flow *flow, int flags) {
    ssize_t n = recv(flow->fd, in, sizeof in, flags);
    require(n != 0, "the server closed the connection");
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        fail("recv");
    }
    if (n > 0) {
        check(flow, n, now_ns());
    }
    if (flow->sent < flow->made) {
        send_made(flow);
    }
}

static void offer_tcp(uint64_t count, double due_ns, double period_ns) {
    for (uint64_t i = 0; i < count; i++) {
        if (!make(&flows[next_flow], (uint64_t) (due_ns + i * period_ns))) {
            tally.lost++; /* no place to send it from */
        }
        next_flow = (next_flow + 1) % load.flows;
    }
    for (struct flow *flow = flows; flow < flows + load.flows; flow++) {
        send_made(flow);
    }
}

static void turn_tcp(int wait_ms) {
    if (load.flows == 1 && !flows->wants_out) {
        receive(flows, wait_ms > 0 ? 0 : MSG_DONTWAIT);
        return;
    }
    struct epoll_event ready[BATCH];
    int n = epoll_wait(loop, ready, BATCH, wait_ms);
    for (int i = 0; i < n; i++) {
        receive(ready[i].data.ptr, MSG_DONTWAIT);
    }
}

const struct protocol tcp = {open_tcp, offer_tcp, turn_tcp};
