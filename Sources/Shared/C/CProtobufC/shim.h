// libprotobuf-c: protocol buffers on the wire. Imported by ProtobufBridge only.
#include <protobuf-c/protobuf-c.h>
