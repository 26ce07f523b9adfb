"""RFC 9113 section 5: stream states, identifiers, concurrency, dependencies; RST_STREAM and PRIORITY (6.3, 6.4)."""

import struct

import pytest

from h2raw import (CANCEL, CONTINUATION, END_HEADERS, FRAME_SIZE_ERROR, INITIAL_WINDOW_SIZE, MAX_CONCURRENT_STREAMS,
                   PRIORITY, PRIORITY_FLAG, PROTOCOL_ERROR, REFUSED_STREAM, RST_STREAM, STREAM_CLOSED, TEST_SERVICE,
                   WINDOW_UPDATE, priority_payload, reply_of, request_fields)

UNARY = TEST_SERVICE + "UnaryCall"
DUPLEX = TEST_SERVICE + "FullDuplexCall"


@pytest.fixture
def half_closed(connect):
  """A connection whose stream 1 is half-closed (remote) on the server: its reply finds no window."""
  raw = connect(settings=[(INITIAL_WINDOW_SIZE, 0)], auto_window=False)
  raw.request(1, UNARY, reply_of(50_000))
  raw.ping()
  return raw


@pytest.fixture
def closed(connection):
  """A connection whose stream 1 is over on both sides."""
  connection.request(1)
  assert connection.response(1).status == 200
  return connection


# Idle (5.1)

@pytest.mark.parametrize("kind,payload", [(0, b"data"), (RST_STREAM, struct.pack(">I", CANCEL)),
                                          (WINDOW_UPDATE, struct.pack(">I", 1)), (CONTINUATION, b"\x82")],
                         ids=["DATA", "RST_STREAM", "WINDOW_UPDATE", "CONTINUATION"])
def test_a_frame_on_an_idle_stream_is_a_connection_error(connection, kind, payload):
  connection.send(kind, END_HEADERS if kind == CONTINUATION else 0, 1, payload)
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_priority_on_an_idle_stream_is_allowed(connection):
  connection.send(PRIORITY, 0, 5, priority_payload(0))
  connection.request(7)
  assert connection.response(7).status == 200


# Half-closed, remote (5.1)

def test_data_on_a_half_closed_stream_is_stream_closed(half_closed):
  half_closed.data(1, b"late")
  half_closed.expect_stream_error(1, STREAM_CLOSED)


def test_headers_on_a_half_closed_stream_are_stream_closed(half_closed):
  half_closed.headers(1, [("x-late", "1")], end_stream=True)
  half_closed.expect_stream_error(1, STREAM_CLOSED)


def test_continuation_on_a_half_closed_stream_is_a_connection_error(half_closed):
  half_closed.send(CONTINUATION, END_HEADERS, 1, half_closed.block([("x-late", "1")]))
  half_closed.expect_connection_error(STREAM_CLOSED, PROTOCOL_ERROR)


def test_window_update_and_priority_on_a_half_closed_stream_are_allowed(half_closed):
  half_closed.send(PRIORITY, 0, 1, priority_payload(0))
  half_closed.window_update(1, 100)
  half_closed.wait(lambda: 1 in half_closed.streams and len(half_closed.streams[1].data) == 100,
                   "the data that the window allows")


def test_rst_stream_on_a_half_closed_stream_ends_it(half_closed):
  half_closed.reset(1)
  half_closed.ping()
  half_closed.window_update(1, 1000)  # too late, and no error: section 5.1 lets it arrive on a closed stream
  half_closed.settings([(INITIAL_WINDOW_SIZE, 65535)])
  half_closed.auto_window = True
  half_closed.request(3)
  assert half_closed.response(3).status == 200
  assert 1 not in half_closed.streams or not half_closed.streams[1].data


# Closed (5.1)

def test_data_after_the_streams_end_is_stream_closed(closed):
  closed.data(1, b"late")
  closed.expect_stream_error(1, STREAM_CLOSED)


def test_headers_after_the_streams_end_are_an_error(closed):
  closed.headers(1, request_fields(), end_stream=True)
  closed.expect_stream_error(1, STREAM_CLOSED, PROTOCOL_ERROR)


def test_continuation_after_the_streams_end_is_a_connection_error(closed):
  closed.send(CONTINUATION, END_HEADERS, 1, closed.block([("x-late", "1")]))
  closed.expect_connection_error(STREAM_CLOSED, PROTOCOL_ERROR)


@pytest.mark.parametrize("kind,payload", [(WINDOW_UPDATE, struct.pack(">I", 1)), (PRIORITY, priority_payload(0)),
                                          (RST_STREAM, struct.pack(">I", CANCEL))],
                         ids=["WINDOW_UPDATE", "PRIORITY", "RST_STREAM"])
