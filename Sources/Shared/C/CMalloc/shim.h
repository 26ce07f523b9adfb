// glibc's mallopt, which Swift's Glibc module leaves out. Imported by ServiceKit only.
#include <malloc.h>
