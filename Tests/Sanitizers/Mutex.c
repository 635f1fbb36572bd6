// The slow half of Swift's Mutex, for the thread sanitizer.
//
// On Linux a Mutex that is taken is waited for in the kernel, which locks it as well (FUTEX_LOCK_PI). The sanitizer does
// not see that, and takes what two threads do one after the other under the lock for a race. Linked into programs that it
// watches, in place of the library's own, these wait where it can see them.
#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SELF __attribute__((swift_context)) _Atomic(uint32_t) *

__attribute__((swiftcall)) void ferry_lock(uint32_t thread, SELF word)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
__attribute__((swiftcall)) void ferry_unlock(SELF word)
    __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

// Synchronization._MutexHandle._lockSlow(_: UInt32)
__attribute__((swiftcall)) void ferry_lock(uint32_t thread, SELF word) {
    for (;;) {
        uint32_t owner = 0;
        if (__c11_atomic_compare_exchange_strong(word, &owner, thread, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
        // As the library's own does: a thread that waits for itself waits for ever.
        if ((owner & FUTEX_TID_MASK) == thread) abort();
        usleep(50);
    }
}

// Synchronization._MutexHandle._unlockSlow(): somebody waits in the kernel, in a library that was linked before.
__attribute__((swiftcall)) void ferry_unlock(SELF word) {
    __c11_atomic_fetch_add(word, 0, __ATOMIC_RELEASE);
    while (syscall(SYS_futex, word, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0) != 0) {
        if (errno != EAGAIN && errno != EINTR) abort();
    }
}
