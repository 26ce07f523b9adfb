"""A raw HTTP/2 client for tests that must say exactly which bytes go out.

It sends whatever it is told to, right or wrong, and keeps an account of what came back: per stream the header
fields, data, trailers and reset code; per connection the peer's settings, windows, GOAWAY and the end of the socket.
Every wait has a deadline.
"""

from __future__ import annotations

import collections
import dataclasses
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
FRAME_NAMES = ("DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
               "WINDOW_UPDATE", "CONTINUATION")

ACK = END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY_FLAG = 0x20

# Settings (RFC 9113 section 6.5.2).
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = (
  1, 2, 3, 4, 5, 6)

# Error codes (RFC 9113 section 7).
ERROR_NAMES = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
               "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR",
               "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED")
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)

TEST_SERVICE = "/grpc.testing.TestService/"


def error_name(code: int | None) -> str:
  if code is None:
    return "none"
  return ERROR_NAMES[code] if code < len(ERROR_NAMES) else hex(code)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"", length: int | None = None) -> bytes:
  """The bytes of one frame; `length` overrides the true length in its header."""
  size = len(payload) if length is None else length
  return struct.pack(">BHBBI", size >> 16, size & 0xFFFF, kind, flags, stream) + payload


def settings_payload(values: Iterable[tuple[int, int]]) -> bytes:
  return b"".join(struct.pack(">HI", key, value) for key, value in values)


def priority_payload(depends_on: int, weight: int = 15, exclusive: bool = False) -> bytes:
  return struct.pack(">IB", depends_on | (0x80000000 if exclusive else 0), weight)


def varint(value: int) -> bytes:
  """A protobuf varint."""
  out = bytearray()
  while value > 0x7F:
    out.append(value & 0x7F | 0x80)
    value >>= 7
  out.append(value)
  return bytes(out)


def grpc_message(body: bytes = b"", flag: int = 0) -> bytes:
  """A length-prefixed gRPC message."""
  return struct.pack(">BI", flag, len(body)) + body


def parse_messages(data: bytes) -> list[tuple[int, bytes]]:
  """The (flag, body) pairs of a gRPC body; a truncated one is an error."""
  messages, at = [], 0
  while at < len(data):
    flag, length = struct.unpack_from(">BI", data, at)
    body = data[at + 5:at + 5 + length]
    assert len(body) == length, f"message at {at} declares {length} bytes, {len(body)} follow"
    messages.append((flag, body))
    at += 5 + length
  return messages


def request_fields(path: str = TEST_SERVICE + "EmptyCall", *, method: str = "POST", scheme: str = "http",
                   authority: str = "localhost", content_type: str | None = "application/grpc",
                   te: str | None = "trailers",
                   extra: Iterable[tuple[str, str]] = ()) -> list[tuple[str, str]]:
  """The header fields of a correct gRPC request, plus `extra`."""
  fields = [(":method", method), (":scheme", scheme), (":path", path), (":authority", authority)]
  if content_type is not None:
    fields.append(("content-type", content_type))
  if te is not None:
    fields.append(("te", te))
  return fields + list(extra)


def reply_of(size: int) -> bytes:
  """A gRPC message holding a SimpleRequest that asks for a reply payload of `size` bytes (response_size, field 2)."""
  return grpc_message(b"\x10" + varint(size))


class PeerClosed(Exception):
  """The socket ended (orderly or by a reset) before what the test waited for."""


@dataclasses.dataclass(slots=True)
class Frame:
  kind: int
  flags: int
  stream: int
  payload: bytes

  def __str__(self) -> str:
    name = FRAME_NAMES[self.kind] if self.kind < len(FRAME_NAMES) else f"type {self.kind}"
    return f"{name}(stream {self.stream}, flags {self.flags:#x}, {len(self.payload)} bytes)"


