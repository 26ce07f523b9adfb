#!/usr/bin/env python3
"""Measures the RPC runtime beside its peers: server on core 0, load on core 1, rounds interleaved.

Needs the release executables (`make release`), grpc-cpp/build/grpc-cpp-echo-server (`make -C grpc-cpp`), and nghttpd,
nghttp and h2load. Standard library only. `make bench-rpc` runs it all.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import memory
from load import CONNECTIONS, STREAMS, Load, Round, message
from servers import (BIN, CLIENT_CORE, Missing, Server, echo_server, grpc_cpp_server, nghttpd_server, program)

SECTIONS = ("unary", "client", "memory")
# The most CPU per call that rpc-echo-server may take, as a multiple of the peer's.
TARGETS = {"gRPC C++": 0.25, "nghttpd": 2.5}
OURS = "rpc-echo-server"
OUTSTANDING = (1, 10, 100)
LARGE_BYTES = 1 << 20


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
  print(f"\n{title}")
  widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
  for row in [head, ["-" * width for width in widths], *rows]:
    print("  " + "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                           for column, (cell, width) in enumerate(zip(row, widths))))


def unary(arguments, contenders, folder: str) -> dict:
  body = pathlib.Path(folder) / "body.bin"
  body.write_bytes(message(arguments.payload))
  with contextlib.ExitStack() as stack:
    loads: list[Load] = []
    for make in contenders:
      server: Server = stack.enter_context(make(folder))
      loads.append(Load(server, body, "body.bin" if server.name == "nghttpd" else None))
    sizes = {}
    for load in loads:
      load.check_one()
      load.run(2_000)
      warm = load.run(20_000)
      sizes[load] = max(CONNECTIONS, int(warm.rate * arguments.seconds))
    rounds: dict[Load, list[Round]] = {load: [] for load in loads}
    for number in range(arguments.rounds):
      # The order turns, so that no one is always behind the same neighbour.
      for load in loads[number % len(loads):] + loads[:number % len(loads)]:
        rounds[load].append(load.run(sizes[load]))
    found = {}
    for load in loads:
      p50, p99 = load.latencies(max(CONNECTIONS, sizes[load] // 2))
      found[load.server.name] = {
        "requests_per_second": statistics.median(r.rate for r in rounds[load]),
        "cpu_us_per_call": statistics.median(r.cpu_us for r in rounds[load]),
        "cpu_us_rounds": [round(r.cpu_us, 2) for r in rounds[load]],
        "p50_us": p50, "p99_us": p99,
      }
      load.check_one()
  ours = found.get(OURS)
  rows = []
  for name, figures in found.items():
    ratio = f"{ours['cpu_us_per_call'] / figures['cpu_us_per_call']:.2f}" if ours and name != OURS else ""
    rows.append([name, f"{figures['requests_per_second']:,.0f}", f"{figures['cpu_us_per_call']:.2f}",
                 f"{min(figures['cpu_us_rounds']):.2f} to {max(figures['cpu_us_rounds']):.2f}",
                 f"{figures['p50_us']:,.0f}", f"{figures['p99_us']:,.0f}", ratio])
  table(f"Unary echo, {arguments.payload} bytes, {CONNECTIONS} connections x {STREAMS} streams, median of "
        f"{arguments.rounds} rounds of {arguments.seconds:g} s",
        ["server", "requests/s", "CPU us/call", "range", "p50 us", "p99 us", "ours/its CPU"], rows)
  return found


def client_run(server: Server, mode: str, outstanding: int, seconds: float) -> dict:
  run = subprocess.run(
    ["taskset", "-c", CLIENT_CORE, program(BIN / "rpc-bench-client"), "--server", server.address, "--mode", mode,
     "--outstanding", str(outstanding), "--seconds", f"{seconds:g}"],
    capture_output=True, text=True, timeout=seconds + 30)
  if run.returncode:
    raise RuntimeError(f"rpc-bench-client --mode {mode} against {server.name} failed: {run.stderr[-800:]}")
  figures = json.loads(run.stdout.strip().splitlines()[-1])
  if figures["calls"] <= 0:
    raise RuntimeError(f"rpc-bench-client --mode {mode} against {server.name} made no call")
  return figures


def client(arguments, contenders, folder: str) -> dict:
  program(BIN / "rpc-bench-client")
  found: dict = {}
  rows = []
  with contextlib.ExitStack() as stack:
    servers = [stack.enter_context(make(folder)) for make in contenders]
    for mode, outstanding in [("unary", n) for n in OUTSTANDING] + [("stream", 1), ("stream", 10), ("large", 4)]:
      for server in servers:
        server_cpu = server.cpu_seconds()
        figures = client_run(server, mode, outstanding, arguments.seconds)
        figures["server_cpu_seconds"] = server.cpu_seconds() - server_cpu
        figures["calls_per_second"] = figures["calls"] / figures["seconds"]
        figures["client_cpu_us"] = figures["cpu_seconds"] / figures["calls"] * 1e6
        if mode == "large":
          figures["megabytes_per_second"] = figures["calls_per_second"] * LARGE_BYTES / 1e6
        found.setdefault(server.name, {})[f"{mode}-{outstanding}"] = figures
        what = {"unary": "calls/s", "stream": "messages/s", "large": "MB/s each way"}[mode]
        amount = figures.get("megabytes_per_second", figures["calls_per_second"])
        rows.append([f"{mode}, {outstanding} outstanding", server.name, f"{amount:,.0f} {what}",
                     f"{figures['client_cpu_us']:.1f}",
                     f"{figures['server_cpu_seconds'] / figures['calls'] * 1e6:.1f}",
                     f"{figures['p50_us']:,.0f}", f"{figures['p99_us']:,.0f}"])
  table(f"Our client, {arguments.seconds:g} s each; a large call is 1 MiB there and back",
        ["load", "server", "rate", "client CPU us/call", "server CPU us/call", "p50 us", "p99 us"], rows)
  return found


def memory_section(arguments, contenders, folder: str) -> dict:
  found: dict = {}
  rows = []
  for make in contenders:
    # A fresh process for each figure: memory once given back by the program may stay resident.
    with make(folder) as server:
      idle = server.settled_rss()
      connection = memory.per_connection(server, arguments.connections)
    figures = {"idle_rss_bytes": idle, "bytes_per_idle_connection": connection}
    stream = ""
    if server.name != "nghttpd":
      with make(folder) as server:
        figures["bytes_per_open_stream"] = memory.per_stream(server, arguments.streams)
      stream = f"{figures['bytes_per_open_stream'] / 1024:.1f}"
    found[server.name] = figures
    rows.append([server.name, f"{idle / 1e6:.1f}", f"{connection / 1024:.1f}", stream])
  table(f"Memory (VmRSS): {arguments.connections:,} idle connections, {arguments.streams:,} open streams",
        ["server", "at rest MB", "KiB/connection", "KiB/stream"], rows)
  return found


def verdicts(found: dict) -> list[dict]:
  ours = found.get("unary", {}).get(OURS)
  if not ours:
    return []
  result = []
  for peer, limit in TARGETS.items():
    theirs = found["unary"].get(peer)
    if theirs:
      ratio = ours["cpu_us_per_call"] / theirs["cpu_us_per_call"]
      result.append({"peer": peer, "ratio": ratio, "target": limit, "met": ratio <= limit})
  print()
  for verdict in result:
    print(f"  CPU per call against {verdict['peer']}: {verdict['ratio']:.2f}, target at most {verdict['target']:g}: "
          f"{'met' if verdict['met'] else 'NOT MET'}")
  return result


def main() -> int:
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--only", choices=SECTIONS, action="append", help="a section; repeat for more (default: all)")
  parser.add_argument("--rounds", type=int, default=5, help="rounds of unary load for each server")
  parser.add_argument("--seconds", type=float, default=3, help="length of a round")
  parser.add_argument("--payload", type=int, default=100, help="bytes of a unary payload")
  parser.add_argument("--connections", type=int, default=2_000, help="idle connections for the memory figure")
  parser.add_argument("--streams", type=int, default=10_000, help="open streams for the memory figure")
  parser.add_argument("--peers-only", action="store_true", help="leave our own executables out, to try the tools")
  parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures there too")
  arguments = parser.parse_args()
  if len(os.sched_getaffinity(0)) < 2:
    print("bench-rpc: two cores are needed, one for the server and one for the load", file=sys.stderr)
    return 2

  own = [] if arguments.peers_only else [lambda folder: echo_server()]
  grpc_servers = own + [lambda folder: grpc_cpp_server()]
  all_servers = grpc_servers + [nghttpd_server]
  jobs = {"unary": (unary, all_servers), "client": (client, grpc_servers), "memory": (memory_section, all_servers)}
  found: dict = {"machine": {"system": platform.platform(), "cores": os.cpu_count(), "load": os.getloadavg()}}
  started, problems = time.monotonic(), []
  with tempfile.TemporaryDirectory() as folder:
    for section in arguments.only or SECTIONS:
      if section == "client" and arguments.peers_only:
        continue
      job, contenders = jobs[section]
      try:
        found[section] = job(arguments, contenders, folder)
      except (Missing, RuntimeError, subprocess.TimeoutExpired) as error:
        problems.append(f"{section}: {error}")
  found["targets"] = verdicts(found)
  found["problems"] = problems
  for problem in problems:
    print(f"\nbench-rpc: {problem}", file=sys.stderr)
  print(f"\n  took {time.monotonic() - started:.0f} s")
  if arguments.json:
    arguments.json.write_text(json.dumps(found, indent=2) + "\n")
  return 1 if problems else 0


if __name__ == "__main__":
  sys.exit(main())
