#!/usr/bin/env python3
"""A kept list of about 20 products: the gateway against nginx serving the same bytes from a file, in turns.

The server is pinned to the first core, the load generator to the second. What counts is requests per second of the
server's CPU time, user and system, all threads, from /proc. HTTP/1.1 with keep-alive by wrk, HTTP/2 in clear text by
h2load; nginx from Debian serves HTTP/2 on a connection's word as the gateway does. Every answer's status is checked by
the load generators, its bytes before and after.

Then a page of 24 products, kept, and made anew for each request (`CACHE=false`: two questions to the catalogue's process,
which is on the first core as well but is not counted).
"""

import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))
import mesh as meshes  # noqa: E402

PATH = "/v1/products?limit=20"
PAGE = "/c/elektronik/kulaklik"
TARGET = 1.0
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 600s; keepalive_requests 1000000000;
  open_file_cache max=16 inactive=600s; open_file_cache_valid 600s; etag on; server_tokens off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  types {{ application/json json; }}
  server {{ listen 127.0.0.1:{h1}; root {folder}/files; }}
  server {{ listen 127.0.0.1:{h2} http2; root {folder}/files; http2_max_concurrent_streams 256; }}
}}
"""


def need(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        sys.exit(f"{name} is missing: dev/bootstrap.sh --bench")
    return path


def core(index):
    cores = sorted(os.sched_getaffinity(0))
    return str(cores[index % len(cores)])


class Server:
    def __init__(self, name, pid, url, h2_url):
        self.name, self.pid, self.url, self.h2_url = name, pid, url, h2_url
        subprocess.run(["taskset", "-a", "-p", "-c", core(0), str(pid)], check=True, capture_output=True)

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mib(self):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def fetch(url, key):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Api-Key": key}), timeout=10) as response:
        return response.read()


def is_kept(url, key):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Api-Key": key}), timeout=10) as response:
        return response.read().count(b'"title"') == 20 and int(response.headers["Age"]) >= 2


def run_wrk(server, key, seconds, connections):
    before = server.cpu()
    output = subprocess.run(
        ["taskset", "-c", core(1), need("wrk"), "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency",
         "-H", f"X-Api-Key: {key}", server.url], capture_output=True, text=True, check=True).stdout
    cpu = server.cpu() - before
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"{server.name}: not every request succeeded:\n{output}")
    count = int(re.search(r"(\d+) requests in", output)[1])
    return figures(count, cpu, float(re.search(r"Requests/sec:\s+([0-9.]+)", output)[1]),
                   milliseconds(re.search(r"^\s*99%\s+(\S+)", output, re.M)[1]))


def run_h2load(server, key, requests, connections):
    before = server.cpu()
    with tempfile.NamedTemporaryFile() as log:
        output = subprocess.run(
            ["taskset", "-c", core(1), need("h2load"), "-n", str(requests), "-c", str(connections), "-m", "16", "-H",
             f"x-api-key: {key}", "--log-file", log.name, server.h2_url], capture_output=True, text=True,
            check=True).stdout
        times = sorted(int(line.split(b"\t")[2]) for line in open(log.name, "rb"))
    cpu = server.cpu() - before
    if f"{requests} 2xx" not in output:
        sys.exit(f"{server.name}: not every request succeeded:\n{output}")
    rate = float(re.search(r"finished in .*?, ([0-9.]+) req/s", output)[1])
    return figures(requests, cpu, rate, times[int(len(times) * 0.99)] / 1000)


def figures(count, cpu, rate, p99):
    return {"requests": count, "cpu_us": cpu / count * 1e6, "per_cpu_second": count / cpu, "per_second": rate, "p99_ms": p99}


def milliseconds(text):
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def import_products(mesh):
    file = mesh.folder / "products.csv"
    with open(file, "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "gtin_or_sku", "title", "brand", "category_path", "url", "image", "currency"])
        for index in range(50):
            rows.writerow([f"sku{index}", "", f"Kablosuz Kulaklık Model {index}, Bluetooth 5.3, siyah", "Marka",
                           "elektronik/kulaklik", f"https://shop.example/urun/{index}",
                           f"https://images.example/urun/{index}/1500.jpg", "TRY"])
    mesh.fiyat("import", "products", file, "--shop", "shop-a", "--source", "push")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", default=ROOT / ".build" / "release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each HTTP/1.1 round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--h2-requests", type=int, default=150_000)
    parser.add_argument("--only", choices=("h1", "h2"))
    parser.add_argument("--python", metavar="PYTHON", help="one that has Benchmarks/edge/requirements.txt, for the peer")
    parser.add_argument("--json", metavar="FILE", help="keep all figures there")
    parser.add_argument("--check", action="store_true", help="fail when the target is missed")
    options = parser.parse_args()
    for name in ("nginx", "wrk", "h2load", "taskset"):
        need(name)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-edge-", dir="/tmp"))
    os.chmod(folder, 0o755)
    ports = meshes.free_ports([*meshes.PORTS, "nginx", "nginx-h2", "fastapi"])
    mesh = meshes.Mesh(folder / "mesh", options.binaries, ports, with_market=False)
    os.chmod(folder / "mesh", 0o755)
    nginx = None
    try:
        mesh.start_postgres()
        mesh.start_redis()
        for name in ("catalog", "pricing", "notifier"):
            mesh.start_service(name)
        # An answer must not grow old in the middle of a round: that is another measurement.
        mesh.start_service("edge", {"EVENT_LOOPS": 1, "CACHE_PRODUCTS": "1h", "LOG_LEVEL": "notice"})
        import_products(mesh)
        url = f"http://127.0.0.1:{ports['edge']}{PATH}"
        # Until the import's changes have settled, lists are kept for less than a second.
        meshes.wait_for("a full list that is kept", lambda: is_kept(url, mesh.load_key), 60)
        body = fetch(url, mesh.load_key)
        (folder / "files").mkdir()
        (folder / "files" / "list.json").write_bytes(body)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, h1=ports["nginx"], h2=ports["nginx-h2"]))
        nginx = subprocess.Popen([need("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")],
                                 stderr=subprocess.DEVNULL)
        file_url = f"http://127.0.0.1:{ports['nginx']}/list.json"
        meshes.wait_for("nginx", lambda: meshes.answers(file_url), 10, nginx)
        servers = [
            Server("gateway", mesh.processes["edge"].pid, url, url),
            Server("nginx", nginx.pid, file_url, f"http://127.0.0.1:{ports['nginx-h2']}/list.json"),
        ]
        for server in servers:
            if fetch(server.url, mesh.load_key) != body:
                sys.exit(f"{server.name} serves other bytes")
        runs = {(server.name, kind): [] for server in servers for kind in ("HTTP/1.1", "HTTP/2")}
        for turn in range(options.rounds):
            for server in servers if turn % 2 == 0 else servers[::-1]:
                if options.only != "h2":
                    runs[server.name, "HTTP/1.1"].append(
                        run_wrk(server, mesh.load_key, options.seconds, options.connections))
                if options.only != "h1":
                    runs[server.name, "HTTP/2"].append(
                        run_h2load(server, mesh.load_key, options.h2_requests, 16))
        if fetch(url, mesh.load_key) != body:
            sys.exit("the gateway's answer changed meanwhile")
        status = report(runs, servers, len(body), options)
        if options.python:
            measure_fastapi(mesh, ports["fastapi"], options)
        pages = measure_pages(mesh, options)
        if options.json:
            kept = json.loads(pathlib.Path(options.json).read_text())
            pathlib.Path(options.json).write_text(json.dumps({**kept, **pages}, indent=1))
        return status
    finally:
        if nginx:
            nginx.send_signal(signal.SIGTERM)
            nginx.wait()
        mesh.down()
        shutil.rmtree(folder, ignore_errors=True)


def measure_fastapi(mesh, port, options):
    """The same list by FastAPI, kept in Redis, over the catalogue's own tables; one process, as the gateway has one loop."""
    environment = mesh.environment("catalog")
    stores = dict(part.split("=", 1) for part in environment["DATABASE_URL"].split())
    command = [options.python, "-m", "uvicorn", "--app-dir", str(ROOT / "Benchmarks" / "edge"), "fastapi_app:app", "--port",
               str(port), "--no-access-log", "--log-level", "warning"]
    url = f"http://127.0.0.1:{port}{PATH}"
    process = subprocess.Popen(command, env={
        "PATH": os.environ["PATH"], "REDIS_URL": environment["REDIS_URL"], "KEY_PREFIX": "catalog:",
        "DATABASE_URL": "postgresql://{user}:{password}@/{dbname}?host={host}&port={port}".format(**stores)})
    try:
        meshes.wait_for("FastAPI", lambda: meshes.answers(url), 30, process)
        size = len(fetch(url, mesh.load_key))
        server = Server("FastAPI", process.pid, url, url)
        runs = [run_wrk(server, mesh.load_key, options.seconds, options.connections) for _ in range(options.rounds)]
    finally:
        process.terminate()
        process.wait()
    print(f"\nFastAPI with Redis and PostgreSQL, the same list ({size} bytes): " + ", ".join(
        f"{statistics.median(run[field] for run in runs):{form}} {unit}" for field, form, unit in (
            ("per_second", ",.0f", "requests/s"), ("cpu_us", ".1f", "µs of its CPU"), ("p99_ms", ".2f", "ms p99"))))


