// libsqlite3, and the two destructor constants that are casts the importer cannot see.
#ifndef FERRY_CSQLITE_SHIM_H
#define FERRY_CSQLITE_SHIM_H

#include <fcntl.h>
#include <linux/stat.h>
#include <sqlite3.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// The caller keeps the bytes alive until the statement is reset.
static inline int ferry_sqlite_bind_text_static(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, (const char *)bytes, count, SQLITE_STATIC);
}

static inline int ferry_sqlite_bind_text_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, (const char *)bytes, count, SQLITE_TRANSIENT);
}

static inline int ferry_sqlite_bind_blob_static(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

static inline int ferry_sqlite_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

// Before the library is used first: without its counts of what is allocated, allocating takes no lock.
static inline int ferry_sqlite_without_counts(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// Which file stands at a path: its inode's number, and when it was made in ns (0 where the file system does not say).
// Through the system call itself, since glibc hides statx() from modules that do not define _GNU_SOURCE.
static inline int ferry_file_identity(const char *path, uint64_t *inode, int64_t *birth) {
    struct statx status;
    long code = syscall(SYS_statx, AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &status);
    if (code != 0) return -1;
    *inode = status.stx_ino;
    *birth = status.stx_mask & STATX_BTIME ? status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec : 0;
    return 0;
}

#endif
