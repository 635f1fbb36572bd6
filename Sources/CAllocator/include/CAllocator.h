// Settings of the GNU C library's allocator, and ways to give memory back.
//
// Includes nothing: most of what these need is declared for _GNU_SOURCE only, and a module that shows the C library's
// types under other settings than its neighbours contradicts them.
#ifndef FERRY_CALLOCATOR_H
#define FERRY_CALLOCATOR_H

// Pages and batches are large, short-lived buffers made on several threads. Few arenas, and mappings of their own for
// large buffers, give their memory back as soon as they are freed.
void ferry_keep_memory_small(void);

// Gives back what is free, and all code: most of it was for the start, or for jobs that have ended.
void ferry_release_memory(void);

#endif
