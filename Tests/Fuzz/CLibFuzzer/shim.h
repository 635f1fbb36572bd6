// libFuzzer's own loop (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library"), which comes with the compiler.
#ifndef FERRY_CLIBFUZZER_SHIM_H
#define FERRY_CLIBFUZZER_SHIM_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
