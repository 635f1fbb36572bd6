#include "CClock.h"

#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int ferry_clock_is_kept(void) {
    struct timex state = {.modes = 0};
    if (adjtimex(&state) < 0) return -1;
    return (state.status & STA_UNSYNC) == 0;
}

// Not by the C library's function: whoever makes a process believe in another date (faketime(1)) replaces that one, and
// this clock must go on as it did before.
long long ferry_machine_uptime(void) {
    struct timespec now;
    if (syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now) != 0) return -1;
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}
