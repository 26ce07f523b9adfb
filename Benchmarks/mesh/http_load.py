"""HTTP/1.1 load on one core: closed loop for the rate, open loop for latencies. Every reply must be a 200."""

import gc
import heapq
import random
import select
import socket
import time


class LoadError(Exception):
    """A reply that is none, or not a 200."""


class _Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.received = bytearray()
        self.started = 0.0
        self.url = b""

    def send(self, url, started):
        self.started, self.url = started, url
        request = b"GET " + url + b" HTTP/1.1\r\nhost: bench\r\n\r\n"
        if self.socket.send(request) != len(request):
            raise LoadError("the gateway does not take requests any more")

    def read(self):
        """The size of the reply's body once it is there, else None."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise LoadError(f"the gateway closed a connection during {self.url.decode()}")
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.received[:end]).lower()
        place = head.find(b"content-length:")
        if not head.startswith(b"http/1.1 200") or place < 0:
            raise LoadError(f"{self.url.decode()}: {bytes(self.received[:600]).decode(errors='replace')}")
        length = int(head[place + 15:].split(b"\r\n", 1)[0])
        if len(self.received) < end + 4 + length:
            return None
        self.received.clear()
        return length


class Result:
    """Replies, the seconds that they took, and in open loop all latencies, from the planned start."""

    def __init__(self, replies, seconds, size, latencies):
        self.replies, self.seconds, self.bytes = replies, seconds, size
        self.latencies = sorted(latencies)

    @property
    def rate(self):
        return self.replies / self.seconds

    def percentile(self, share):
        """In milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1000


def closed_loop(port, urls, seconds, connections=16):
    """As many requests as go through: each connection sends one after the other."""
    return _run(port, urls, seconds, connections, None)


def open_loop(port, urls, seconds, rate, connections=64):
    """Requests at moments that do not depend on the replies, at this mean rate (a Poisson process)."""
    return _run(port, urls, seconds, connections, rate)


def _run(port, urls, seconds, connections, rate):
    poll = select.epoll()
    by_number = {}
    for _ in range(connections):
        connection = _Connection(port)
        by_number[connection.socket.fileno()] = connection
        poll.register(connection.socket.fileno(), select.EPOLLIN)
    gc.collect()
    gc.disable()
    try:
        return _measure(poll, by_number, urls, seconds, rate)
    finally:
        gc.enable()
        for connection in by_number.values():
            connection.socket.close()
        poll.close()


def _measure(poll, by_number, urls, seconds, rate):
    clock = time.perf_counter
    idle, waiting, latencies = list(by_number.values()), [], []
    draw = random.Random(7)
    sent = replies = size = 0
    start = clock()
    end = start + seconds
    planned = start
    if rate is None:
        for connection in idle:
            connection.send(urls[sent % len(urls)], clock())
            sent += 1
        idle = []
    busy = len(by_number) - len(idle)
    while True:
        now = clock()
        if rate is not None:
            while planned <= now and planned < end:
                heapq.heappush(waiting, planned)
                planned += draw.expovariate(rate)
            while waiting and idle:
                idle.pop().send(urls[sent % len(urls)], heapq.heappop(waiting))
                sent += 1
                busy += 1
        if now >= end and busy == 0 and not waiting:
            break
        if now > end + 30:
            raise LoadError("replies did not come within 30 s")
        # The core is ours: to wait in the kernel would start requests late.
        for number, _ in poll.poll(0 if rate is not None else 0.5):
            connection = by_number[number]
            length = connection.read()
            if length is None:
                continue
            now = clock()
            replies += 1
            size += length
            if rate is not None:
                latencies.append(now - connection.started)
            if rate is None and now < end:
                connection.send(urls[sent % len(urls)], now)
                sent += 1
            else:
                idle.append(connection)
                busy -= 1
    return Result(replies, clock() - start, size, latencies)
