"""Processes under test: start, readiness, memory and CPU figures, orderly end, output for a failure report."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = pathlib.Path(__file__).resolve().parent / "peers"


def poll(condition: Callable[[], object], what: str, timeout: float = 10.0, interval: float = 0.01):
  """Calls `condition` until it returns something true, and returns that; fails after `timeout` seconds."""
  deadline = time.monotonic() + timeout
  while True:
    value = condition()
    if value:
      return value
    if time.monotonic() >= deadline:
      raise AssertionError(f"not within {timeout:g} s: {what}")
    time.sleep(interval)


class Process:
  """A child process whose output goes to files."""

  living: list["Process"] = []

  def __init__(self, arguments: list[str], environment: dict[str, str] | None = None):
    self.arguments = arguments
    self._stdout = tempfile.TemporaryFile()
    self._stderr = tempfile.TemporaryFile()
    # Scripts of this suite run with the interpreter that runs the suite.
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    self.child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self._stdout, stderr=self._stderr,
                                  env={**os.environ, "PATH": path, **(environment or {})}, cwd=ROOT)
    Process.living.append(self)

  @property
  def pid(self) -> int:
    return self.child.pid

  @property
  def alive(self) -> bool:
    return self.child.poll() is None

  @property
  def stdout(self) -> str:
    return _read(self._stdout)

  @property
  def stderr(self) -> str:
    return _read(self._stderr)

  def wait(self, timeout: float) -> int:
    """The exit code; a process that still runs after `timeout` is killed and fails the test."""
    try:
      return self.child.wait(timeout)
    except subprocess.TimeoutExpired:
      self.kill()
      raise AssertionError(f"{self.name} still ran after {timeout:g} s; its stderr ends:\n{self.stderr[-4000:]}")

  def terminate(self, timeout: float = 10.0) -> int:
    """SIGTERM, then the exit code."""
    if self.alive:
      self.child.send_signal(signal.SIGTERM)
    return self.wait(timeout)

  def kill(self) -> None:
    if self.alive:
      self.child.kill()
    self.child.wait()
    if self in Process.living:
      Process.living.remove(self)

  @property
  def name(self) -> str:
    return pathlib.Path(self.arguments[0]).name

  # Figures

  def _status(self, key: str) -> int:
    text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
    match = re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)
    assert match, f"no {key} in /proc/{self.pid}/status"
    return int(match.group(1)) * 1024

  @property
  def rss(self) -> int:
    """Resident memory in bytes."""
    return self._status("VmRSS")

  @property
  def peak_rss(self) -> int:
    """Peak resident memory in bytes since `reset_peak`."""
    return self._status("VmHWM")

  def reset_peak(self) -> None:
    pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

  @property
  def cpu_seconds(self) -> float:
    fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

  @property
  def descriptors(self) -> int:
    return len(os.listdir(f"/proc/{self.pid}/fd"))


class Server(Process):
  """A process that listens; `address` is HOST:PORT."""

  READY = re.compile(r"^listening on (\S+)$", re.MULTILINE)

  def __init__(self, arguments: list[str], *, address: str | None = None, timeout: float = 20.0,
               environment: dict[str, str] | None = None):
    """Waits for the ready line on stdout, or, if `address` is given, until that address accepts a connection."""
    super().__init__(arguments, environment)
    try:
      self.address = poll(lambda: self._ready(address), f"{self.name} is ready", timeout)
    except AssertionError as error:
      self.kill()
      raise AssertionError(f"{error}; stdout: {self.stdout!r}; stderr ends:\n{self.stderr[-4000:]}") from None

  def _ready(self, address: str | None) -> str | None:
    if not self.alive:
      raise AssertionError(f"{self.name} exited with {self.child.returncode} before it was ready")
    if address is not None:
      return address if accepts(address) else None
    match = self.READY.search(self.stdout)
    return match.group(1) if match else None


def accepts(address: str) -> bool:
  """Whether a TCP connection to the address succeeds."""
  host, port = address.rsplit(":", 1)
  try:
    socket.create_connection((host, int(port)), timeout=1).close()
    return True
  except OSError:
    return False


def free_port() -> int:
  with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    return probe.getsockname()[1]


def executable(name: str, peer: str) -> str:
  """The path of an executable: the project's own, or the one of the same name that stands in for it."""
  if peer == "fiyatradari":
    folder = pathlib.Path(os.environ.get("FIYATRADARI_BIN") or ROOT / ".build" / "debug")
  else:
    folder = PEERS
  path = folder / name
  assert os.access(path, os.X_OK), f"{path} is missing: build it (swift build --product {name}) or set FIYATRADARI_BIN"
  return str(path)


def _read(file) -> str:
  return os.pread(file.fileno(), 1 << 24, 0).decode("utf-8", "replace")
