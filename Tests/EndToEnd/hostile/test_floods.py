"""A server under each flood keeps its memory, ends the flooder's connection, and serves a bystander.

The summary prints a table of the figures.
"""

import json
import pathlib
import sys
import time

import pytest

import h2raw
import servers
from conftest import TABLES
from hostile import floods

MEMORY = 64 << 20
LATENCY = 0.5  # seconds, for the bystander's p99; the machine's two cores also run the flood
BASELINE = 1.0  # seconds

# Floods after which the connection (all connections, for the slow ones) has to be over.
MUST_END = {"rapid_reset", "continuation", "ping", "settings", "empty_data", "slow_headers", "slow_http1"}

TITLE = "floods"


class Bystander:
  """One client that calls a method again and again, and notes how long each answer takes."""

  def __init__(self, address: str):
    self.raw = h2raw.RawConnection(address)
    self.number = -1

  def calls(self, until) -> list[float]:
    """Calls until `until()`; the seconds that each took."""
    latencies = []
    while not until():
      self.number += 2
      began = time.perf_counter()
      self.raw.request(self.number)
      stream = self.raw.response(self.number)
      latencies.append(time.perf_counter() - began)
      assert stream.status == 200 and stream.grpc_status in (0, None), stream
      del self.raw.streams[self.number]
    return latencies


def p99(latencies: list[float]) -> float:
  return sorted(latencies)[int(len(latencies) * 0.99)]


@pytest.mark.timeout(50)
@pytest.mark.parametrize("name", floods.ALL)
def test_flood(name, start, peer):
  server = start(direct=True)
  flood = None
  try:
    bystander = Bystander(server.address)
    end = time.monotonic() + BASELINE
    before = bystander.calls(lambda: time.monotonic() >= end)
    server.reset_peak()
    rss = server.rss
    script = pathlib.Path(floods.__file__)
    flood = servers.Process([sys.executable, str(script), name, server.address])
    end = time.monotonic() + 30
    during = bystander.calls(lambda: not flood.alive or time.monotonic() > end)
    assert flood.wait(1) == 0, flood.stderr[-3000:]
    result = json.loads(flood.stdout)
    growth = server.peak_rss - rss
    _note(name, result, rss, growth, before, during)
    assert server.alive, server.stderr[-3000:]
    bystander.calls(iter((False, True)).__next__)  # the server still answers
    with h2raw.RawConnection(server.address) as raw:  # and takes new connections
      raw.request(1)
      assert raw.response(1).status == 200
    assert growth <= MEMORY, f"memory grew by {growth >> 20} MiB"
    assert len(during) >= 10, f"the bystander had {len(during)} answers"
    assert p99(during) <= max(LATENCY, 20 * p99(before)), f"p99 {p99(during) * 1000:.1f} ms"
    if name in MUST_END:
      assert result["ended"] != "open" and not result.get("open"), result
    assert "INTERNAL_ERROR" not in result["ended"], result
    assert not result.get("served"), f"{result['served']} requests with 64 MB of header fields were served"
    # What a flooder had open has to be gone once its connection is.
    servers.poll(lambda: server.descriptors < 60, "the flood's connections are closed")
  finally:
    server.kill()
    if flood is not None:
      flood.kill()


def _note(name, result, rss, growth, before, during) -> None:
  lines = TABLES.setdefault(TITLE, [
    f"{'flood':<15} {'sent':>9} {'seconds':>8} {'RSS before':>11} {'peak':>9} {'p99 before':>11} {'p99 during':>11}  "
    "end"])
  lines.append(f"{name:<15} {result['bytes'] / 1e6:>7.2f}MB {result['seconds']:>8.2f} {rss / 2**20:>8.1f}MiB "
               f"{'+%.1f' % (growth / 2**20):>6}MiB {p99(before) * 1e3:>9.2f}ms {p99(during) * 1e3:>9.2f}ms  "
               f"{result['ended']}")
