// hiredis 0.14: the reply reader and the command formatter, no socket. Imported by RedisClient only.
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
