"""Our client speaks with grpcio's server: every interop case, in clear text, with TLS, with TLS both ways."""

import concurrent.futures

import grpc
import pytest

import servers
from interop import cases

# Only behind the relay does the peer see whether a request was compressed.
TAPPED = {"client_compressed_unary", "client_compressed_streaming"}

# Fulfilled by a server without the service, and (left out below) by such a server or not, as cancellation or deadline
# race its answer.
FULFILLED_WITHOUT_SERVICE = {"unimplemented_method", "unimplemented_service"}
RACING = {"cancel_after_begin", "timeout_on_sleeping_server"}


def run(peer: str, address: str, name: str, *flags: str) -> servers.Process:
  client = servers.Process([servers.executable("rpc-interop-client", peer), "--server", address, "--test-case", name,
                            *flags])
  client.wait(30)
  return client


@pytest.mark.parametrize("name", cases.ALL)
def test_case(name, peer, peer_server, security):
  address = peer_server.tapped if name in TAPPED else peer_server.address
  client = run(peer, address, name, *security.client_flags())
  assert client.child.returncode == 0, f"stdout: {client.stdout[-2000:]}\nstderr: {client.stderr[-2000:]}"
  client.kill()


@pytest.mark.parametrize("name", [name for name in cases.ALL if name not in RACING])
def test_case_fails_against_a_server_without_the_service(name, peer):
  """A client that finds every case fulfilled would pass all of the above."""
  server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
  port = server.add_insecure_port("127.0.0.1:0")
  server.start()
  try:
    client = run(peer, f"127.0.0.1:{port}", name)
    fulfilled = client.child.returncode == 0
    assert fulfilled == (name in FULFILLED_WITHOUT_SERVICE), client.stderr[-2000:]
    client.kill()
  finally:
    server.stop(0)
