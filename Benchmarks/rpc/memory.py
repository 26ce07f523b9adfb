"""Memory that a server spends on idle connections and on open streams, asked for with hand-made HTTP/2 frames."""

from __future__ import annotations

import resource
import selectors
import socket
import time

from load import PATH
from servers import Server

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, SETTINGS, PING, GOAWAY, RST_STREAM = 1, 4, 6, 7, 3
ACK, END_HEADERS = 1, 4
MAX_CONCURRENT_STREAMS = 3


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
  return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(name: bytes, value: bytes) -> bytes:
  """A header field without indexing (RFC 7541 §6.2.2)."""
  return bytes([0, len(name)]) + name + bytes([len(value)]) + value


REQUEST = b"".join(literal(name, value) for name, value in (
  (b":method", b"POST"), (b":scheme", b"http"), (b":path", PATH.replace("Unary", "Stream").encode()),
  (b":authority", b"localhost"), (b"content-type", b"application/grpc"), (b"te", b"trailers")))


class Peer:
  """One client connection: answers SETTINGS and PING, counts what else comes."""

  def __init__(self, port: int):
    self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
    self.buffer = b""
    self.has_settings, self.ping_acks, self.max_streams, self.refused = False, 0, 2**31, None
    self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))

  def read(self) -> None:
    data = self.socket.recv(65536)
    if not data:
      raise RuntimeError("the server closed a connection that should stay open (is a connection limit in the way?)")
    self.buffer += data
    while len(self.buffer) >= 9:
      length = int.from_bytes(self.buffer[:3], "big")
      if len(self.buffer) < 9 + length:
        return
      kind, flags = self.buffer[3], self.buffer[4]
      payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
      if kind == SETTINGS and not flags & ACK:
        for at in range(0, length - 5, 6):
          if int.from_bytes(payload[at:at + 2], "big") == MAX_CONCURRENT_STREAMS:
            self.max_streams = int.from_bytes(payload[at + 2:at + 6], "big")
        self.has_settings = True
        self.socket.sendall(frame(SETTINGS, ACK, 0))
      elif kind == PING:
        if flags & ACK:
          self.ping_acks += 1
        else:
          self.socket.sendall(frame(PING, ACK, 0, payload))
      elif kind in (GOAWAY, RST_STREAM):
        raise RuntimeError(f"the server refused: frame type {kind}, payload {payload[:60]!r}")


def wait_for(peers: list[Peer], condition, what: str) -> None:
  """Serves all peers until `condition` holds for each."""
  deadline = time.monotonic() + 30
  with selectors.DefaultSelector() as selector:
    for peer in peers:
      selector.register(peer.socket, selectors.EVENT_READ, peer)
    waiting = {id(peer) for peer in peers if not condition(peer)}
    while waiting:
      if time.monotonic() > deadline:
        raise RuntimeError(f"{len(waiting)} of {len(peers)} connections saw no {what} within 30 s")
      for key, _ in selector.select(timeout=1):
        key.data.read()
        if condition(key.data):
          waiting.discard(id(key.data))


def connect(server: Server, count: int) -> list[Peer]:
  soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
  if soft < count + 100:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))
  peers: list[Peer] = []
  # In steps that fit a listener's backlog.
  while len(peers) < count:
    step = [Peer(server.port) for _ in range(min(100, count - len(peers)))]
    wait_for(step, lambda peer: peer.has_settings, "SETTINGS")
    peers += step
  return peers


def close(peers: list[Peer]) -> None:
  for peer in peers:
    peer.socket.close()


def per_connection(server: Server, count: int) -> float:
  """Bytes of resident memory for each of `count` idle connections."""
  close(connect(server, 1))
  before = server.settled_rss()
  peers = connect(server, count)
  try:
    return (server.settled_rss() - before) / count
  finally:
    close(peers)


def per_stream(server: Server, count: int) -> float:
  """Bytes of resident memory for each of `count` bidirectional calls that have begun and pause."""
  first = connect(server, 1)
  each = min(100, first[0].max_streams)
  close(first)
  peers = connect(server, -(-count // each))
  try:
    before = server.settled_rss()
    left = count
    for peer in peers:
      amount = min(each, left)
      left -= amount
      heads = b"".join(frame(HEADERS, END_HEADERS, 2 * n + 1, REQUEST) for n in range(amount))
      # The answer to a ping behind them tells that they were read.
      peer.socket.sendall(heads + frame(PING, 0, 0, bytes(8)))
    wait_for(peers, lambda peer: peer.ping_acks > 0, "answer to a ping")
    return (server.settled_rss() - before) / count
  finally:
    close(peers)
