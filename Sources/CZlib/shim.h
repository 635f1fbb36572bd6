// zlib with the macros that Swift cannot see made functions.
#ifndef FERRY_CZLIB_SHIM_H
#define FERRY_CZLIB_SHIM_H

#include <zlib.h>

// 16 stands for gzip's header and checksum.
static inline int ferry_gunzip_begin(z_stream *stream) {
    return inflateInit2(stream, MAX_WBITS + 16);
}

#endif
