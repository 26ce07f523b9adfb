"""The gRPC interop cases, client side, after gRPC's interop test descriptions.

Where grpcio cannot show or choose the compressed flag of a message, the case adds a call by raw frames.
"""

from __future__ import annotations

import dataclasses
import gzip
import queue
import ssl
from collections.abc import Callable

import grpc

import certificates
import contracts
import h2raw

SERVICE = "grpc.testing.TestService"
TIMEOUT = 20
INITIAL = ("x-grpc-test-echo-initial", "test_initial_metadata_value")
TRAILING = ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab")
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"


@dataclasses.dataclass
class Target:
  """A server under test, and how to reach it."""
  address: str
  security: certificates.Security
  messages: contracts.Contracts
  channel: grpc.Channel

  @property
  def stub(self):
    return self.messages.stub(self.channel, SERVICE)

  def raw(self) -> h2raw.RawConnection:
    return h2raw.RawConnection(self.address, tls=self.security.client_context(),
                               server_name=certificates.SERVER_NAME, settings=[(h2raw.INITIAL_WINDOW_SIZE, 1 << 20)])

  # Requests

  def simple(self, response: int = 0, payload: int = 0, **fields):
    request = self.messages.SimpleRequest(response_size=response, **fields)
    request.payload.body = bytes(payload)
    return request

  def output(self, *sizes: int, payload: int = 0):
    request = self.messages.StreamingOutputCallRequest()
    for size in sizes:
      request.response_parameters.add(size=size)
    if payload:
      request.payload.body = bytes(payload)
    return request


def failure(call: Callable[[], object]) -> grpc.RpcError:
  """The error of a call that has to fail."""
  try:
    call()
  except grpc.RpcError as error:
    return error
  raise AssertionError("the call succeeded")


def expect(error, code: grpc.StatusCode) -> None:
  assert error.code() is code, f"{error.code()} ({error.details()!r}), expected {code}"


class Requests:
  """A request stream that the test feeds while the call runs."""

  def __init__(self):
    self._queue = queue.Queue()

  def send(self, request) -> None:
    self._queue.put(request)

  def close(self) -> None:
    self._queue.put(None)

  def __iter__(self):
    return iter(self._queue.get, None)


def empty_unary(target: Target) -> None:
  assert target.stub.EmptyCall(target.messages.Empty(), timeout=TIMEOUT) == target.messages.Empty()


def large_unary(target: Target) -> None:
  response = target.stub.UnaryCall(target.simple(314159, 271828), timeout=TIMEOUT)
  assert response.payload.body == bytes(314159)


def client_streaming(target: Target) -> None:
  def requests():
    for size in (27182, 8, 1828, 45904):
      request = target.messages.StreamingInputCallRequest()
      request.payload.body = bytes(size)
      yield request
  assert target.stub.StreamingInputCall(requests(), timeout=TIMEOUT).aggregated_payload_size == 74922


def server_streaming(target: Target) -> None:
  sizes = [31415, 9, 2653, 58979]
  responses = list(target.stub.StreamingOutputCall(target.output(*sizes), timeout=TIMEOUT))
  assert [response.payload.body for response in responses] == [bytes(size) for size in sizes]


def ping_pong(target: Target) -> None:
  requests = Requests()
  call = target.stub.FullDuplexCall(iter(requests), timeout=TIMEOUT)
  for response, request in ((31415, 27182), (9, 8), (2653, 1828), (58979, 45904)):
    requests.send(target.output(response, payload=request))
    assert next(call).payload.body == bytes(response)
  requests.close()
  assert list(call) == []
  assert call.code() is grpc.StatusCode.OK


def empty_stream(target: Target) -> None:
  call = target.stub.FullDuplexCall(iter(()), timeout=TIMEOUT)
  assert list(call) == []
  assert call.code() is grpc.StatusCode.OK


