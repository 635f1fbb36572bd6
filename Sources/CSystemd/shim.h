// libsystemd's notifications, watchdog, inherited sockets and journal: sd_notify, sd_watchdog_enabled, sd_listen_fds,
// sd_is_socket_unix, sd_journal_sendv. The variadic sd_notifyf is not visible from Swift: build the state string there.
#ifndef FERRY_CSYSTEMD_SHIM_H
#define FERRY_CSYSTEMD_SHIM_H

// Fields that name this program's lines are of no use to who reads its log; and the macros that add them hide the
// functions from the importer.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

// A macro the importer cannot see: the first inherited descriptor.
static const int ferry_sd_listen_fds_start = SD_LISTEN_FDS_START;

#endif
