"""RFC 9113 section 8: header fields, pseudo-header fields, content-length, trailers."""

import pytest

from h2raw import PROTOCOL_ERROR, TEST_SERVICE, request_fields

DUPLEX = TEST_SERVICE + "FullDuplexCall"


def with_field(name, value, *, at=None):
  fields = request_fields()
  fields.insert(len(fields) if at is None else at, (name, value))
  return fields


def without(name):
  return [field for field in request_fields() if field[0] != name]


MALFORMED = {
  # 8.2.1: names
  "upper-case name": with_field("X-Upper", "1"),
  "empty name": with_field("", "1"),
  "space in a name": with_field("x name", "1"),
  "line feed in a value": with_field("x-value", "1\n2"),
  "carriage return in a value": with_field("x-value", "1\r2"),
  "NUL in a value": with_field("x-value", "1\0002"),
  "colon in a name": with_field("x:name", "1"),
  # 8.2.2: fields of the connection
  "connection": with_field("connection", "keep-alive"),
  "keep-alive": with_field("keep-alive", "timeout=1"),
  "proxy-connection": with_field("proxy-connection", "keep-alive"),
  "transfer-encoding": with_field("transfer-encoding", "chunked"),
  "upgrade": with_field("upgrade", "h2c"),
  "te other than trailers": request_fields(te="trailers, deflate"),
  # 8.3: pseudo-header fields
  "unknown pseudo-header": with_field(":unknown", "1", at=0),
  "response pseudo-header": with_field(":status", "200", at=0),
  "pseudo-header after a regular field": without(":path") + [(":path", TEST_SERVICE + "EmptyCall")],
  "duplicate :method": with_field(":method", "POST", at=0),
  "duplicate :scheme": with_field(":scheme", "http", at=0),
  "duplicate :path": with_field(":path", "/", at=0),
  "duplicate :authority": with_field(":authority", "localhost", at=0),
  "no :method": without(":method"),
  "no :scheme": without(":scheme"),
  "no :path": without(":path"),
  "empty :path": [(name, "" if name == ":path" else value) for name, value in request_fields()],
  "path without a slash": [(name, "x" if name == ":path" else value) for name, value in request_fields()],
  "CONNECT with :path and :scheme": request_fields(method="CONNECT"),
  # 8.1.1: content-length
  "content-length that is no number": with_field("content-length", "five"),
  "content-length with a sign": with_field("content-length", "+5"),
  "negative content-length": with_field("content-length", "-5"),
  "content-lengths that differ": with_field("content-length", "5") + [("content-length", "6")],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_a_stream_error(connection, name):
  # HPACK's encoder lower-cases nothing and checks nothing, so the names travel as written.
  connection.headers(1, MALFORMED[name])
  connection.data(1, bytes(5), end_stream=True)
  connection.expect_stream_error(1, PROTOCOL_ERROR)


def test_a_malformed_request_leaves_its_neighbours_alone(connection):
  connection.headers(1, request_fields(DUPLEX))
  connection.headers(3, MALFORMED["upper-case name"], end_stream=True)
  connection.headers(5, request_fields())
  connection.data(5, bytes(5), end_stream=True)
  connection.wait(lambda: connection.goaways or (3 in connection.streams and connection.streams[3].reset is not None),
                  "the malformed request's error")
  if not connection.goaways:  # a stream error, as it should be: the others live on
    assert connection.response(5).status == 200
    assert 1 not in connection.streams or connection.streams[1].reset is None
  else:
    assert connection.goaways[0][1] == PROTOCOL_ERROR


@pytest.mark.parametrize("length,frames", [("4", [5]), ("6", [5]), ("5", [3, 3]), ("1", [0]), ("0", [5])])
def test_a_body_that_differs_from_content_length_is_a_stream_error(connection, length, frames):
  connection.headers(1, with_field("content-length", length))
  for index, size in enumerate(frames):
    connection.data(1, bytes(size), end_stream=index == len(frames) - 1)
  connection.expect_stream_error(1, PROTOCOL_ERROR)


def test_a_content_length_without_a_body_is_a_stream_error(connection):
  connection.headers(1, with_field("content-length", "5"), end_stream=True)
  connection.expect_stream_error(1, PROTOCOL_ERROR)


def test_a_right_content_length_in_two_frames_is_accepted(connection):
  connection.headers(1, with_field("content-length", "5"))
  connection.data(1, bytes(2))
  connection.data(1, bytes(3), end_stream=True)
  assert connection.response(1).status == 200


def test_trailers_are_accepted(connection):
  connection.headers(1, request_fields())
  connection.data(1, bytes(5))
  connection.headers(1, [("x-trailer", "1")], end_stream=True)
  assert connection.response(1).status == 200


@pytest.mark.parametrize("field", [(":method", "POST"), (":status", "200"), (":unknown", "1"), ("X-Upper", "1"),
                                   ("connection", "close")])
def test_a_malformed_trailer_is_a_stream_error(connection, field):
  connection.headers(1, request_fields(DUPLEX))
  connection.data(1, bytes(5))
  connection.headers(1, [field], end_stream=True)
  connection.expect_stream_error(1, PROTOCOL_ERROR)


def test_second_headers_without_end_stream_are_a_stream_error(connection):
  connection.headers(1, request_fields(DUPLEX))
  connection.headers(1, [("x-trailer", "1")])
  connection.expect_stream_error(1, PROTOCOL_ERROR)


def test_te_trailers_and_cookie_crumbs_are_accepted(connection):
  connection.headers(1, request_fields(extra=[("cookie", "a=1"), ("cookie", "b=2")]))
  connection.data(1, bytes(5), end_stream=True)
  assert connection.response(1).status == 200


def test_a_body_of_another_kind_is_refused_with_415(connection):
  connection.request(1, content_type="application/json", te=None, body=b'{"some": "json of a few bytes"}')
  stream = connection.response(1)
  assert stream.status == 415
  connection.request(3)
  assert connection.response(3).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_a_request_without_a_body_gets_an_answer(connection, method):
  connection.headers(1, request_fields("/", method=method, content_type=None, te=None), end_stream=True)
  assert connection.response(1).status is not None


def test_many_requests_on_one_connection_are_all_answered(connection):
  for index in range(300):
    connection.request(1 + 2 * index)
    assert connection.response(1 + 2 * index).status == 200
