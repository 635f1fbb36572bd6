// The kernel's own view of its clocks, which the C library declares where Swift does not look.
#ifndef FERRY_CCLOCK_H
#define FERRY_CCLOCK_H

// Whether something keeps the clock right (adjtimex(2)): 1, or 0; -1 where the kernel does not tell.
int ferry_clock_is_kept(void);

// How long the machine has been on, in ms, suspended or not (clock_gettime(2), CLOCK_BOOTTIME); -1 where the kernel does
// not tell.
long long ferry_machine_uptime(void);

#endif
