// The GNU C library's allocator settings, which its Swift module does not show.
#ifndef FERRY_CALLOCATOR_SHIM_H
#define FERRY_CALLOCATOR_SHIM_H

#include <malloc.h>

// Pages and batches are large, short-lived buffers made on several threads. Few arenas, and mappings of their own for
// large buffers, give their memory back as soon as they are freed.
static inline void ferry_keep_memory_small(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024);
}

#endif
