// zlib: gzip (RFC 1952) of single gRPC messages. Imported by MeshRPC only.
#include <zlib.h>
