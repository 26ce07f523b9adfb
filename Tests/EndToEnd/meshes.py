"""The whole mesh for a test: started by `dev/mesh.py`, as `make up` does it, on free ports and in its own folder."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "dev"))
import mesh as dev_mesh  # noqa: E402

MeshError = dev_mesh.MeshError


@contextlib.contextmanager
def without_market(settings=None):
    """A mesh that knows no shop yet."""
    # PostgreSQL's user must be able to enter it when the tests run as root.
    folder = tempfile.mkdtemp(prefix="mesh-", dir="/tmp")
    os.chmod(folder, 0o755)
    ports = dev_mesh.free_ports(dev_mesh.PORTS)
    mesh = dev_mesh.Mesh(folder, os.environ["FIYATRADARI_BIN"], ports, with_market=False, settings=settings)
    try:
        mesh.up()
        yield mesh
    finally:
        mesh.down()
        shutil.rmtree(folder)


def eventually(what, condition, seconds=60):
    """The first true value of a condition that the mesh brings about."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain until {what}"
        time.sleep(0.02)
    return value
