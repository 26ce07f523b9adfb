#ifndef FIYATRADARI_FUZZER_H
#define FIYATRADARI_FUZZER_H

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's loop. It is linked in by `-sanitize=fuzzer` and has no header of its own.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