def measure_pages(mesh, options):
    """A page by HTTP/1.1, kept and made anew; the figures of each round by name."""
    url = f"http://127.0.0.1:{mesh.ports['edge']}{PAGE}"
    runs, size = {}, 0
    for name, settings in (("page, kept", {}), ("page, made anew", {"CACHE": "false"})):
        mesh.stop("edge")
        mesh.start_service("edge", {"EVENT_LOOPS": 1, "CACHE_PRODUCTS": "1h", "LOG_LEVEL": "notice", **settings})
        size = len(fetch(url, mesh.load_key))
        server = Server(name, mesh.processes["edge"].pid, url, url)
        runs[name] = [run_wrk(server, mesh.load_key, options.seconds, options.connections) for _ in range(options.rounds)]
    print(f"\n{PAGE}: {size} bytes of HTML\n\n| | pages/s | gateway CPU, µs | pages per CPU second | p99, ms |\n|---|---|---|---|---|")
    for name, rounds in runs.items():
        print(f"| {name} | " + " | ".join(
            f"{statistics.median(run[field] for run in rounds):{form}}" for field, form in (
                ("per_second", ",.0f"), ("cpu_us", ".2f"), ("per_cpu_second", ",.0f"), ("p99_ms", ".2f"))) + " |")
    return runs


