#!/usr/bin/env python3
"""PostgresClient beside PostgreSQL's own clients, in turns on one private server.

Selects of one row by key, 128 outstanding on 4 connections: `postgres-bench select` against pgbench with
\\startpipeline. Rows added in bulk: `postgres-bench copy` against psql's \\copy. The server is pinned to the first
core, whichever client runs to the second. Prints one table; `--check` makes the exit status 1 when a target is missed.
"""

import argparse
import glob
import json
import os
import pwd
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TICKS = os.sysconf("SC_CLK_TCK")
SELECT_TARGET = 0.9
COPY_TARGET = 0.9
MEMORY_TARGET_KIB = 4096
# The rows that `postgres-bench copy --format rows` makes, so that all ways of copying do the same.
ROWS_SQL = """
  SELECT id, 'Product ' || id || ' of the catalogue, 128 GB', id * 7919 % 1000003, id % 3 <> 0,
    timestamptz '2026-01-01 00:00:00+00' + id * interval '1 second'
  FROM generate_series(1, {rows}) AS id
"""
CHECKSUM_SQL = """
  SELECT count(*) || ' ' || coalesce(sum(hashtextextended(concat_ws('|', id, title, price, in_stock, seen), 0)), 0)
  FROM bench_copy
"""


def need(program):
    path = shutil.which(program)
    for found in [path] if path else sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"), reverse=True):
        return found
    sys.exit(f"{program} is missing: apt-get install postgresql")


def pinned(core, command):
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core % len(cores)])] + command


class Server:
    """A PostgreSQL cluster in a temporary directory, reached by its Unix socket."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="bench-postgres-")
        self.as_user = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.directory, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        data = os.path.join(self.directory, "data")
        self.process = None
        subprocess.run(
            self.as_user + [need("initdb"), "-D", data, "-U", "postgres", "--no-sync", "--encoding=UTF8",
                            "--locale=C.UTF-8", "--auth=trust"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.directory)
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.directory, "fsync": "off", "autovacuum": "off",
            "shared_buffers": "256MB", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "jit": "off",
        }
        arguments = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            pinned(0, self.as_user + [need("postgres"), "-D", data] + arguments), stdout=subprocess.DEVNULL,
            stderr=open(os.path.join(self.directory, "log"), "wb"), cwd=self.directory)
        self.dsn = f"host={self.directory} dbname=postgres user=postgres"
        for _ in range(1000):
            if subprocess.run([need("pg_isready"), "-q", "-d", self.dsn]).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        log = open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace").read()
        self.stop()
        sys.exit(f"the server did not start: {log[-800:]}")

    def psql(self, sql):
        return subprocess.run(
            [need("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.dsn, "-c", sql], check=True,
            capture_output=True, text=True).stdout.strip()

    def cpu_seconds(self):
        """User and system time of the server's processes, those that have ended included."""
        parent = self.process.pid
        children = open(f"/proc/{parent}/task/{parent}/children", encoding="ascii").read().split()
        total = sum(self.times(parent))
        return (total + sum(sum(self.times(child)[:2]) for child in children)) / TICKS

    @staticmethod
    def times(pid):
        try:
            fields = open(f"/proc/{pid}/stat", encoding="ascii", errors="replace").read().rpartition(")")[2].split()
        except OSError:
            return [0, 0, 0, 0]
        return [int(field) for field in fields[11:15]]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(timeout=20)
        shutil.rmtree(self.directory, ignore_errors=True)


def measured(server, command):
    """Runs a client to its end: its output, and the server's CPU time meanwhile; ours is the children's."""
    before, server_before = os.times(), server.cpu_seconds()
    start = time.monotonic()
    done = subprocess.run(pinned(1, command), capture_output=True, text=True)
    elapsed = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr or done.stdout}")
    after = os.times()
    client = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout, elapsed, client, server.cpu_seconds() - server_before


