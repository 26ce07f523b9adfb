"""`grpc.testing.TestService` on grpcio: the independent server that `rpc-interop-client` is tested against."""

from __future__ import annotations

import concurrent.futures
import time

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

import certificates
import contracts
import tap

SERVICE = "grpc.testing.TestService"
INITIAL, TRAILING = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"


class InteropPeer:
  """`address` is grpcio's own listener; `tapped` is the relay's, the only one where `expect_compressed` is checked."""

  def __init__(self, messages: contracts.Contracts, security: certificates.Security, tap_listen: str = "127.0.0.1:0"):
    self.messages = messages
    self.cancelled = 0
    self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(32),
                              options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 4 << 20)])
    self.server.add_generic_rpc_handlers((self._handlers(),))
    self.health = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)
    for name in ("", SERVICE):
      self.health.set(name, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection((SERVICE, reflection.SERVICE_NAME), self.server, pool=messages.pool)
    inside = self.server.add_insecure_port("127.0.0.1:0")
    if security.mode == "cleartext":
      port = inside
    else:
      port = self.server.add_secure_port("127.0.0.1:0", security.grpc_server_credentials())
    self.address = f"127.0.0.1:{port}"
    self.server.start()
    self.tap = tap.Tap(f"127.0.0.1:{inside}", security.server_context(), tap_listen)
    self.tapped = self.tap.address

  def stop(self, grace: float = 1.0) -> None:
    self.server.stop(grace).wait(grace + 5)
    self.tap.stop()

  def drain(self, grace: float) -> None:
    """Health turns to NOT_SERVING, running calls get `grace` seconds."""
    self.health.enter_graceful_shutdown()
    self.tap.refuse()
    self.stop(grace)

  def _handlers(self):
    handlers = {}
    for method in self.messages.service(SERVICE).methods:
      behaviour = getattr(self, method.name, None)
      if behaviour is None:
        continue  # UnimplementedCall, and what no case calls
      kind = {(False, False): grpc.unary_unary_rpc_method_handler, (False, True): grpc.unary_stream_rpc_method_handler,
              (True, False): grpc.stream_unary_rpc_method_handler,
              (True, True): grpc.stream_stream_rpc_method_handler}[method.client_streaming, method.server_streaming]
      request = self.messages.message(method.input_type.full_name)
      response = self.messages.message(method.output_type.full_name)
      handlers[method.name] = kind(behaviour, request_deserializer=request.FromString,
                                   response_serializer=response.SerializeToString)
    return grpc.method_handlers_generic_handler(SERVICE, handlers)

  # The methods

  def EmptyCall(self, request, context):
    return self.messages.Empty()

  def UnaryCall(self, request, context):
    self._echo_metadata(context)
    self._check_compression(request, context, "UnaryCall", 0)
    self._fail_if_asked(request, context)
    if request.HasField("response_compressed") and request.response_compressed.value:
      context.set_compression(grpc.Compression.Gzip)
    response = self.messages.SimpleResponse()
    response.payload.body = bytes(request.response_size)
    return response

  def StreamingInputCall(self, requests, context):
    total = 0
    for index, request in enumerate(requests):
      self._check_compression(request, context, "StreamingInputCall", index)
      total += len(request.payload.body)
    return self.messages.StreamingInputCallResponse(aggregated_payload_size=total)

  def StreamingOutputCall(self, request, context):
    self._fail_if_asked(request, context)
    if any(wanted.compressed.value for wanted in request.response_parameters):
      context.set_compression(grpc.Compression.Gzip)
    yield from self._replies(request, context)

  def FullDuplexCall(self, requests, context):
    self._echo_metadata(context)
    for request in requests:
      self._fail_if_asked(request, context)
      yield from self._replies(request, context)

  def _replies(self, request, context):
    for wanted in request.response_parameters:
      if wanted.interval_us:
        time.sleep(wanted.interval_us / 1e6)  # what the contract's interval_us asks for
      if not wanted.compressed.value:
        context.disable_next_message_compression()
      response = self.messages.StreamingOutputCallResponse()
      response.payload.body = bytes(wanted.size)
      yield response

  def _echo_metadata(self, context) -> None:
    for key, value in context.invocation_metadata():
      if key == INITIAL:
        context.send_initial_metadata(((key, value),))
      elif key == TRAILING:
        context.set_trailing_metadata(((key, value),))

  def _fail_if_asked(self, request, context) -> None:
    if request.HasField("response_status") and request.response_status.code:
      codes = {code.value[0]: code for code in grpc.StatusCode}
      context.abort(codes[request.response_status.code], request.response_status.message)

  def _check_compression(self, request, context, method: str, index: int) -> None:
    if not request.HasField("expect_compressed"):
      return
    try:
      flags = self.tap.flags(context.peer(), f"/{SERVICE}/{method}")
    except KeyError:
      context.abort(grpc.StatusCode.FAILED_PRECONDITION, "use the tapped address for expect_compressed")
    assert index < len(flags), f"the relay has seen only {flags}"
    if bool(flags[index]) != request.expect_compressed.value:
      context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"message {index} has compressed flag {flags[index]}")
