"""Servers and targets of the interop cases."""

import pytest

import interop_peer
from interop import cases


@pytest.fixture(scope="module")
def target(start, security, contracts):
  """Our server, reached by grpcio's client."""
  server = start(*security.server_flags())
  with security.channel(server.address) as channel:
    yield cases.Target(server.address, security, contracts, channel)
  server.kill()


@pytest.fixture(scope="module")
def peer_server(security, contracts):
  """grpcio's server, to be reached by our client."""
  peer = interop_peer.InteropPeer(contracts, security)
  yield peer
  peer.stop()