def run_pgbench(server, options):
    depth = options.outstanding // options.connections
    script = os.path.join(server.directory, "select.sql")
    with open(script, "w", encoding="ascii") as file:
        file.write("\\startpipeline\n")
        for index in range(depth):
            file.write(f"\\set id random(1, {options.rows})\nSELECT value FROM bench_rows WHERE id = :id;\n")
        file.write("\\endpipeline\n")
    transactions = options.operations // options.connections // depth
    output, _, client, used = measured(server, [
        need("pgbench"), "-n", "-M", "prepared", "-f", script, "-c", str(options.connections), "-j", "1", "-t",
        str(transactions), server.dsn])
    count = transactions * options.connections * depth
    rate = float(re.search(r"tps = ([0-9.]+)", output).group(1)) * depth
    if f"{transactions * options.connections}/{transactions * options.connections}" not in output:
        sys.exit(f"pgbench did not finish its work:\n{output}")
    return {"per_second": rate, "cpu_us": client * 1e6 / count, "server_us": used * 1e6 / count}


def run_select(server, options, extra=()):
    output, _, _, used = measured(server, [
        options.tool, "select", "--dsn", server.dsn, "--connections", str(options.connections), "--outstanding",
        str(options.outstanding), "--rows", str(options.rows), "--operations", str(options.operations), *extra])
    result = json.loads(output)
    # The server also worked for the warm-up, a tenth.
    return result | {"server_us": used * 1e6 / (result["operations"] * 1.1)}


def run_psql_copy(server, options, path):
    server.psql("TRUNCATE bench_copy")
    output, elapsed, client, used = measured(server, [
        need("psql"), "-X", "-v", "ON_ERROR_STOP=1", "-d", server.dsn, "-c", "\\timing on", "-c",
        f"\\copy bench_copy from '{path}'"])
    # psql's own clock, so that its start counts no more than ours.
    milliseconds = float(re.findall(r"Time: ([0-9.]+) ms", output)[-1])
    return {"per_second": options.copy_rows * 1000 / milliseconds, "cpu_us": client * 1e6 / options.copy_rows,
            "server_us": used * 1e6 / options.copy_rows, "checksum": server.psql(CHECKSUM_SQL)}


def run_copy(server, options, kind, path):
    server.psql("TRUNCATE bench_copy")
    output, _, _, used = measured(server, [
        options.tool, "copy", "--dsn", server.dsn, "--format", kind, "--rows", str(options.copy_rows), "--file", path])
    return json.loads(output) | {"server_us": used * 1e6 / options.copy_rows, "checksum": server.psql(CHECKSUM_SQL)}


def median(runs, field):
    return statistics.median(run[field] for run in runs)


def table(title, unit, kinds, reference):
    print(f"\n{title}")
    print(f"| {'client':<34} | {unit + '/s':>9} | {'ratio':>5} | {'best':>9} | {'client CPU us':>13} | "
          f"{'server CPU us':>13} |")
    print(f"|{'-' * 36}|{'-' * 11}|{'-' * 7}|{'-' * 11}|{'-' * 15}|{'-' * 15}|")
    base = median(kinds[reference], "per_second")
    rows = []
    for kind, runs in kinds.items():
        rate = median(runs, "per_second")
        rows.append({"client": kind, "per_second": rate, "ratio": rate / base,
                     "best": max(run["per_second"] for run in runs), "cpu_us": median(runs, "cpu_us"),
                     "server_us": median(runs, "server_us")})
        row = rows[-1]
        print(f"| {kind:<34} | {rate:>9.0f} | {row['ratio']:>5.2f} | {row['best']:>9.0f} | {row['cpu_us']:>13.2f} | "
              f"{row['server_us']:>13.2f} |")
    return rows


