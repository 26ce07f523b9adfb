"""RFC 7541: decoding of field blocks, right and wrong."""

import hpack
import pytest

from h2raw import (COMPRESSION_ERROR, CONTINUATION, END_HEADERS, ENHANCE_YOUR_CALM, HEADER_TABLE_SIZE, PROTOCOL_ERROR,
                   REFUSED_STREAM, request_fields)

INDEXED, INCREMENTAL, SIZE_UPDATE = 0x80, 0x40, 0x20


def integer(value: int, prefix_bits: int, pattern: int) -> bytes:
  """An integer of section 5.1."""
  limit = (1 << prefix_bits) - 1
  if value < limit:
    return bytes([pattern | value])
  out, value = bytearray([pattern | limit]), value - limit
  while value >= 128:
    out.append(value & 0x7F | 0x80)
    value >>= 7
  out.append(value)
  return bytes(out)


def literal(name: bytes, value: bytes, pattern: int = 0) -> bytes:
  """A literal field with a new name, without Huffman coding; `pattern` chooses the kind of indexing."""
  return bytes([pattern]) + integer(len(name), 7, 0) + name + integer(len(value), 7, 0) + value


def huffman(name: bytes, coded: bytes) -> bytes:
  """A literal field whose value is the given Huffman-coded string."""
  return b"\x00" + integer(len(name), 7, 0) + name + integer(len(coded), 7, 0x80) + coded


WRONG = {
  # 2.3.3, 6.1: indices
  "index zero": bytes([INDEXED]),
  "index beyond both tables": integer(69, 7, INDEXED),
  "far index": integer(5000, 7, INDEXED),
  "literal with a name index beyond the tables": integer(70, 6, INCREMENTAL) + b"\x01x",
  # 4.2, 6.3: table size updates
  "table size above the limit": integer(4097, 5, SIZE_UPDATE),
  # 5.1: integers
  "integer of eleven bytes": bytes([INDEXED | 0x7F]) + b"\xff" * 10 + b"\x01",
  "integer that passes 2^32": bytes([INDEXED | 0x7F]) + b"\xff\xff\xff\xff\xff\x7f",
  "integer without end": bytes([INDEXED | 0x7F]) + b"\x80" * 12,
  "cut integer": bytes([INDEXED | 0x7F, 0x80]),
  # 5.2: strings. "a" is 00011 in Huffman code, EOS is thirty ones.
  "string longer than the block": b"\x00\x05ab",
  "padding of eight bits": huffman(b"x-h", b"\x1f\xff"),
  "padding of zeros": huffman(b"x-h", b"\x18"),
  "EOS in a string": huffman(b"x-h", b"\xff\xff\xff\xff"),
  "cut literal": b"\x00\x01",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_encoding_is_a_compression_error(connection, name):
  # The update of the table's size has its place at the start of a block, the rest follows the fields.
  block = connection.block(request_fields())
  wrong = WRONG[name]
  connection.headers(1, wrong + block if name.startswith("table size") else block + wrong, end_stream=True)
  connection.expect_connection_error(COMPRESSION_ERROR)


def test_a_table_size_update_after_a_field_is_a_compression_error(connection):
  connection.headers(1, connection.block(request_fields()) + integer(1024, 5, SIZE_UPDATE), end_stream=True)
  connection.expect_connection_error(COMPRESSION_ERROR)


def test_two_table_size_updates_at_the_start_are_accepted(connection):
  # Without indexing, since the encoder of the test does not know of the emptied table.
  plain = b"".join(literal(name.encode(), value.encode()) for name, value in request_fields())
  connection.headers(1, integer(0, 5, SIZE_UPDATE) + integer(4096, 5, SIZE_UPDATE) + plain)
  connection.data(1, bytes(5), end_stream=True)
  assert connection.response(1).status == 200


@pytest.mark.parametrize("pattern", [0x00, 0x10, INCREMENTAL], ids=["plain", "never-indexed", "incremental"])
def test_every_kind_of_literal_is_accepted(connection, pattern):
  block = b"".join(literal(name.encode(), value.encode(), pattern) for name, value in request_fields())
  connection.headers(1, block)
  connection.data(1, bytes(5), end_stream=True)
  assert connection.response(1).status == 200


@pytest.mark.parametrize("coded", [True, False], ids=["huffman", "plain"])
def test_strings_with_and_without_huffman_coding_are_accepted(connection, coded):
  connection.headers(1, connection.block(request_fields(), huffman=coded))
  connection.data(1, bytes(5), end_stream=True)
  assert connection.response(1).status == 200


def test_the_dynamic_table_carries_over_and_evicts(connection):
  for index in range(40):
    # 40 entries of about 430 bytes: far more than the table of 4096 bytes holds.
    connection.headers(1 + 2 * index, request_fields(extra=[("x-large", f"{index:03d}" + "v" * 390)]))
    connection.data(1 + 2 * index, bytes(5), end_stream=True)
    assert connection.response(1 + 2 * index).status == 200


def test_fields_of_a_refused_stream_still_enter_the_table(connection):
  # Stream 1 is malformed (upper-case name) but its block has to be decoded: stream 3 refers to what it put there.
  connection.headers(1, request_fields(extra=[("x-shared", "value"), ("X-Upper", "1")]), end_stream=True)
  connection.wait(lambda: connection.goaways or (1 in connection.streams and connection.streams[1].reset is not None),
                  "the malformed request's error")
  if connection.goaways:
    assert connection.goaways[0][1] == PROTOCOL_ERROR
    return
  connection.headers(3, request_fields(extra=[("x-shared", "value")]))
  connection.data(3, bytes(5), end_stream=True)
  assert connection.response(3).status == 200


@pytest.mark.parametrize("size", [0, 100, 65536])
def test_the_servers_encoder_keeps_to_the_clients_table_size(connect, size):
  # The decoder of h2raw refuses a block whose table is larger than announced.
  raw = connect(settings=[(HEADER_TABLE_SIZE, size)])
  raw.decoder.max_allowed_table_size = size
  if size < 4096:
    raw.decoder.header_table_size = size
  for index in range(5):
    raw.request(1 + 2 * index)
    assert raw.response(1 + 2 * index).status == 200


def test_a_header_list_far_above_the_limit_is_refused(connection):
  # 100 KB in seven frames, where 16 KiB are the usual limit.
  fields = request_fields(extra=[(f"x-large-{index}", "v" * 4000) for index in range(25)])
  block = hpack.Encoder().encode(fields, huffman=False)
  pieces = [block[at:at + 16000] for at in range(0, len(block), 16000)]
  connection.headers(1, pieces[0], end_headers=False, end_stream=True)
  for piece in pieces[1:-1]:
    connection.send(CONTINUATION, 0, 1, piece)
  connection.send(CONTINUATION, END_HEADERS, 1, pieces[-1])
  connection.wait_over(1)
  stream = connection.streams.get(1)
  if connection.goaways:
    assert connection.goaways[0][1] in (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, COMPRESSION_ERROR)
  elif stream is not None and stream.reset is not None:
    assert stream.reset in (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, REFUSED_STREAM)
  elif stream is not None:
    assert stream.status == 431 or stream.grpc_status == 8, stream
  else:
    assert connection.closed