def client_compressed_unary(target: Target) -> None:
  probe = target.simple(314159, 271828, expect_compressed={"value": True})
  expect(failure(lambda: target.stub.UnaryCall(probe, timeout=TIMEOUT)), grpc.StatusCode.INVALID_ARGUMENT)
  compressed = target.stub.UnaryCall(probe, compression=grpc.Compression.Gzip, timeout=TIMEOUT)
  assert compressed.payload.body == bytes(314159)
  plain = target.stub.UnaryCall(target.simple(314159, 271828, expect_compressed={"value": False}), timeout=TIMEOUT)
  assert plain.payload.body == bytes(314159)


def server_compressed_unary(target: Target) -> None:
  for wanted in (True, False):
    request = target.simple(314159, 271828, response_compressed={"value": wanted})
    assert target.stub.UnaryCall(request, timeout=TIMEOUT).payload.body == bytes(314159)
    with target.raw() as raw:
      stream = _raw_call(raw, "UnaryCall", [(0, request.SerializeToString())], accept="identity,gzip")
    assert stream.grpc_status == 0, stream
    [(flag, body)] = stream.messages
    assert flag == wanted, f"compressed flag {flag}, response_compressed {wanted}"
    response = target.messages.SimpleResponse.FromString(_plain(stream, flag, body))
    assert response.payload.body == bytes(314159)


def client_compressed_streaming(target: Target) -> None:
  def request(size: int, compressed: bool):
    message = target.messages.StreamingInputCallRequest(expect_compressed={"value": compressed})
    message.payload.body = bytes(size)
    return message
  probe = failure(lambda: target.stub.StreamingInputCall(iter([request(27182, True)]), timeout=TIMEOUT))
  expect(probe, grpc.StatusCode.INVALID_ARGUMENT)
  both = target.stub.StreamingInputCall(iter([request(27182, True)]), compression=grpc.Compression.Gzip,
                                        timeout=TIMEOUT)
  assert both.aggregated_payload_size == 27182
  # One call with a compressed and a plain message: grpcio's client cannot choose per message.
  messages = [(1, gzip.compress(request(27182, True).SerializeToString())),
              (0, request(45904, False).SerializeToString())]
  with target.raw() as raw:
    stream = _raw_call(raw, "StreamingInputCall", messages, encoding="gzip")
  assert stream.grpc_status == 0, stream
  [(flag, body)] = stream.messages
  response = target.messages.StreamingInputCallResponse.FromString(_plain(stream, flag, body))
  assert response.aggregated_payload_size == 73086


def server_compressed_streaming(target: Target) -> None:
  request = target.output(31415, 92653)
  request.response_parameters[0].compressed.value = True
  request.response_parameters[1].compressed.value = False
  sizes = [len(response.payload.body) for response in target.stub.StreamingOutputCall(request, timeout=TIMEOUT)]
  assert sizes == [31415, 92653]
  with target.raw() as raw:
    stream = _raw_call(raw, "StreamingOutputCall", [(0, request.SerializeToString())], accept="identity,gzip")
  assert stream.grpc_status == 0, stream
  assert [flag for flag, _ in stream.messages] == [1, 0]
  bodies = [target.messages.StreamingOutputCallResponse.FromString(_plain(stream, flag, body)).payload.body
            for flag, body in stream.messages]
  assert bodies == [bytes(31415), bytes(92653)]


def cancel_after_begin(target: Target) -> None:
  requests = Requests()
  call = target.stub.StreamingInputCall.future(iter(requests), timeout=TIMEOUT)
  call.cancel()
  requests.close()
  assert call.cancelled()
  assert call.code() is grpc.StatusCode.CANCELLED


def cancel_after_first_response(target: Target) -> None:
  requests = Requests()
  call = target.stub.FullDuplexCall(iter(requests), timeout=TIMEOUT)
  requests.send(target.output(31415, payload=27182))
  assert next(call).payload.body == bytes(31415)
  call.cancel()
  requests.close()
  expect(failure(lambda: next(call)), grpc.StatusCode.CANCELLED)