def test_what_may_arrive_late_on_a_closed_stream_is_ignored(closed, kind, payload):
  closed.send(kind, 0, 1, payload)
  closed.request(3)
  assert closed.response(3).status == 200


def test_data_after_a_reset_by_the_client_is_stream_closed(connection):
  connection.headers(1, request_fields(DUPLEX))
  connection.reset(1)
  connection.data(1, b"late")
  connection.expect_stream_error(1, STREAM_CLOSED)


def test_headers_after_a_reset_by_the_client_are_an_error(connection):
  connection.headers(1, request_fields(DUPLEX))
  connection.reset(1)
  connection.headers(1, request_fields())
  connection.expect_stream_error(1, STREAM_CLOSED, PROTOCOL_ERROR)


def test_continuation_after_a_reset_by_the_client_is_a_connection_error(connection):
  connection.headers(1, request_fields(DUPLEX))
  connection.reset(1)
  connection.send(CONTINUATION, END_HEADERS, 1, b"\x82")
  connection.expect_connection_error(STREAM_CLOSED, PROTOCOL_ERROR)


# Identifiers (5.1.1)

def test_a_stream_with_an_even_number_is_a_connection_error(connection):
  connection.headers(2, request_fields())
  connection.expect_connection_error(PROTOCOL_ERROR)


def test_a_stream_with_a_lower_number_than_before_is_a_connection_error(connection):
  connection.request(5)
  connection.response(5)
  connection.headers(3, request_fields())
  connection.expect_connection_error(PROTOCOL_ERROR, STREAM_CLOSED)


def test_numbers_may_be_left_out(connection):
  for number in (3, 101, 0x7FFFFFFF):
    connection.request(number)
    assert connection.response(number).status == 200


# Concurrency (5.1.2)

def test_streams_above_the_announced_concurrency_are_refused(connection):
  limit = connection.peer_settings.get(MAX_CONCURRENT_STREAMS)
  assert limit is not None, "the server announces no SETTINGS_MAX_CONCURRENT_STREAMS"
  assert 1 <= limit <= 10_000
  for index in range(limit + 1):
    connection.headers(1 + 2 * index, request_fields(DUPLEX))
  connection.expect_stream_error(1 + 2 * limit, PROTOCOL_ERROR, REFUSED_STREAM)


def test_as_many_streams_as_announced_run_at_once_and_an_ended_one_makes_room(connection):
  limit = connection.peer_settings[MAX_CONCURRENT_STREAMS]
  for index in range(limit):
    connection.headers(1 + 2 * index, request_fields(DUPLEX))
  connection.ping()
  assert not any(stream.reset is not None for stream in connection.streams.values())
  connection.reset(1)
  connection.request(1 + 2 * limit)
  assert connection.response(1 + 2 * limit).status == 200


# Dependencies (5.3.1 of RFC 7540; RFC 9113 section 5.3.2 lets a server ignore them)

@pytest.mark.parametrize("kind", ["HEADERS", "PRIORITY"])
def test_a_stream_that_depends_on_itself_is_a_protocol_error_or_ignored(connection, kind):
  if kind == "HEADERS":
    connection.headers(1, request_fields(), flags=PRIORITY_FLAG, prefix=priority_payload(1))
  else:
    connection.headers(1, request_fields())
    connection.send(PRIORITY, 0, 1, priority_payload(1))
  connection.data(1, bytes(5), end_stream=True)
  connection.wait(lambda: connection.goaways or (1 in connection.streams and connection.streams[1].over),
                  "an error or an answer")
  stream = connection.streams.get(1)
  if connection.goaways:
    assert connection.goaways[0][1] == PROTOCOL_ERROR
  elif stream.reset is not None:
    assert stream.reset == PROTOCOL_ERROR
  else:
    assert stream.status == 200


@pytest.mark.parametrize("length", [4, 6])
def test_priority_of_a_wrong_length_is_a_frame_size_error(connection, length):
  connection.headers(1, request_fields(DUPLEX))
  connection.send(PRIORITY, 0, 1, bytes(length))
  connection.expect_stream_error(1, FRAME_SIZE_ERROR)


@pytest.mark.parametrize("length", [0, 3, 5])
def test_rst_stream_of_a_wrong_length_is_a_connection_error(connection, length):
  connection.headers(1, request_fields(DUPLEX))
  connection.send(RST_STREAM, 0, 1, bytes(length))
  connection.expect_connection_error(FRAME_SIZE_ERROR)


def test_rst_stream_with_an_unknown_code_ends_the_stream_alone(connection):
  connection.headers(1, request_fields(DUPLEX))
  connection.reset(1, 0xABCDEF01)
  connection.request(3)
  assert connection.response(3).status == 200
