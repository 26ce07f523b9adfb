"""RFC 9113 sections 3.4, 4, 6.1, 6.2 and 6.7 to 6.10: preface, frame format and size, padding, PING, GOAWAY,
CONTINUATION, unknown frames."""

import socket
import struct

import pytest

from h2raw import (ACK, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, FRAME_SIZE_ERROR, GOAWAY,
                   HEADERS, NO_ERROR, PADDED, PING, PREFACE, PRIORITY, PRIORITY_FLAG, PROTOCOL_ERROR, PUSH_PROMISE,
                   RST_STREAM, SETTINGS, STREAM_CLOSED, TEST_SERVICE, WINDOW_UPDATE, PeerClosed, frame,
                   request_fields)


# Connection preface (3.4)

def test_the_server_opens_with_settings(connection):
  assert connection.frames[0].startswith("SETTINGS(stream 0, flags 0x0")


def test_a_wrong_preface_ends_the_connection(connect):
  # Not HTTP/2 and not HTTP/1.1 either: an answer in HTTP/1.1 is as good as GOAWAY, as long as the connection ends.
  raw = connect(handshake=False)
  raw.send_raw(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + frame(SETTINGS, 0, 0))
  _expect_end(raw)


def test_a_preface_in_single_bytes_is_accepted(connect):
  raw = connect(handshake=False)
  for byte in PREFACE + frame(SETTINGS, 0, 0):
    raw.send_raw(bytes([byte]))
  raw.wait(lambda: raw.settings_acks, "acknowledgement of SETTINGS")
  raw.request(1)
  assert raw.response(1).status == 200


def test_a_preface_not_followed_by_settings_is_a_connection_error(connect):
  raw = connect(handshake=False)
  raw.send_raw(PREFACE + frame(PING, 0, 0, b"12345678"))
  raw.expect_connection_error(PROTOCOL_ERROR)


def _expect_end(raw):
  """Reads bytes, whatever they are, until the server hangs up."""
  raw.socket.settimeout(5)
  try:
    while raw.socket.recv(65536):
      pass
  except ConnectionResetError:
    pass


# Frame format and size (4.1, 4.2)

def test_a_frame_of_unknown_type_is_ignored(connection):
  connection.send(0xFA, 0xFF, 0, b"unknown")
  connection.send(0xFA, 0xFF, 1, b"unknown")
  connection.request(1)
  assert connection.response(1).status == 200


def test_undefined_flags_are_ignored(connection):
  connection.send(PING, 0xFE, 0, b"flagged!")
  connection.wait(lambda: connection.pings == [b"flagged!"], "PING acknowledgement")


def test_the_reserved_bit_is_ignored(connection):
  connection.send(PING, 0, 0x80000000, b"reserved")
  connection.wait(lambda: connection.pings == [b"reserved"], "PING acknowledgement")


def test_a_data_frame_of_the_maximum_size_is_accepted(connection):
  connection.headers(1, request_fields(TEST_SERVICE + "UnaryCall"))
  # A gRPC message of 16379 bytes: an unknown field (number 15) that holds the rest of it.
  body = b"\x7a" + b"\xf7\x7f" + bytes(16375)
  connection.data(1, struct.pack(">BI", 0, len(body)) + body[:16379], end_stream=True)
  assert connection.response(1).status == 200


@pytest.mark.parametrize("kind", [DATA, HEADERS, SETTINGS, PING])
def test_a_frame_above_the_maximum_size_is_an_error(connection, kind):
  stream = 1 if kind in (DATA, HEADERS) else 0
  if kind == DATA:
    connection.headers(1, request_fields())
  connection.send(kind, END_HEADERS if kind == HEADERS else 0, stream, bytes(16386))
  connection.expect_stream_error(1, FRAME_SIZE_ERROR)


def test_a_header_of_a_huge_frame_is_refused_without_its_payload(connection):
  connection.send(DATA, 0, 0, b"", length=0xFFFFFF)
  connection.expect_connection_error(FRAME_SIZE_ERROR, PROTOCOL_ERROR)


# PING (6.7)

def test_ping_is_acknowledged_with_its_payload(connection):
  connection.ping(b"\x00\xff\x01\xfe1234")


def test_an_unasked_ping_acknowledgement_is_not_answered(connection):
  connection.send(PING, ACK, 0, b"unasked!")
  connection.ping(b"asked???")
  assert connection.pings == [b"asked???"]


def test_ping_on_a_stream_is_a_connection_error(connection):
  connection.send(PING, 0, 1, bytes(8))
  connection.expect_connection_error(PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [0, 7, 9])
def test_ping_of_a_wrong_length_is_a_connection_error(connection, length):
  connection.send(PING, 0, 0, bytes(length))
  connection.expect_connection_error(FRAME_SIZE_ERROR)


# GOAWAY (6.8)

def test_goaway_on_a_stream_is_a_connection_error(connection):
  connection.send(GOAWAY, 0, 1, struct.pack(">II", 0, NO_ERROR))
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_after_goaway_from_the_client_running_streams_are_answered(connection):
  connection.headers(1, request_fields())
  connection.send(GOAWAY, 0, 0, struct.pack(">II", 0, NO_ERROR))
  connection.data(1, bytes(5), end_stream=True)
  assert connection.response(1).status == 200


@pytest.mark.parametrize("length", [0, 7])
def test_a_short_goaway_is_a_connection_error(connection, length):
  connection.send(GOAWAY, 0, 0, bytes(length))
  connection.expect_connection_error(FRAME_SIZE_ERROR)


# HEADERS and CONTINUATION (6.2, 6.10)

