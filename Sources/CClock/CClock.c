#include "CClock.h"

#include <sys/timex.h>

int ferry_clock_is_kept(void) {
    struct timex state = {.modes = 0};
    if (adjtimex(&state) < 0) return -1;
    return (state.status & STA_UNSYNC) == 0;
}
