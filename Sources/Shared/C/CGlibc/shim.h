// What Swift's Glibc module leaves out of glibc: mallopt, and the processors that a thread may run on, which
// <sched.h> declares for _GNU_SOURCE only. Imported by ServiceKit only.
#include <malloc.h>
#include <sched.h>
#include <stddef.h>
#include <sys/types.h>

int sched_getaffinity(pid_t thread, size_t size, cpu_set_t *processors);
int sched_setaffinity(pid_t thread, size_t size, const cpu_set_t *processors);
