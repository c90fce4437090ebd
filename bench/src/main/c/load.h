/* What the parts of the loader share. */
#include <stddef.h>
#include <stdint.h>

enum { SMALLEST = 32, LARGEST = 65536, SECOND = 1000000000, LOST_NS = SECOND / 5 };

/* Stands at the head of each message; what follows is fill. */
struct header {
    uint64_t sequence;
    uint64_t sent_ns; /* in open loop, when it should have been sent */
};

/* What the command line asks for. */
struct load {
    int port, bytes, flows, window, train, server, sleep;
    double rate, warmup, seconds;
};
extern struct load load;

/* What came of it. */
struct tally {
    uint64_t received, lost, stray;
    uint64_t times[64 * 128];
};
extern struct tally tally;

/* common.c: these two end the process, with errno's message or with this one. */
void fail(const char *what);
void require(int fact, const char *sentence);
void *room(size_t count, size_t bytes); /* zeroed; never NULL */

/* load.c */
uint64_t now_ns(void);
void record(uint64_t ns);
void fill(char *message, int bytes, uint64_t seed);
int connected(int type);

/*
 * A protocol: flows that hold WINDOW messages each.
 *
 * open() returns a descriptor that is readable when a flow is. offer() sends the next COUNT messages of the schedule, the first due at due_ns and each a period
 * after the one before. turn() takes the replies that are there, up to WAIT_MS later when there are
 * none; in closed loop (period 0) it sends a new message for each.
 */
struct protocol {
    int (*open)(void);
    void (*offer)(uint64_t count, double due_ns, double period_ns);
    void (*turn)(int wait_ms);
};
extern const struct protocol udp, tcp;

/* CPU time and resident memory of a process and its children. */
struct usage {
    uint64_t cpu_ns, resident_kib;
};
struct usage usage_of(int pid);
