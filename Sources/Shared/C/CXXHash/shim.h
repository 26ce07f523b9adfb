// xxHash: fast digests that recognise equal bytes. Imported by EdgeGateway only.
#include <xxhash.h>
