"""Clients that vanish, and requests that are not HTTP/2 at all."""

import socket
import struct
import time

import h2raw
import servers
from h2raw import TEST_SERVICE, grpc_message, request_fields, varint

DUPLEX = TEST_SERVICE + "FullDuplexCall"


def abort(raw):
  """Ends the connection by a TCP reset, as a killed client's kernel does."""
  raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
  raw.socket.close()


def test_vanished_clients_leave_no_connection_and_no_memory_behind(server, connect):
  warm = connect()
  warm.request(1)
  warm.response(1)
  servers.poll(lambda: server.descriptors, "descriptors")
  before, rss = server.descriptors, server.rss
  for _ in range(10):
    raws = [h2raw.RawConnection(server.address) for _ in range(10)]
    for raw in raws:
      for number in range(1, 40, 2):
        raw.headers(number, request_fields(DUPLEX))
        raw.data(number, grpc_message(b"\x12\x02\x08\x05")[:4])  # the message stays unfinished
      raw.ping()
    for raw in raws:
      abort(raw)
  servers.poll(lambda: server.descriptors <= before, "the server has closed the dead connections")
  assert server.rss - rss < 48 << 20, f"{(server.rss - rss) >> 20} MiB stayed"


def test_a_vanished_clients_handlers_stop_working(server, connect):
  # Each handler would send replies at intervals of 20 ms for 100 s; a server that goes on burns CPU to no end.
  with_interval = b"\x12" + varint(2 + 1 + len(varint(20_000))) + b"\x08\x01" + b"\x10" + varint(20_000)
  message = grpc_message(with_interval * 5000)
  raw = h2raw.RawConnection(server.address)
  for number in range(1, 20, 2):
    raw.headers(number, request_fields(DUPLEX))
    raw.data_within_windows(number, message)
    raw.response_headers(number)
  abort(raw)
  servers.poll(lambda: _quiet(server), "the CPU rests after the client has gone", timeout=15, interval=0)


def _quiet(server) -> bool:
  """Whether a second passes with less than 20 ms of CPU (500 timers per second would take more)."""
  start, began = server.cpu_seconds, time.monotonic()
  servers.poll(lambda: time.monotonic() - began >= 1, "a second")
  return server.cpu_seconds - start <= 0.02


def test_a_draining_server_does_not_wait_for_vanished_clients(start):
  server = start(direct=True)
  try:
    raw = h2raw.RawConnection(server.address)
    raw.headers(1, request_fields(DUPLEX))
    raw.ping()
    abort(raw)
    assert server.terminate(8) == 0
  finally:
    server.kill()


def exchange(address, data):
  """Sends bytes and reads what comes until the end or a short silence after the first answer."""
  host, port = address.rsplit(":", 1)
  with socket.create_connection((host, int(port)), timeout=15) as plain:
    plain.sendall(data)
    received = b""
    try:
      while piece := plain.recv(65536):
        received += piece
        if b"\r\n\r\n" in received:
          break
    except ConnectionResetError:
      pass
  return received


def test_http_1_is_served_on_the_same_port(server):
  answer = exchange(server.address, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
  assert answer.startswith(b"HTTP/1.1 "), answer[:100]
  assert 400 <= int(answer.split()[1]) < 600, answer[:100]


def test_grpc_over_http_1_is_refused_cleanly(server):
  answer = exchange(server.address, b"POST /grpc.testing.TestService/EmptyCall HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Type: application/grpc\r\nContent-Length: 5\r\n\r\n" + bytes(5))
  assert answer.startswith(b"HTTP/1.1 "), answer[:100]
  assert int(answer.split()[1]) in (404, 415, 426, 505), answer[:100]


def test_bytes_that_are_no_http_end_the_connection(server):
  for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), bytes(1000), b"\xff" * 1000,
               b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
               b"GET / HTTP/1.1\r\nBad Header\r\n\r\n",
               b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
               b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345"):
    answer = exchange(server.address, data)
    assert not answer or answer.startswith(b"HTTP/1.") or answer[3:4] in (b"\x04", b"\x07"), answer[:100]
    assert not answer.startswith(b"HTTP/1.1 2"), (data[:60], answer[:100])
