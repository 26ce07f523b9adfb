"""The whole mesh for a test: started by `dev/mesh.py`, as `make up` does it, on free ports and in its own folder."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import socket
import sys
import tempfile

import servers

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "dev"))
from mesh import PORTS, SERVICES, Mesh, MeshError, answers, free_ports  # noqa: E402, F401


def consecutive_ports(count):
    """The first of some free ports that follow each other: the market's own and its shops'."""
    for base in range(20_000, 30_000, count):
        sockets = []
        try:
            for port in range(base, base + count):
                held = socket.socket()
                sockets.append(held)
                held.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for held in sockets:
                held.close()
    raise RuntimeError("no free ports")


@contextlib.contextmanager
def running(settings=None, extra_ports=(), start=None, market=None):
    """A mesh that is up: without the demo market, or with it on the port `market` and those behind it.

    `settings` are the services' own, by service; `extra_ports` names further processes that a test starts; `start` says
    what is started, in order, instead of everything. What has ended by itself when the tests are done is a failure.
    """
    # PostgreSQL's user must be able to enter it when the tests run as root.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mesh-", dir="/tmp"))
    os.chmod(folder, 0o755)
    names = [name for name in PORTS if name != "market"]
    for name in extra_ports:
        names += [name, f"{name}-ops"]
    ports = free_ports(names)
    if market is not None:
        ports["market"] = market
    binaries = os.environ.get("FIYATRADARI_BIN") or PROJECT / ".build" / "debug"
    mesh = Mesh(folder, binaries, ports, with_market=market is not None, settings=settings)
    try:
        if start is None:
            mesh.up()
        for name in start or ():
            mesh.start_postgres() if name == "postgres" else mesh.start(name)
        yield mesh
        ended = {name: process.returncode for name, process in mesh.processes.items() if process.poll() is not None}
        assert not ended, f"ended by themselves, with these statuses: {ended}"
    finally:
        for name in extra_ports:
            mesh.stop(name)
        mesh.down()
        shutil.rmtree(folder)


def eventually(what, condition, seconds=60.0, interval=0.02):
    """The first true value of a condition that the mesh brings about; the machine may be busy with other things."""
    return servers.poll(condition, what, seconds, interval)
