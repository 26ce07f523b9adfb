"""Our server speaks with grpcio's client: every interop case, in clear text, with TLS, with TLS both ways."""

import grpc
import pytest

import certificates
import servers
from interop import cases


@pytest.mark.parametrize("name", cases.ALL)
def test_case(name, target):
  cases.ALL[name](target)


def test_a_server_with_a_client_authority_refuses_a_client_without_certificate(start, material):
  server = start(*certificates.Security("mtls", material).server_flags())
  try:
    with certificates.Security("tls", material).channel(server.address) as channel:
      call = channel.unary_unary("/grpc.testing.TestService/EmptyCall")
      cases.expect(cases.failure(lambda: call(b"", timeout=10)), grpc.StatusCode.UNAVAILABLE)
    with certificates.Security("mtls", material).channel(server.address) as channel:
      assert channel.unary_unary("/grpc.testing.TestService/EmptyCall")(b"", timeout=10) == b""
  finally:
    server.kill()


def test_a_server_with_a_client_authority_refuses_a_stranger(start, material):
  server = start(*certificates.Security("mtls", material).server_flags())
  credentials = grpc.ssl_channel_credentials(material.ca.read_bytes(), material.stranger_key.read_bytes(),
                                             material.stranger_cert.read_bytes())
  try:
    with grpc.secure_channel(server.address, credentials,
                             [("grpc.ssl_target_name_override", certificates.SERVER_NAME)]) as channel:
      call = channel.unary_unary("/grpc.testing.TestService/EmptyCall")
      cases.expect(cases.failure(lambda: call(b"", timeout=10)), grpc.StatusCode.UNAVAILABLE)
    assert server.alive
  finally:
    server.kill()


def test_sigterm_lets_a_running_call_end_and_then_exits_with_zero(start, cleartext, contracts):
  server = start()
  try:
    with cleartext.channel(server.address) as channel:
      target = cases.Target(server.address, cleartext, contracts, channel)
      requests = cases.Requests()
      call = target.stub.FullDuplexCall(iter(requests), timeout=20)
      requests.send(target.output(10))
      assert len(next(call).payload.body) == 10
      server.child.terminate()
      servers.poll(lambda: not servers.accepts(server.address), "a draining server refuses new connections")
      requests.send(target.output(20))
      assert len(next(call).payload.body) == 20
      requests.close()
      assert list(call) == []
      assert call.code() is grpc.StatusCode.OK
    assert server.wait(10) == 0
  finally:
    server.kill()