def timeout_on_sleeping_server(target: Target) -> None:
  requests = Requests()
  call = target.stub.FullDuplexCall(iter(requests), timeout=0.001)
  requests.send(target.output(payload=27182))
  expect(failure(lambda: next(call)), grpc.StatusCode.DEADLINE_EXCEEDED)
  requests.close()


def custom_metadata(target: Target) -> None:
  metadata = (INITIAL, TRAILING)
  response, unary = target.stub.UnaryCall.with_call(target.simple(314159, 271828), metadata=metadata, timeout=TIMEOUT)
  assert response.payload.body == bytes(314159)
  assert INITIAL in list(unary.initial_metadata())
  assert TRAILING in list(unary.trailing_metadata())
  duplex = target.stub.FullDuplexCall(iter([target.output(314159, payload=271828)]), metadata=metadata,
                                      timeout=TIMEOUT)
  assert [len(response.payload.body) for response in duplex] == [314159]
  assert INITIAL in list(duplex.initial_metadata())
  assert TRAILING in list(duplex.trailing_metadata())


def _expect_status(target: Target, message: str, duplex: bool) -> None:
  status = {"code": 2, "message": message}
  error = failure(lambda: target.stub.UnaryCall(target.messages.SimpleRequest(response_status=status),
                                                timeout=TIMEOUT))
  expect(error, grpc.StatusCode.UNKNOWN)
  assert error.details() == message
  if duplex:
    request = target.messages.StreamingOutputCallRequest(response_status=status)
    error = failure(lambda: list(target.stub.FullDuplexCall(iter([request]), timeout=TIMEOUT)))
    expect(error, grpc.StatusCode.UNKNOWN)
    assert error.details() == message


def status_code_and_message(target: Target) -> None:
  _expect_status(target, "test status message", duplex=True)


def special_status_message(target: Target) -> None:
  _expect_status(target, SPECIAL, duplex=False)


def _expect_unimplemented(target: Target, path: str) -> None:
  call = target.channel.unary_unary(path, request_serializer=target.messages.Empty.SerializeToString,
                                    response_deserializer=target.messages.Empty.FromString)
  expect(failure(lambda: call(target.messages.Empty(), timeout=TIMEOUT)), grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_method(target: Target) -> None:
  _expect_unimplemented(target, f"/{SERVICE}/UnimplementedCall")


def unimplemented_service(target: Target) -> None:
  _expect_unimplemented(target, "/grpc.testing.UnimplementedService/UnimplementedCall")


ALL: dict[str, Callable[[Target], None]] = {case.__name__: case for case in (
  empty_unary, large_unary, client_streaming, server_streaming, ping_pong, empty_stream, client_compressed_unary,
  server_compressed_unary, client_compressed_streaming, server_compressed_streaming, cancel_after_begin,
  cancel_after_first_response, timeout_on_sleeping_server, custom_metadata, status_code_and_message,
  special_status_message, unimplemented_method, unimplemented_service)}


def _raw_call(raw: h2raw.RawConnection, method: str, messages: list[tuple[int, bytes]], *,
              encoding: str | None = None, accept: str | None = None) -> h2raw.Stream:
  extra = []
  if encoding:
    extra.append(("grpc-encoding", encoding))
  if accept:
    extra.append(("grpc-accept-encoding", accept))
  scheme = "https" if isinstance(raw.socket, ssl.SSLSocket) else "http"
  raw.headers(1, h2raw.request_fields(f"/{SERVICE}/{method}", scheme=scheme, extra=extra))
  body = b"".join(h2raw.grpc_message(message, flag) for flag, message in messages)
  raw.data_within_windows(1, body, end_stream=True)
  return raw.response(1, TIMEOUT)


def _plain(stream: h2raw.Stream, flag: int, body: bytes) -> bytes:
  """The message's bytes; a compressed one needs its encoding named in the header fields."""
  if not flag:
    return body
  assert stream.field("grpc-encoding") == "gzip", stream
  return gzip.decompress(body)
