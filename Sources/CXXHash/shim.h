// XXH3 from libxxhash's header alone, so that no library is needed at run time.
#ifndef FERRY_CXXHASH_SHIM_H
#define FERRY_CXXHASH_SHIM_H

#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct {
    uint64_t low;
    uint64_t high;
} ferry_hash128;

static inline ferry_hash128 ferry_xxh3_128(const void *bytes, size_t count, uint64_t seed) {
    XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, count, seed);
    ferry_hash128 result = {hash.low64, hash.high64};
    return result;
}

static inline uint64_t ferry_xxh3_64(const void *bytes, size_t count, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, count, seed);
}

#endif
