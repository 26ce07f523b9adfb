#!/usr/bin/env python3
"""Memory of idle live-stream clients: how much the gateway's resident set grows for each, over HTTP/1.1 with a
connection each and over HTTP/2 with 100 streams a connection.

Only the gateway and its stores run: idle clients need no service. It is measured when all clients have been answered, and again after
two heartbeats. Clients come from several loopback addresses, as one has not ports enough for any number of them.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import selectors
import socket
import struct
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))
import mesh as meshes  # noqa: E402

PATH = "/v1/deals/stream"
TARGET = 16 * 1024
HEARTBEAT = 5
STREAMS = 100
PER_ADDRESS = 4000


class Gateway:
    def __init__(self, binaries, folder):
        os.chmod(folder, 0o755)
        self.mesh = meshes.Mesh(folder / "mesh", binaries, meshes.free_ports(meshes.PORTS), with_market=False)
        os.chmod(folder / "mesh", 0o755)
        self.key = self.mesh.load_key
        self.ports = {"listen": self.mesh.ports["edge"], "ops": self.mesh.ports["edge-ops"]}
        self.mesh.start_postgres()
        self.mesh.start_redis()
        self.mesh.start_service("edge", {
            "LIVE_HEARTBEAT": f"{HEARTBEAT}s", "LIVE_MAX_CLIENTS": "200000", "MAX_CONNECTIONS": "200000",
            "LOG_LEVEL": "error"})
        self.process = self.mesh.processes["edge"]

    def rss(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def clients(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['ops']}/metrics", timeout=30) as response:
            found = re.search(r"^edge_live_clients(?:\{[^}]*\})? (\S+)$", response.read().decode(), re.MULTILINE)
        return float(found.group(1)) if found else 0

    def stop(self):
        self.mesh.down()


def connect(port, index):
    client = socket.socket()
    client.bind((f"127.0.0.{2 + index // PER_ADDRESS}", 0))
    client.connect(("127.0.0.1", port))
    return client


def http1(gateway, count):
    request = f"GET {PATH} HTTP/1.1\r\nHost: h\r\nX-Api-Key: {gateway.key}\r\n\r\n".encode()
    for index in range(count):
        client = connect(gateway.ports["listen"], index)
        client.sendall(request)
        yield client


def field(name, value):
    """A header field that enters no table (RFC 7541 §6.2.2)."""
    head = bytes([name]) if isinstance(name, int) else bytes([0, len(name)]) + name.encode()
    return head + bytes([len(value)]) + value.encode()


def http2(gateway, count):
    def frame(kind, flags, stream, payload):
        return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload
    block = bytes([0x82, 0x86]) + field(4, PATH) + field(1, "h") + field("x-api-key", gateway.key)
    opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(4, 1, 0, b"")
    for index in range(-(-count // STREAMS)):
        client = connect(gateway.ports["listen"], index)
        streams = min(STREAMS, count - index * STREAMS)
        client.sendall(opening + b"".join(frame(1, 5, 2 * number + 1, block) for number in range(streams)))
        yield client


def drain(sockets, seconds):
    """Takes what comes, so that nobody is slow."""
    end = time.monotonic() + seconds
    with selectors.EpollSelector() as selector:
        for client in sockets:
            client.setblocking(False)
            selector.register(client, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(min(left, 0.5)):
                if not key.fileobj.recv(1 << 16):
                    sys.exit("the gateway has closed a connection")


def measure(name, make, count, binaries):
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(binaries, pathlib.Path(folder))
        try:
            # What the process makes once is no client's.
            first = list(make(gateway, 200))
            drain(first, 1)
            for client in first:
                client.close()
            meshes.wait_for("the first to be gone", lambda: gateway.clients() == 0, 30)
            before, sockets = gateway.rss(), []
            for client in make(gateway, count):
                sockets.append(client)
            drain(sockets, 2)
            meshes.wait_for("all clients", lambda: gateway.clients() == count, 60)
            each = (gateway.rss() - before) / count
            drain(sockets, 2 * HEARTBEAT + 1)
            later = (gateway.rss() - before) / count
            held = int(gateway.clients())
        finally:
            gateway.stop()
    verdict = "meets" if later <= TARGET else "MISSES"
    print(f"{name:9} {held:7} clients  {before / 2**20:7.1f} MiB before  {each / 1024:6.2f} KiB each  "
          f"{later / 1024:6.2f} KiB each after heartbeats  {verdict} {TARGET // 1024} KiB")
    return {"clients": held, "bytes_each": round(each), "bytes_each_after_heartbeats": round(later)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="fail when the target is missed")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < options.clients + 200:
        sys.exit(f"{options.clients} clients need more than the {hard} open files that are allowed here (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    figures = {name: measure(name, make, options.clients, options.binaries.resolve())
               for name, make in (("HTTP/1.1", http1), ("HTTP/2", http2))}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    missed = any(figure["bytes_each_after_heartbeats"] > TARGET or figure["clients"] != options.clients
                 for figure in figures.values())
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
