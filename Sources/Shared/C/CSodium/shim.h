// libsodium: authenticated encryption, HMAC-SHA256, random bytes. Imported by Sodium only.
#include <sodium.h>
