"""A relay in front of a gRPC server that notes, per call, the compressed flag of each request message.

grpcio shows a server neither the `grpc-encoding` of a request nor the flag of a message, and the interop cases with
compressed requests are about nothing else. The relay ends TLS itself and forwards clear text.
"""

from __future__ import annotations

import asyncio
import dataclasses
import struct
import threading

import hpack

import h2raw


@dataclasses.dataclass
class Call:
  path: str
  body: bytearray = dataclasses.field(default_factory=bytearray)

  @property
  def flags(self) -> list[int]:
    """The compressed flags of the messages that have begun."""
    flags, at = [], 0
    while at + 5 <= len(self.body):
      flag, length = struct.unpack_from(">BI", self.body, at)
      flags.append(flag)
      at += 5 + length
    return flags


class _Reader:
  """Follows the client's half of a connection."""

  def __init__(self):
    self.buffer = bytearray()
    self.preface = True
    self.decoder = hpack.Decoder(max_header_list_size=1 << 20)
    self.block = bytearray()
    self.calls: dict[int, Call] = {}

  def feed(self, data: bytes) -> bytes:
    """Returns what may be forwarded: whole frames, since a server may act on a part of one before it is noted here."""
    self.buffer += data
    ready = bytearray()
    if self.preface:
      if len(self.buffer) < len(h2raw.PREFACE):
        return b""
      ready += self.buffer[:len(h2raw.PREFACE)]
      del self.buffer[:len(h2raw.PREFACE)]
      self.preface = False
    while len(self.buffer) >= 9:
      high, low, kind, flags, stream = struct.unpack_from(">BHBBI", self.buffer)
      length = high << 16 | low
      if len(self.buffer) < 9 + length:
        break
      payload = bytes(self.buffer[9:9 + length])
      ready += self.buffer[:9 + length]
      del self.buffer[:9 + length]
      self._frame(kind, flags, stream, payload)
    return bytes(ready)

  def _frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
    if kind in (h2raw.DATA, h2raw.HEADERS) and flags & h2raw.PADDED:
      payload = payload[1:len(payload) - payload[0]]
    if kind == h2raw.HEADERS and flags & h2raw.PRIORITY_FLAG:
      payload = payload[5:]
    if kind == h2raw.DATA and stream in self.calls:
      self.calls[stream].body += payload
    elif kind in (h2raw.HEADERS, h2raw.CONTINUATION):
      self.block += payload
      if flags & h2raw.END_HEADERS:
        fields = dict(self.decoder.decode(bytes(self.block), raw=True))
        self.block.clear()
        if b":path" in fields:
          self.calls[stream] = Call(fields[b":path"].decode())


class Tap:
  """Listens on `address`; forwards to `backend`. Runs its loop in a thread of its own until `stop`."""

  def __init__(self, backend: str, context, listen: str = "127.0.0.1:0"):
    self.backend = backend
    self._readers: dict[int, _Reader] = {}  # by the port of the connection to the backend
    self._loop = asyncio.new_event_loop()
    self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
    self._thread.start()
    host, port = listen.rsplit(":", 1)
    self._server = asyncio.run_coroutine_threadsafe(
      asyncio.start_server(self._serve, host, int(port), ssl=context), self._loop).result(10)
    self.address = "%s:%d" % self._server.sockets[0].getsockname()[:2]

  def refuse(self) -> None:
    """Takes no further connections."""
    self._loop.call_soon_threadsafe(self._server.close)

  def stop(self) -> None:
    self.refuse()
    self._loop.call_soon_threadsafe(self._loop.stop)
    self._thread.join(10)

  def flags(self, peer: str, path: str) -> list[int]:
    """The flags of the newest call to `path` on the connection that grpcio calls `peer` ("ipv4:HOST:PORT")."""
    reader = self._readers[int(peer.rsplit(":", 1)[1])]
    return [call for call in list(reader.calls.values()) if call.path == path][-1].flags

  async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    host, port = self.backend.rsplit(":", 1)
    up_reader, up_writer = await asyncio.open_connection(host, int(port))
    follower = self._readers[up_writer.get_extra_info("sockname")[1]] = _Reader()
    await asyncio.gather(self._copy(reader, up_writer, follower), self._copy(up_reader, writer, None))

  async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, follower: _Reader | None) -> None:
    try:
      while data := await source.read(65536):
        if follower is not None:
          data = follower.feed(data)
        sink.write(data)
        await sink.drain()
    except (ConnectionError, OSError):
      pass  # one side hung up: the other is told below
    finally:
      sink.close()