@dataclasses.dataclass
class Stream:
  """What one stream has received."""
  headers: list[tuple[str, str]] | None = None
  trailers: list[tuple[str, str]] | None = None
  data: bytearray = dataclasses.field(default_factory=bytearray)
  data_frames: list[int] = dataclasses.field(default_factory=list)
  ended: bool = False
  reset: int | None = None

  @property
  def over(self) -> bool:
    return self.ended or self.reset is not None

  def field(self, name: str) -> str | None:
    """A field's value from the headers, else from the trailers."""
    for key, value in (self.headers or []) + (self.trailers or []):
      if key == name:
        return value
    return None

  @property
  def status(self) -> int | None:
    value = self.field(":status")
    return None if value is None else int(value)

  @property
  def grpc_status(self) -> int | None:
    value = self.field("grpc-status")
    return None if value is None else int(value)

  @property
  def messages(self) -> list[tuple[int, bytes]]:
    return parse_messages(bytes(self.data))

  def __str__(self) -> str:
    return (f"headers {self.headers}, {len(self.data)} bytes of data, trailers {self.trailers}, "
            f"ended {self.ended}, reset {error_name(self.reset)}")


@dataclasses.dataclass(frozen=True)
class Outcome:
  """How a connection or a stream ended."""
  kind: str  # "goaway", "reset" or "closed"
  code: int | None = None

  def __str__(self) -> str:
    return self.kind if self.code is None else f"{self.kind} {error_name(self.code)}"