def report(runs, servers, size, options):
    def median(server, kind, field):
        return statistics.median(run[field] for run in runs[server, kind])

    print(f"{size} bytes, {options.connections} connections (HTTP/2: 16 with 16 streams), median of {options.rounds}")
    print("\n| version | server | requests/s | server CPU, µs | requests per CPU second | p99, ms | memory, MiB |")
    print("|---|---|---|---|---|---|---|")
    missed = False
    for kind in ("HTTP/1.1", "HTTP/2"):
        if not runs["gateway", kind]:
            continue
        for server in servers:
            name = server.name
            print(f"| {kind} | {name} | {median(name, kind, 'per_second'):,.0f} | {median(name, kind, 'cpu_us'):.2f} | "
                  f"{median(name, kind, 'per_cpu_second'):,.0f} | {median(name, kind, 'p99_ms'):.2f} | "
                  f"{server.rss_mib():.1f} |")
        ratios = [ours["per_cpu_second"] / theirs["per_cpu_second"]
                  for ours, theirs in zip(runs["gateway", kind], runs["nginx", kind])]
        ratio = statistics.median(ratios)
        if kind == "HTTP/1.1":
            missed = ratio < TARGET
        print(f"| {kind} | gateway / nginx | | | {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | | |")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(
            {f"{server} {kind}": values for (server, kind), values in runs.items()}, indent=1))
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
