// libnghttp2: HTTP/2 framing, HPACK and session state (RFC 9113, RFC 7541). Imported by HTTPTransport only.
#include <nghttp2/nghttp2.h>
