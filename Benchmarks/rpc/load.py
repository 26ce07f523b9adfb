"""Unary load by h2load: requests, CPU and latency, with the replies checked."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import subprocess
import tempfile

from servers import CLIENT_CORE, Server, program

CONNECTIONS, STREAMS = 16, 32
PATH = "/fiyatradari.bench.v1.Echo/Unary"
GRPC_HEADERS = ["-H", "content-type: application/grpc", "-H", "te: trailers"]


def message(payload_bytes: int) -> bytes:
  """An EchoMessage (`bytes payload = 1`) behind gRPC's five-byte prefix."""
  length, size = bytearray(), payload_bytes
  while size > 0x7F:
    length.append(size & 0x7F | 0x80)
    size >>= 7
  length.append(size)
  body = b"\x0a" + bytes(length) + b"p" * payload_bytes
  return b"\0" + len(body).to_bytes(4, "big") + body


@dataclasses.dataclass
class Round:
  requests: int
  seconds: float
  cpu_seconds: float

  @property
  def rate(self) -> float:
    return self.requests / self.seconds

  @property
  def cpu_us(self) -> float:
    return self.cpu_seconds / self.requests * 1e6


class Load:
  """What h2load asks of one server: a gRPC call, or a file for the server that knows no gRPC."""

  def __init__(self, server: Server, body: pathlib.Path, file_name: str | None = None):
    self.server, self.reply_bytes = server, body.stat().st_size
    if file_name:
      self.url, self.arguments = f"http://{server.address}/{file_name}", []
    else:
      self.url, self.arguments = f"http://{server.address}{PATH}", [*GRPC_HEADERS, "-d", str(body)]
    self.is_grpc = file_name is None

  def check_one(self) -> None:
    """One request, its status and trailers read."""
    run = subprocess.run([program("nghttp"), "-v", "--no-dep", *self.arguments, self.url], capture_output=True,
                         text=True, errors="replace", timeout=10)
    wanted = [":status: 200"] + (["grpc-status: 0"] if self.is_grpc else [])
    plain = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout)
    for text in wanted:
      if text not in plain:
        raise RuntimeError(f"{self.server.name}: a single request brought no `{text}`:\n{plain[-1500:]}")

  def run(self, requests: int, log: str | None = None) -> Round:
    """Sends `requests` and counts the server's CPU from the first to the last.

    Every reply must be 2xx and bring the whole body; a gRPC error brings none, so the sum of body bytes shows one.
    """
    before = self.server.cpu_seconds()
    run = subprocess.run(
      ["taskset", "-c", CLIENT_CORE, program("h2load"), "-n", str(requests), "-c", str(CONNECTIONS), "-m",
       str(STREAMS), *(["--log-file", log] if log else []), *self.arguments, self.url],
      capture_output=True, text=True, timeout=120)
    cpu = self.server.cpu_seconds() - before
    text = run.stdout
    finished = re.search(r"finished in ([0-9.]+)(us|ms|s|m)\b", text)
    succeeded = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", text)
    ok = re.search(r"status codes: (\d+) 2xx", text)
    data = re.search(r"\((\d+)\) data", text)
    if run.returncode or not (finished and succeeded and ok and data):
      raise RuntimeError(f"{self.server.name}: h2load failed:\n{text[-1500:]}{run.stderr[-500:]}")
    if [int(n) for n in succeeded.groups()] != [requests, 0, 0, 0] or int(ok[1]) != requests:
      raise RuntimeError(f"{self.server.name}: not every request succeeded:\n{text[-1500:]}")
    if int(data[1]) != requests * self.reply_bytes:
      raise RuntimeError(f"{self.server.name}: {data[1]} body bytes for {requests} replies of {self.reply_bytes}")
    seconds = float(finished[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[finished[2]]
    return Round(requests, seconds, cpu)

  def latencies(self, requests: int) -> tuple[float, float]:
    """p50 and p99 in microseconds under the same load."""
    with tempfile.NamedTemporaryFile(suffix=".tsv") as log:
      self.run(requests, log=log.name)
      times = sorted(int(line.split()[2]) for line in pathlib.Path(log.name).read_text().splitlines())
    if len(times) != requests:
      raise RuntimeError(f"{self.server.name}: {len(times)} latencies for {requests} requests")
    return times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
