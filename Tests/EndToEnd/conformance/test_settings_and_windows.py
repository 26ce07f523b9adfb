"""RFC 9113 sections 5.2, 6.5 and 6.9: SETTINGS and flow control."""

import struct

import pytest

from h2raw import (ACK, ENABLE_PUSH, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE,
                   MAX_FRAME_SIZE, PROTOCOL_ERROR, SETTINGS, TEST_SERVICE, WINDOW_UPDATE, grpc_message, reply_of,
                   request_fields, varint)

UNARY = TEST_SERVICE + "UnaryCall"
LARGE = 200_000  # the reply's size, and with nghttpd the file's


@pytest.fixture
def narrow(connect):
  """Opens connections that give credit by hand alone."""
  return lambda window=0: connect(settings=[(INITIAL_WINDOW_SIZE, window)], auto_window=False)


def received(raw, stream=1):
  return len(raw.streams[stream].data) if stream in raw.streams else 0


# SETTINGS (6.5)

@pytest.mark.parametrize("key,value,code", [
  (ENABLE_PUSH, 2, PROTOCOL_ERROR), (ENABLE_PUSH, 0xFFFFFFFF, PROTOCOL_ERROR),
  (INITIAL_WINDOW_SIZE, 0x80000000, FLOW_CONTROL_ERROR), (INITIAL_WINDOW_SIZE, 0xFFFFFFFF, FLOW_CONTROL_ERROR),
  (MAX_FRAME_SIZE, 16383, PROTOCOL_ERROR), (MAX_FRAME_SIZE, 0, PROTOCOL_ERROR),
  (MAX_FRAME_SIZE, 1 << 24, PROTOCOL_ERROR)])
def test_a_setting_out_of_range_is_a_connection_error(connection, key, value, code):
  connection.settings([(key, value)])
  connection.expect_connection_error(code)


def test_an_unknown_setting_is_ignored(connection):
  connection.settings([(0xFF, 1), (0xFFFF, 0xFFFFFFFF)])
  connection.wait(lambda: connection.settings_acks == 2, "acknowledgement of SETTINGS")
  connection.request(1)
  assert connection.response(1).status == 200


def test_every_settings_frame_is_acknowledged_without_delay(connection):
  for _ in range(10):
    connection.settings([(HEADER_TABLE_SIZE, 4096)])
  connection.ping()
  assert connection.settings_acks == 11


def test_the_last_of_equal_settings_counts(connect):
  raw = connect(settings=[(INITIAL_WINDOW_SIZE, 1000), (INITIAL_WINDOW_SIZE, 1)], auto_window=False)
  raw.request(1, UNARY, reply_of(LARGE))
  raw.wait(lambda: received(raw), "data")
  raw.ping()
  assert received(raw) == 1


def test_settings_acknowledgement_with_a_payload_is_a_connection_error(connection):
  connection.send(SETTINGS, ACK, 0, bytes(6))
  connection.expect_connection_error(FRAME_SIZE_ERROR)


@pytest.mark.parametrize("length", [1, 5, 7])
def test_settings_of_a_wrong_length_is_a_connection_error(connection, length):
  connection.send(SETTINGS, 0, 0, bytes(length))
  connection.expect_connection_error(FRAME_SIZE_ERROR)


def test_settings_on_a_stream_is_a_connection_error(connection):
  connection.send(SETTINGS, 0, 1, bytes(6))
  connection.expect_connection_error(PROTOCOL_ERROR)


# WINDOW_UPDATE (6.9)

def test_a_zero_increment_on_the_connection_is_a_connection_error(connection):
  connection.window_update(0, 0)
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_a_zero_increment_on_a_stream_is_a_stream_error(connection):
  connection.headers(1, request_fields(TEST_SERVICE + "FullDuplexCall"))
  connection.window_update(1, 0)
  connection.expect_stream_error(1, PROTOCOL_ERROR)


@pytest.mark.parametrize("length", [0, 3, 5])
def test_window_update_of_a_wrong_length_is_a_connection_error(connection, length):
  connection.send(WINDOW_UPDATE, 0, 0, bytes(length))
  connection.expect_connection_error(FRAME_SIZE_ERROR)


def test_the_reserved_bit_of_an_increment_is_ignored(connection):
  connection.send(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x80000001))
  connection.request(1)
  assert connection.response(1).status == 200


def test_a_connection_window_above_the_maximum_is_a_connection_error(connection):
  connection.window_update(0, 0x7FFFFFFF)
  connection.window_update(0, 0x7FFFFFFF)
  connection.expect_connection_error(FLOW_CONTROL_ERROR)


def test_a_stream_window_above_the_maximum_is_a_stream_error(connection):
  connection.headers(1, request_fields(TEST_SERVICE + "FullDuplexCall"))
  connection.window_update(1, 0x7FFFFFFF)
  connection.window_update(1, 0x7FFFFFFF)
  connection.expect_stream_error(1, FLOW_CONTROL_ERROR)