class RawConnection:
  """One HTTP/2 connection. `tls` is an SSL context whose ALPN offers h2; None means prior knowledge in clear text."""

  def __init__(self, address: str, *, tls: ssl.SSLContext | None = None, server_name: str = "localhost",
               settings: Iterable[tuple[int, int]] = (), handshake: bool = True, auto_ack: bool = True,
               auto_window: bool = True, timeout: float = float(os.environ.get("H2RAW_TIMEOUT", "5"))):
    host, port = address.rsplit(":", 1)
    self.timeout = timeout
    self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)
    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is not None:
      self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
      assert self.socket.selected_alpn_protocol() == "h2", "the server did not select h2 by ALPN"
    self.auto_ack = auto_ack
    self.auto_window = auto_window
    self.encoder = hpack.Encoder()
    self.decoder = hpack.Decoder(max_header_list_size=1 << 20)
    self.buffer = bytearray()
    self.streams: dict[int, Stream] = {}
    self.peer_settings: dict[int, int] = {}
    self.settings_received = 0
    self.settings_acks = 0
    self.pings: list[bytes] = []  # payloads of PING acknowledgements
    self.goaways: list[tuple[int, int, bytes]] = []
    self.closed = False
    self.connection_window = 65535
    self.stream_windows: dict[int, int] = {}
    self.frames: collections.deque[str] = collections.deque(maxlen=100)  # the latest, for messages
    self._block: tuple[int, int, bytearray] | None = None
    if handshake:
      self.send_raw(PREFACE + frame(SETTINGS, 0, 0, settings_payload(settings)))
      self.wait(lambda: self.settings_received and self.settings_acks, "the exchange of SETTINGS")

  def __enter__(self) -> RawConnection:
    return self

  def __exit__(self, *_) -> None:
    self.socket.close()

  # Sending

  def send_raw(self, data: bytes) -> None:
    """Sends bytes. A peer that has already hung up is no error here: `wait` and `outcome` report it."""
    try:
      self.socket.settimeout(self.timeout)
      self.socket.sendall(data)
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
      pass

  def send(self, kind: int, flags: int, stream: int, payload: bytes = b"", length: int | None = None) -> None:
    self.send_raw(frame(kind, flags, stream, payload, length))

  def headers(self, stream: int, fields: Iterable[tuple[str, str]] | bytes, *, end_stream: bool = False,
              end_headers: bool = True, flags: int = 0, prefix: bytes = b"") -> None:
    """HEADERS with fields (encoded here) or with a ready block."""
    block = fields if isinstance(fields, bytes) else self.block(fields)
    flags |= (END_STREAM if end_stream else 0) | (END_HEADERS if end_headers else 0)
    self.send(HEADERS, flags, stream, prefix + block)

  def block(self, fields: Iterable[tuple[str, str]], huffman: bool = True) -> bytes:
    return self.encoder.encode(list(fields), huffman=huffman)

  def data(self, stream: int, payload: bytes = b"", *, end_stream: bool = False) -> None:
    self.send(DATA, END_STREAM if end_stream else 0, stream, payload)

  def data_within_windows(self, stream: int, payload: bytes, *, end_stream: bool = False) -> None:
    """DATA frames that respect the server's windows and frame size."""
    at, size = 0, self.peer_settings.get(MAX_FRAME_SIZE, 16384)
    while at < len(payload):
      self.wait(lambda: self.window(stream) > 0 or self._stream(stream).over, "a send window")
      if self._stream(stream).over:
        return
      piece = payload[at:at + min(size, self.window(stream))]
      at += len(piece)
      self.connection_window -= len(piece)
      self.stream_windows[stream] = self.stream_windows.get(stream, 0) - len(piece)
      self.data(stream, piece)
    if end_stream:
      self.data(stream, end_stream=True)

  def window(self, stream: int) -> int:
    initial = self.peer_settings.get(INITIAL_WINDOW_SIZE, 65535)
    return min(self.connection_window, initial + self.stream_windows.get(stream, 0))

  def window_update(self, stream: int, increment: int) -> None:
    self.send(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))

  def reset(self, stream: int, code: int = CANCEL) -> None:
    self.send(RST_STREAM, 0, stream, struct.pack(">I", code))

  def settings(self, values: Iterable[tuple[int, int]]) -> None:
    self.send(SETTINGS, 0, 0, settings_payload(values))

  def request(self, stream: int, path: str = TEST_SERVICE + "EmptyCall", body: bytes = b"\0\0\0\0\0",
              **fields) -> None:
    """A whole request: header fields, then one DATA frame that ends the stream."""
    self.headers(stream, request_fields(path, **fields))
    self.data(stream, body, end_stream=True)

  # Receiving

  def _stream(self, number: int) -> Stream:
    return self.streams.setdefault(number, Stream())

  def _fill(self, deadline: float, what: str) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
      raise AssertionError(f"no {what} in time; the server sent: {', '.join(list(self.frames)[-20:]) or 'nothing'}")
    self.socket.settimeout(left)
    try:
      piece = self.socket.recv(65536)
    except TimeoutError:
      return  # the next round reports the deadline
    except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
      piece = b""
    if not piece:
      self.closed = True
    self.buffer += piece

  def next_frame(self, timeout: float | None = None, what: str = "frame") -> Frame:
    """The next frame; raises PeerClosed at the end of the socket. Its effects are already accounted for."""
    deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
    while True:
      got = self.buffered_frame()
      if got is not None:
        return got
      if self.closed:
        sent = ", ".join(list(self.frames)[-20:])
        raise PeerClosed(f"the server closed the connection before {what}; it sent: {sent}")
      self._fill(deadline, what)

  def buffered_frame(self) -> Frame | None:
    """The next frame among the bytes already received."""
    if len(self.buffer) < 9:
      return None
    high, low, kind, flags, stream = struct.unpack_from(">BHBBI", self.buffer)
    length = high << 16 | low
    assert length <= 16384, f"a frame of {length} bytes, more than the default SETTINGS_MAX_FRAME_SIZE"
    if len(self.buffer) < 9 + length:
      return None
    got = Frame(kind, flags, stream & 0x7FFFFFFF, bytes(self.buffer[9:9 + length]))
    del self.buffer[:9 + length]
    self.frames.append(str(got))
    self._account(got)
    return got

  def wait(self, done: Callable[[], object], what: str, timeout: float | None = None) -> None:
    """Reads frames until `done`."""
    deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
    while not done():
      self.next_frame(deadline - time.monotonic(), what)

  def _account(self, got: Frame) -> None:
    if self._block is not None:
      assert got.kind == CONTINUATION and got.stream == self._block[0], f"{got} inside a field block"
    if got.kind == SETTINGS:
      if got.flags & ACK:
        self.settings_acks += 1
      else:
        self.settings_received += 1
        for at in range(0, len(got.payload), 6):
          key, value = struct.unpack_from(">HI", got.payload, at)
          self.peer_settings[key] = value
        if self.auto_ack:
          self.send(SETTINGS, ACK, 0)
    elif got.kind == PING:
      if got.flags & ACK:
        self.pings.append(got.payload)
      elif self.auto_ack:
        self.send(PING, ACK, 0, got.payload)
    elif got.kind == GOAWAY:
      last, code = struct.unpack_from(">II", got.payload)
      self.goaways.append((last & 0x7FFFFFFF, code, got.payload[8:]))
    elif got.kind == RST_STREAM:
      self._stream(got.stream).reset = struct.unpack(">I", got.payload)[0]
    elif got.kind == WINDOW_UPDATE:
      increment = struct.unpack(">I", got.payload)[0]
      if got.stream == 0:
        self.connection_window += increment
      else:
        self.stream_windows[got.stream] = self.stream_windows.get(got.stream, 0) + increment
    elif got.kind == DATA:
      self._account_data(got)
    elif got.kind in (HEADERS, CONTINUATION):
      self._account_block(got)

  def _account_data(self, got: Frame) -> None:
    payload = got.payload[1:len(got.payload) - got.payload[0]] if got.flags & PADDED else got.payload
    stream = self._stream(got.stream)
    assert stream.headers is not None, f"{got} before the response's header fields"
    stream.data += payload
    stream.data_frames.append(len(got.payload))
    stream.ended = bool(got.flags & END_STREAM)
    if self.auto_window and got.payload:
      self.window_update(0, len(got.payload))
      if not stream.ended:
        self.window_update(got.stream, len(got.payload))

  def _account_block(self, got: Frame) -> None:
    payload = got.payload
    if got.kind == HEADERS:
      if got.flags & PADDED:
        payload = payload[1:len(payload) - payload[0]]
      if got.flags & PRIORITY_FLAG:
        payload = payload[5:]
      self._block = (got.stream, got.flags, bytearray())
    assert self._block is not None, f"{got} without HEADERS before it"
    self._block[2].extend(payload)
    if not got.flags & END_HEADERS:
      return
    number, flags, block = self._block
    self._block = None
    fields = [(_text(name), _text(value)) for name, value in self.decoder.decode(bytes(block), raw=True)]
    stream = self._stream(number)
    if stream.headers is None or (stream.status is not None and 100 <= stream.status < 200):
      stream.headers = fields
    else:
      stream.trailers = fields
    stream.ended = bool(flags & END_STREAM)

  # What tests ask

  def response(self, stream: int, timeout: float | None = None) -> Stream:
    """Waits for the stream's end (END_STREAM or a reset) and returns all that came."""
    self.wait(lambda: self._stream(stream).over, f"end of stream {stream}", timeout)
    return self.streams[stream]

  def response_headers(self, stream: int, timeout: float | None = None) -> Stream:
    self.wait(lambda: self._stream(stream).headers is not None or self._stream(stream).over,
              f"header fields on stream {stream}", timeout)
    return self.streams[stream]

  def ping(self, payload: bytes = b"in-order", timeout: float | None = None) -> None:
    """A round trip: whatever was sent before has been processed when it returns."""
    count = len(self.pings)
    self.send(PING, 0, 0, payload)
    self.wait(lambda: len(self.pings) > count, "PING acknowledgement", timeout)
    assert self.pings[-1] == payload

  def outcome(self, stream: int | None = None, timeout: float | None = None) -> Outcome:
    """Waits for the connection's end, or for the reset of `stream` if given."""
    try:
      self.wait(lambda: self.goaways or (stream is not None and self._stream(stream).reset is not None),
                "GOAWAY, RST_STREAM or the connection's end", timeout)
    except PeerClosed:
      return Outcome("closed")
    if self.goaways:
      return Outcome("goaway", self.goaways[-1][1])
    return Outcome("reset", self.streams[stream].reset)

  def wait_over(self, stream: int, timeout: float | None = None) -> None:
    """Waits until the stream is over by whatever way: an answer, a reset, GOAWAY or the end of the connection."""
    try:
      self.wait(lambda: self.goaways or self._stream(stream).over, f"end of stream {stream}", timeout)
    except PeerClosed:
      pass

  def expect_connection_error(self, *codes: int, timeout: float | None = None) -> Outcome:
    """A connection error (RFC 9113 section 5.4.1): GOAWAY with one of `codes` and then the end of the connection, or
    the end alone, since the GOAWAY may be lost."""
    outcome = self.outcome(timeout=timeout)
    if outcome.kind == "goaway":
      assert outcome.code in codes, f"{outcome}, expected {_names(codes)}"
      try:
        self.wait(lambda: False, "end of the connection after GOAWAY", timeout)
      except PeerClosed:
        pass
    return outcome

  def expect_stream_error(self, stream: int, *codes: int, timeout: float | None = None) -> Outcome:
    """A stream error (section 5.4.2): RST_STREAM with one of `codes`; an endpoint may make it a connection error."""
    outcome = self.outcome(stream, timeout)
    assert outcome.kind == "closed" or outcome.code in codes, f"{outcome}, expected {_names(codes)}"
    return outcome


def _text(value: bytes | str) -> str:
  return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")


def _names(codes: Iterable[int]) -> str:
  return " or ".join(error_name(code) for code in codes)
