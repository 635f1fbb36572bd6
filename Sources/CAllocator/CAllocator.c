#define _GNU_SOURCE
#include "CAllocator.h"

#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void ferry_keep_memory_small(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024);
}

// Lets go of what a program or library has in memory of its read-only parts. They are what stands in its file, so that
// the next look at one brings it back, mostly without the disk: the kernel keeps files in memory while there is room.
static int release_code_of(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[index];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
        uintptr_t start = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
        uintptr_t end = object->dlpi_addr + part->p_vaddr + part->p_memsz;
        // Fails for what is no file's, such as the kernel's own page, which then stays.
        (void)madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void ferry_release_memory(void) {
    malloc_trim(0);
    dl_iterate_phdr(release_code_of, NULL);
}