def interleaved(rounds, runners):
    """Runs all in each round, in an order that turns, so that a slow minute of the machine hits all alike."""
    kinds = {kind: [] for kind in runners}
    names = list(runners)
    for turn in range(rounds):
        for offset in range(len(names)):
            name = names[(turn + offset) % len(names)]
            kinds[name].append(runners[name]())
    return kinds


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=400_000, help="selects in each round")
    parser.add_argument("--outstanding", type=int, default=128)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--copy-rows", type=int, default=500_000)
    parser.add_argument("--memory-operations", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["select", "copy", "memory"])
    parser.add_argument("--tool", default=os.path.join(ROOT, ".build", "release", "postgres-bench"))
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    if not os.access(options.tool, os.X_OK):
        sys.exit("postgres-bench is not built: make bench-postgres builds it")
    if options.outstanding % options.connections:
        sys.exit("--outstanding must be a multiple of --connections")
    return options


def bench_select(server, options, figures):
    server.psql("CREATE TABLE bench_rows (id bigint PRIMARY KEY, value bigint NOT NULL)")
    server.psql(f"INSERT INTO bench_rows SELECT id, 7 * id + 1 FROM generate_series(1, {options.rows}) AS id")
    server.psql("VACUUM ANALYZE bench_rows")
    kinds = interleaved(options.rounds, {
        "pgbench, \\startpipeline": lambda: run_pgbench(server, options),
        "PostgresClient": lambda: run_select(server, options),
        "PostgresClient, global pool": lambda: run_select(server, options, ["--loops", "0"]),
    })
    figures["select"] = table(
        f"One row by key, {options.outstanding} outstanding on {options.connections} connections, median of "
        f"{options.rounds} rounds", "selects", kinds, "pgbench, \\startpipeline")
    ratio = figures["select"][1]["ratio"]
    print(f"PostgresClient: {ratio:.2f}x pgbench (target {SELECT_TARGET})")
    return ratio >= SELECT_TARGET


def bench_copy(server, options, figures):
    server.psql(
        "CREATE TABLE bench_copy (id bigint, title text, price bigint, in_stock boolean, seen timestamptz)")
    path = os.path.join(server.directory, "rows.txt")
    server.psql(f"COPY ({ROWS_SQL.format(rows=options.copy_rows)}) TO '{path}'")
    os.chmod(path, 0o644)
    kinds = interleaved(options.rounds, {
        "psql \\copy": lambda: run_psql_copy(server, options, path),
        "PostgresClient, rows": lambda: run_copy(server, options, "rows", path),
        "PostgresClient, the same file": lambda: run_copy(server, options, "file", path),
    })
    sums = {run["checksum"] for runs in kinds.values() for run in runs}
    if len(sums) != 1 or not next(iter(sums)).startswith(f"{options.copy_rows} "):
        sys.exit(f"the tables differ: {sums}")
    figures["copy"] = table(
        f"COPY of {options.copy_rows} rows of five columns, median of {options.rounds} rounds", "rows", kinds,
        "psql \\copy")
    ratio = figures["copy"][1]["ratio"]
    print(f"PostgresClient: {ratio:.2f}x psql \\copy (target {COPY_TARGET})")
    return ratio >= COPY_TARGET


def bench_memory(server, options, figures):
    server.psql(
        "CREATE TABLE IF NOT EXISTS bench_rows (id bigint PRIMARY KEY, value bigint NOT NULL);"
        f"INSERT INTO bench_rows SELECT id, 7 * id + 1 FROM generate_series(1, {options.rows}) AS id "
        "ON CONFLICT DO NOTHING")
    options.operations = options.memory_operations
    run = run_select(server, options)
    figures["memory"] = run
    grown = run["rss_kib_after"] - run["rss_kib_before"]
    print(f"\nResident memory: {run['rss_kib_before']} KiB after the warm-up, {run['rss_kib_after']} KiB after "
          f"{run['operations']} more selects (target: at most {MEMORY_TARGET_KIB} KiB more)")
    return grown <= MEMORY_TARGET_KIB


def main():
    options = parse()
    figures, is_met = {}, True
    server = Server()
    try:
        for name, bench in {"select": bench_select, "copy": bench_copy, "memory": bench_memory}.items():
            if options.only in (None, name):
                is_met = bench(server, options, figures) and is_met
    finally:
        server.stop()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)
    if options.check and not is_met:
        sys.exit(1)


if __name__ == "__main__":
    main()
