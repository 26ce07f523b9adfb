#!/usr/bin/env python3
"""GET with 64 outstanding: RedisClient against redis-benchmark, in turns on one server.

redis-benchmark sends 64 commands at once and waits for all replies. Rows of RedisClient, always with 64 outstanding:
one pipeline of 64 (the same pattern), two of 32 by two tasks (one is on its way while the other is read; this row is
held to the target), and 64 tasks that await one GET after the other, on the connection's event loop or the global pool.
The server is pinned to the first core, whichever client runs to the second. Prints one table; `--json` keeps all runs;
`--check` makes the exit status 1 when the target is missed or memory grows.
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEY = "key:__rand_int__"  # what redis-benchmark reads
TARGET = 0.8
# How much a million more GETs may add to the client's peak.
GROWTH_KIB = 4096


def need(program):
    path = shutil.which(program)
    if path is None:
        sys.exit(f"{program} is missing: apt-get install redis-server redis-tools")
    return path


def pinned(core, command):
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core % len(cores)])] + command


class Server:
    def __init__(self, value):
        self.directory = tempfile.mkdtemp(prefix="bench-redis-")
        self.socket = os.path.join(self.directory, "redis.sock")
        self.process = subprocess.Popen(
            pinned(0, [need("redis-server"), "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir",
                       self.directory, "--logfile", os.path.join(self.directory, "log")]))
        for _ in range(500):
            if self.cli("PING") == "PONG":
                break
            time.sleep(0.01)
        else:
            sys.exit("redis-server does not answer")
        self.cli("SET", KEY, value)

    def cli(self, *arguments):
        result = subprocess.run([need("redis-cli"), "-s", self.socket, *arguments], capture_output=True, text=True)
        return result.stdout.strip()

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def run_benchmark(server, outstanding, operations):
    before = os.times()
    output = subprocess.run(
        pinned(1, [need("redis-benchmark"), "-s", server.socket, "-t", "get", "-c", "1", "-P", str(outstanding), "-n",
                   str(operations), "-q"]), capture_output=True, text=True, check=True).stdout
    after = os.times()
    rate = float(re.findall(r"([0-9.]+) requests per second", output)[-1])
    cpu = (after.children_user + after.children_system - before.children_user - before.children_system) * 1e6
    return {"per_second": rate, "cpu_us": cpu / operations}


def run_client(tool, server, mode, outstanding, operations, extra=()):
    output = subprocess.run(
        pinned(1, [tool, "--url", f"unix://{server.socket}", "--mode", mode, "--outstanding", str(outstanding),
                   "--operations", str(operations), *extra]), capture_output=True, text=True, check=True).stdout
    return json.loads(output)


def run_codec(tool):
    output = subprocess.run(
        pinned(1, [tool, "--mode", "codec"]), capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in output.splitlines()]
    print("\n| command written by | our writer, ns | redisFormatCommandArgv, ns |\n|---|---|---|")
    for row in rows:
        print(f"| {row['command']} | {row['writer_ns']:.0f} | {row['hiredis_ns']:.0f} |")
    return rows


def median(runs, field):
    return statistics.median(run[field] for run in runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--outstanding", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--value-bytes", type=int, default=100)
    parser.add_argument("--json", metavar="FILE", help="keep all figures there")
    parser.add_argument("--codec", action="store_true", help="also compare the two ways to write a command")
    parser.add_argument("--tool", default=os.path.join(ROOT, ".build", "release", "redis-bench"))
    parser.add_argument("--check", action="store_true", help="fail when the target is missed or memory grows")
    options = parser.parse_args()
    if not os.access(options.tool, os.X_OK):
        sys.exit("redis-bench is not built: dev/release.sh redis-bench")

    server = Server("x" * options.value_bytes)
    try:
        kinds = {"redis-benchmark": [], "one pipeline": [], "two pipelines": [], "one call a task": [], "one call a task, global pool": []}
        for _ in range(options.rounds):
            count, many = options.operations, options.outstanding
            kinds["redis-benchmark"].append(run_benchmark(server, many, count))
            kinds["one call a task"].append(run_client(options.tool, server, "calls", many, count))
            kinds["one pipeline"].append(run_client(options.tool, server, "pipeline", many, count))
            kinds["two pipelines"].append(
                run_client(options.tool, server, "pipeline", many, count, ["--pipelines", "2"]))
            kinds["one call a task, global pool"].append(
                run_client(options.tool, server, "calls", many, count, ["--global"]))
        flat = run_client(options.tool, server, "calls", options.outstanding, 3 * options.operations)
    finally:
        server.stop()

    reference = median(kinds["redis-benchmark"], "per_second")
    print(f"GET of {options.value_bytes} bytes, {options.outstanding} outstanding, 1 connection (Unix socket), "
          f"median of {options.rounds} rounds")
    print(f"| {'client':<30} | {'GET/s':>9} | {'ratio':>5} | {'best':>9} | {'client CPU us/GET':>17} |")
    print(f"|{'-' * 32}|{'-' * 11}|{'-' * 7}|{'-' * 11}|{'-' * 19}|")
    for kind, runs in kinds.items():
        rate = median(runs, "per_second")
        print(f"| {kind:<30} | {rate:>9.0f} | {rate / reference:>5.2f} | "
              f"{max(run['per_second'] for run in runs):>9.0f} | {median(runs, 'cpu_us'):>17.2f} |")
    ratio = median(kinds["two pipelines"], "per_second") / reference
    growth = flat["peak_kib_after"] - flat["peak_kib_before"]
    print(f"\ntwo pipelines: {ratio:.2f}x redis-benchmark (target {TARGET}); peak memory {flat['peak_kib_before']} KiB, "
          f"{growth} KiB more after {flat['operations']} more GETs")
    codec = run_codec(options.tool) if options.codec else []
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"value_bytes": options.value_bytes, "outstanding": options.outstanding, "runs": kinds,
                       "ratio": ratio, "target": TARGET, "memory": flat, "codec": codec}, file, indent=2)
    if options.check and (ratio < TARGET or growth > GROWTH_KIB):
        sys.exit(1)


if __name__ == "__main__":
    main()
