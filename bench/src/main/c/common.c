/* Errors and memory allocation, for all parts of the loader. */
#include "load.h"
#include <stdio.h>
#include <stdlib.h>

void fail(const char *what) {
    perror(what);
    exit(1);
}

void require(int fact, const char *sentence) {
    if (!fact) {
        fprintf(stderr, "load: %s\n", sentence);
        exit(1);
    }
}

void *room(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (!memory) {
        fail("memory");
    }
    return memory;
}