def test_an_initial_window_that_lifts_a_stream_above_the_maximum_is_an_error(connection):
  # Section 6.9.2 makes it a connection error; libnghttp2 confines it to the streams concerned.
  connection.headers(1, request_fields(TEST_SERVICE + "FullDuplexCall"))
  connection.window_update(1, 0x7FFFFFFF - 65535)
  connection.settings([(INITIAL_WINDOW_SIZE, 65536)])
  connection.expect_stream_error(1, FLOW_CONTROL_ERROR)


# Windows are kept (5.2, 6.9.1, 6.9.2)

def test_without_a_window_header_fields_come_and_data_does_not(narrow):
  raw = narrow()
  raw.request(1, UNARY, reply_of(LARGE))
  assert raw.response_headers(1).status == 200
  raw.ping()
  assert received(raw) == 0


def test_an_initial_window_of_one_gives_one_byte(narrow):
  raw = narrow(1)
  raw.request(1, UNARY, reply_of(LARGE))
  raw.wait(lambda: received(raw), "one byte")
  raw.ping()
  assert received(raw) == 1
  raw.window_update(1, 1)
  raw.wait(lambda: received(raw) == 2, "the second byte")


def test_a_stream_window_is_used_up_and_not_passed(narrow):
  raw = narrow(1000)
  raw.request(1, UNARY, reply_of(LARGE))
  raw.wait(lambda: received(raw) >= 1000, "1000 bytes")
  raw.window_update(1, 500)
  raw.wait(lambda: received(raw) >= 1500, "500 bytes more")
  raw.ping()
  assert received(raw) == 1500


def test_the_connection_window_is_shared_by_streams(narrow):
  raw = narrow(100_000)
  raw.request(1, UNARY, reply_of(LARGE))
  raw.request(3, UNARY, reply_of(LARGE))
  raw.wait(lambda: received(raw, 1) + received(raw, 3) >= 65535, "the connection's window")
  raw.ping()
  assert received(raw, 1) + received(raw, 3) == 65535
  raw.window_update(0, 10)
  raw.wait(lambda: received(raw, 1) + received(raw, 3) >= 65545, "10 bytes more")
  raw.ping()
  assert received(raw, 1) + received(raw, 3) == 65545


def test_a_raised_initial_window_applies_to_open_streams(narrow):
  raw = narrow()
  raw.request(1, UNARY, reply_of(LARGE))
  raw.response_headers(1)
  raw.settings([(INITIAL_WINDOW_SIZE, 7)])
  raw.wait(lambda: received(raw) >= 7, "7 bytes")
  raw.ping()
  assert received(raw) == 7


def test_a_lowered_initial_window_makes_a_streams_window_negative(narrow):
  raw = narrow(100)
  raw.request(1, UNARY, reply_of(LARGE))
  raw.wait(lambda: received(raw) == 100, "100 bytes")
  raw.settings([(INITIAL_WINDOW_SIZE, 20)])  # the window is now -80
  raw.window_update(1, 80)
  raw.ping()
  assert received(raw) == 100
  raw.window_update(1, 1)
  raw.wait(lambda: received(raw) == 101, "the first byte above zero")


def test_a_blocked_stream_does_not_hold_up_another(narrow):
  raw = narrow()
  raw.request(1, UNARY, reply_of(LARGE))
  raw.response_headers(1)
  raw.request(3, UNARY, reply_of(LARGE))
  raw.window_update(3, 50)
  raw.wait(lambda: received(raw, 3) == 50, "data on the stream that has a window")
  assert received(raw, 1) == 0


def test_a_large_reply_arrives_whole(connection):
  connection.request(1, UNARY, reply_of(LARGE))
  stream = connection.response(1)
  assert stream.ended and len(stream.data) >= LARGE


def test_the_frame_size_setting_is_kept_by_the_server(connect):
  # h2raw itself asserts that no frame exceeds 16384 bytes; a larger permitted size does not have to be used.
  raw = connect(settings=[(INITIAL_WINDOW_SIZE, 1 << 20)])
  raw.request(1, UNARY, reply_of(LARGE))
  assert max(raw.response(1).data_frames) <= 16384


@pytest.fixture
def unread(narrow):
  """A stream whose handler cannot go on (its replies find no window), filled until the server gives no more credit."""
  raw = narrow()
  replies = b"\x12\x04\x08" + varint(100_000)  # response_parameters { size: 100000 }
  raw.headers(1, request_fields(TEST_SERVICE + "FullDuplexCall"))
  raw.data_within_windows(1, grpc_message(replies * 50))
  raw.response_headers(1)
  body, sent = grpc_message(bytes(1000)), 0
  while raw.window(1) > 0:
    assert sent < 32 << 20, "the server gives credit without end for data that its handler does not read"
    piece = (body * 17)[:min(16384, raw.window(1))]
    raw.data_within_windows(1, piece)
    sent += len(piece)
    if raw.window(1) <= 0:
      raw.ping()
  return raw


def test_a_handler_that_does_not_read_stops_the_sender_and_holds_up_no_other_stream(unread):
  assert unread.connection_window > 0, "one stream has used up the window of the connection"
  unread.reset(1)
  unread.request(3)
  unread.window_update(3, 1000)
  assert unread.response(3).status == 200


def test_data_beyond_the_servers_window_is_a_flow_control_error(unread):
  unread.data(1, bytes(16384))
  unread.expect_stream_error(1, FLOW_CONTROL_ERROR)
