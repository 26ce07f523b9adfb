"""Fixtures that all folders share.

The servers and clients under test are the project's own executables (`.build/debug`, or the folder FIYATRADARI_BIN).
`--peer grpcio` and `--peer nghttpd` put an independent implementation in their place: that proves the tests. What such
a peer does otherwise than a test wants stands in `deviations.py`. `--peer sink` is a server that takes everything
for right; it proves the opposite, that the conformance tests fail where they should.
"""

from __future__ import annotations

import os
import pathlib
import sys

import pytest

# Tests fork while calls are under way, and exec at once: grpcio's own handlers of forks only make children crash. It
# reads this when it is first imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
import certificates  # noqa: E402
import contracts as contracts_module
import deviations
import h2raw
import meshkit
import servers

MODES = ("cleartext", "tls", "mtls")
TABLES: dict[str, list[str]] = {}


def pytest_addoption(parser):
  parser.addoption("--peer", choices=("fiyatradari", "grpcio", "nghttpd", "sink"), default="fiyatradari",
                   help="what to test: the project's executables, or a peer that proves the tests")


def pytest_collection_modifyitems(config, items):
  known = deviations.of(config.getoption("--peer"))
  root = pathlib.Path(__file__).parent
  for item in items:
    name = item.path.relative_to(root).as_posix() + "::" + item.name
    for pattern, reason in known:
      if pattern in name:
        item.add_marker(pytest.mark.xfail(reason=reason, strict=not reason.startswith(deviations.SOMETIMES)))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
  """Adds to a failure what the living processes have written to stderr."""
  outcome = yield
  report = outcome.get_result()
  if report.failed:
    for process in servers.Process.living:
      text = process.stderr
      if text:
        report.sections.append((f"stderr of {process.name} (pid {process.pid})", text[-4000:]))
    for kit in meshkit.Kit.living:
      report.sections.append((f"logs of the mesh in {kit.mesh.folder}", kit.logs()))


def pytest_terminal_summary(terminalreporter):
  for title, lines in TABLES.items():
    terminalreporter.section(title)
    for line in lines:
      terminalreporter.line(line)


@pytest.fixture(scope="session")
def peer(request) -> str:
  return request.config.getoption("--peer")


@pytest.fixture(scope="session")
def contracts(tmp_path_factory):
  return contracts_module.Contracts(tmp_path_factory.mktemp("contracts"))


@pytest.fixture(scope="session")
def material(tmp_path_factory):
  return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session", params=MODES)
def security(request, material):
  return certificates.Security(request.param, material)


@pytest.fixture(scope="session")
def cleartext(material):
  return certificates.Security("cleartext", material)


@pytest.fixture(scope="session")
def start(peer, tmp_path_factory):
  """Starts a server under test: `start(security flags…)`. `direct` leaves out the relay of the grpcio peer."""
  def start(*flags: str, direct: bool = False) -> servers.Server:
    if peer == "nghttpd":
      return _nghttpd(tmp_path_factory.mktemp("nghttpd"))
    if peer == "sink":
      return servers.Server([sys.executable, str(servers.PEERS / "sink.py"), "--listen", "127.0.0.1:0"])
    return servers.Server([servers.executable("rpc-interop-server", peer), "--listen", "127.0.0.1:0", *flags],
                          environment={"PEER_WITHOUT_RELAY": "1"} if direct else None)
  return start


def _nghttpd(folder: pathlib.Path) -> servers.Server:
  """nghttpd, with a file in the place of each method that the tests call."""
  methods = folder / "grpc.testing.TestService"
  methods.mkdir()
  for name, size in (("EmptyCall", 5), ("UnaryCall", 200_000), ("StreamingOutputCall", 200_000),
                     ("FullDuplexCall", 5)):
    (methods / name).write_bytes(bytes(size))
  port = servers.free_port()
  return servers.Server(["/usr/sbin/nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", str(folder), str(port)],
                        address=f"127.0.0.1:{port}")


@pytest.fixture(scope="session")
def _shared_server(start):
  """A holder of the clear-text server that tests share; replaced when a test has brought it down."""
  holder = [start(direct=True)]
  yield holder
  holder[0].kill()


@pytest.fixture
def server(_shared_server, start):
  """The shared clear-text server. Every test that uses it also asserts that the server lives on and still serves."""
  if not _shared_server[0].alive:
    _shared_server[0] = start(direct=True)
  current = _shared_server[0]
  yield current
  assert current.alive, f"the server died with {current.child.returncode}: {current.stderr[-4000:]}"
  with h2raw.RawConnection(current.address) as connection:
    connection.request(1)
    assert connection.response(1).status == 200


@pytest.fixture
def connect(server):
  """Opens raw connections to the shared server; closes them at the end of the test."""
  opened = []

  def connect(**options) -> h2raw.RawConnection:
    opened.append(h2raw.RawConnection(server.address, **options))
    return opened[-1]

  yield connect
  for connection in opened:
    connection.socket.close()


@pytest.fixture
def connection(connect):
  """A raw connection after the exchange of SETTINGS."""
  return connect()
