"""grpc.health.v1.Health with grpcio-health-checking's client."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from interop import cases

Status = health_pb2.HealthCheckResponse


@pytest.fixture
def channel(server, cleartext):
  with cleartext.channel(server.address) as channel:
    yield channel


@pytest.fixture
def stub(channel):
  return health_pb2_grpc.HealthStub(channel)


@pytest.mark.parametrize("service", ["", cases.SERVICE])
def test_check_of_a_served_service_is_serving(stub, service):
  assert stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status == Status.SERVING


def test_check_of_an_unknown_service_is_not_found(stub):
  request = health_pb2.HealthCheckRequest(service="no.such.Service")
  cases.expect(cases.failure(lambda: stub.Check(request, timeout=5)), grpc.StatusCode.NOT_FOUND)


def test_watch_of_a_served_service_begins_with_serving_and_stays_open(stub):
  watch = stub.Watch(health_pb2.HealthCheckRequest(service=cases.SERVICE), timeout=1.5)
  assert next(watch).status == Status.SERVING
  # Nothing changes, so nothing follows until our own deadline ends the stream.
  cases.expect(cases.failure(lambda: next(watch)), grpc.StatusCode.DEADLINE_EXCEEDED)


def test_watch_of_an_unknown_service_says_service_unknown_and_stays_open(stub):
  watch = stub.Watch(health_pb2.HealthCheckRequest(service="no.such.Service"), timeout=1.5)
  assert next(watch).status == Status.SERVICE_UNKNOWN
  cases.expect(cases.failure(lambda: next(watch)), grpc.StatusCode.DEADLINE_EXCEEDED)


def test_list_names_every_served_service(channel):
  listing = channel.unary_unary("/grpc.health.v1.Health/List",
                                request_serializer=health_pb2.HealthListRequest.SerializeToString,
                                response_deserializer=health_pb2.HealthListResponse.FromString)
  statuses = listing(health_pb2.HealthListRequest(), timeout=5).statuses
  assert statuses[cases.SERVICE].status == Status.SERVING
  assert statuses[""].status == Status.SERVING


def test_a_watch_learns_of_the_drain(start, cleartext):
  server = start()
  try:
    with cleartext.channel(server.address) as channel:
      watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=""), timeout=20)
      assert next(watch).status == Status.SERVING
      server.child.terminate()
      # The change, then (with it or instead of it) the end of a stream that would otherwise hold up the drain.
      seen = []
      try:
        seen = [response.status for response in watch]
      except grpc.RpcError:
        pass
      assert seen in ([], [Status.NOT_SERVING]), seen
      assert watch.code() in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
      assert seen or watch.code() is grpc.StatusCode.UNAVAILABLE, "the stream ended without a word of the drain"
    assert server.wait(15) == 0
  finally:
    server.kill()
