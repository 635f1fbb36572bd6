// libsystemd's notifications, watchdog and inherited sockets: sd_notify, sd_watchdog_enabled, sd_listen_fds,
// sd_is_socket_unix. The variadic sd_notifyf is not visible from Swift: build the state string there.
#ifndef FERRY_CSYSTEMD_SHIM_H
#define FERRY_CSYSTEMD_SHIM_H

#include <systemd/sd-daemon.h>

// A macro the importer cannot see: the first inherited descriptor.
static const int ferry_sd_listen_fds_start = SD_LISTEN_FDS_START;

#endif
