// zlib: gzip (RFC 1952) of gRPC messages and HTTP bodies. Imported by Compression only.
#include <zlib.h>
