// libpq: the PostgreSQL protocol, and Linux' readiness calls that its sockets are polled with. Imported by
// PostgresClient only.
#include <libpq-fe.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
