"""Servers and clients under measurement: how to start each, and what the kernel says of them."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("FIYATRADARI_BIN", ROOT / ".build" / "release"))
SERVER_CORE, CLIENT_CORE = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")


class Missing(Exception):
  """A program that a measurement needs is not there."""


def program(name: str | pathlib.Path) -> str:
  found = shutil.which(str(name))
  if not found:
    raise Missing(f"{name} is missing")
  return found


def free_port() -> int:
  with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    return probe.getsockname()[1]


class Server:
  """A server process pinned to one core; `with` starts it, waits until it accepts, and ends it."""

  def __init__(self, name: str, command: list[str], port: int):
    self.name, self.command, self.port = name, command, port
    self.process: subprocess.Popen | None = None

  @property
  def address(self) -> str:
    return f"127.0.0.1:{self.port}"

  def __enter__(self) -> "Server":
    self.process = subprocess.Popen(
      ["taskset", "-c", SERVER_CORE, *self.command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
      stderr=subprocess.PIPE)
    deadline = time.monotonic() + 15
    while True:
      try:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        return self
      except OSError:
        if self.process.poll() is not None or time.monotonic() > deadline:
          self.process.kill()
          text = self.process.communicate()[1].decode(errors="replace").strip()
          raise RuntimeError(f"{self.name} did not start: {text[-500:] or 'no word from it'}") from None
        time.sleep(0.02)

  def __exit__(self, *_) -> None:
    self.process.send_signal(signal.SIGTERM)
    try:
      self.process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
      self.process.kill()
      self.process.communicate()

  def cpu_seconds(self) -> float:
    """User and system time of all threads, ended ones included."""
    text = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS

  def rss_bytes(self) -> int:
    for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
      if line.startswith("VmRSS:"):
        return int(line.split()[1]) * 1024
    raise RuntimeError(f"{self.name} has no VmRSS")

  def settled_rss(self) -> int:
    """Resident memory once it has stopped changing (or after two seconds)."""
    last = self.rss_bytes()
    for _ in range(20):
      time.sleep(0.1)
      now = self.rss_bytes()
      if now == last:
        break
      last = now
    return last


def echo_server(threads: int = 1) -> Server:
  port = free_port()
  return Server("rpc-echo-server",
                [program(BIN / "rpc-echo-server"), "--listen", f"127.0.0.1:{port}", "--threads", str(threads)], port)


def grpc_cpp_server() -> Server:
  port = free_port()
  path = pathlib.Path(__file__).parent / "grpc-cpp" / "build" / "grpc-cpp-echo-server"
  return Server("gRPC C++", [program(path), f"127.0.0.1:{port}"], port)


def nghttpd_server(folder: str) -> Server:
  port = free_port()
  return Server("nghttpd", [program("nghttpd"), "--no-tls", "-a", "127.0.0.1", "-d", folder, str(port)], port)