def test_a_field_block_in_many_continuations_is_accepted(connection):
  block = connection.block(request_fields())
  connection.headers(1, block[:1], end_headers=False)
  for at in range(1, len(block) - 1, 16):
    connection.send(CONTINUATION, 0, 1, block[at:min(at + 16, len(block) - 1)])
  connection.send(CONTINUATION, END_HEADERS, 1, block[-1:])
  connection.data(1, bytes(5), end_stream=True)
  assert connection.response(1).status == 200


@pytest.mark.parametrize("kind,payload", [
  (DATA, bytes(5)), (PRIORITY, bytes(5)), (RST_STREAM, bytes(4)), (SETTINGS, b""), (PING, bytes(8)),
  (GOAWAY, bytes(8)), (WINDOW_UPDATE, bytes([0, 0, 0, 1])), (0xFA, b"unknown")],
  ids=["DATA", "PRIORITY", "RST_STREAM", "SETTINGS", "PING", "GOAWAY", "WINDOW_UPDATE", "unknown"])
def test_a_frame_inside_a_field_block_is_a_connection_error(connection, kind, payload):
  block = connection.block(request_fields())
  connection.headers(1, block[:4], end_headers=False)
  connection.send(kind, 0, 0 if kind in (SETTINGS, PING, GOAWAY) else 1, payload)
  connection.send(CONTINUATION, END_HEADERS, 1, block[4:])
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_headers_inside_the_field_block_of_another_stream_are_a_connection_error(connection):
  block = connection.block(request_fields())
  connection.headers(1, block[:4], end_headers=False)
  connection.headers(3, block)
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_continuation_of_another_stream_is_a_connection_error(connection):
  block = connection.block(request_fields())
  connection.headers(1, block[:4], end_headers=False)
  connection.send(CONTINUATION, END_HEADERS, 3, block[4:])
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_continuation_on_stream_zero_is_a_connection_error(connection):
  block = connection.block(request_fields())
  connection.headers(1, block[:4], end_headers=False)
  connection.send(CONTINUATION, END_HEADERS, 0, block[4:])
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_continuation_after_a_complete_block_is_a_connection_error(connection):
  connection.headers(1, request_fields())
  connection.send(CONTINUATION, END_HEADERS, 1, connection.block([("x-late", "1")]))
  connection.expect_connection_error(PROTOCOL_ERROR, STREAM_CLOSED)


def test_continuation_after_data_is_a_connection_error(connection):
  connection.headers(1, request_fields())
  connection.data(1, bytes(5))
  connection.send(CONTINUATION, END_HEADERS, 1, connection.block([("x-late", "1")]))
  connection.expect_connection_error(PROTOCOL_ERROR)


@pytest.mark.parametrize("kind", [DATA, HEADERS, PRIORITY, RST_STREAM, CONTINUATION])
def test_a_stream_frame_on_stream_zero_is_a_connection_error(connection, kind):
  payload = {HEADERS: connection.block(request_fields()), PRIORITY: bytes(5), RST_STREAM: bytes(4)}.get(kind, b"x")
  connection.send(kind, END_HEADERS if kind in (HEADERS, CONTINUATION) else 0, 0, payload)
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_push_promise_from_a_client_is_a_connection_error(connection):
  connection.headers(1, request_fields())
  connection.send(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + connection.block(request_fields()))
  connection.expect_connection_error(PROTOCOL_ERROR)


# Padding (6.1, 6.2)

def test_padded_frames_are_accepted(connection):
  block = connection.block(request_fields())
  connection.headers(1, bytes([9]) + block + bytes(9), flags=PADDED)
  connection.send(DATA, END_STREAM | PADDED, 1, bytes([3]) + bytes(5) + bytes(3))
  assert connection.response(1).status == 200


def test_headers_with_padding_and_priority_are_accepted(connection):
  block = connection.block(request_fields())
  connection.headers(1, bytes([2]) + struct.pack(">IB", 0, 200) + block + bytes(2), flags=PADDED | PRIORITY_FLAG)
  connection.data(1, bytes(5), end_stream=True)
  assert connection.response(1).status == 200


@pytest.mark.parametrize("extra", [0, 1, 100], ids=["equal", "one-more", "far-more"])
def test_data_with_padding_of_the_payload_length_or_more_is_a_connection_error(connection, extra):
  connection.headers(1, request_fields())
  payload = bytes(10)
  connection.send(DATA, END_STREAM | PADDED, 1, bytes([len(payload) + 1 + extra]) + payload)
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_headers_with_padding_beyond_the_payload_are_a_connection_error(connection):
  block = connection.block(request_fields())
  connection.headers(1, bytes([255]) + block, flags=PADDED)
  connection.expect_connection_error(PROTOCOL_ERROR)


@pytest.mark.parametrize("kind", [DATA, HEADERS])
def test_a_padded_frame_without_a_pad_length_is_a_connection_error(connection, kind):
  if kind == DATA:
    connection.headers(1, request_fields())
  connection.send(kind, PADDED | END_HEADERS if kind == HEADERS else PADDED, 1)
  connection.expect_connection_error(PROTOCOL_ERROR, FRAME_SIZE_ERROR)


def test_headers_with_a_cut_priority_are_a_connection_error(connection):
  connection.headers(1, bytes(3), flags=PRIORITY_FLAG)
  connection.expect_connection_error(PROTOCOL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR)


def test_frames_may_arrive_in_single_bytes(connection):
  block = connection.block(request_fields())
  data = frame(HEADERS, END_HEADERS, 1, block) + frame(DATA, END_STREAM, 1, bytes(5))
  for byte in data:
    connection.send_raw(bytes([byte]))
  assert connection.response(1).status == 200


def test_a_client_that_only_closes_its_half_ends_the_connection(connection):

  connection.socket.shutdown(socket.SHUT_WR)
  with pytest.raises(PeerClosed):
    connection.wait(lambda: False, "end of the connection")
