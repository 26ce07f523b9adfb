"""A mesh without the demo market and two gateways, as behind a balancer."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "dev"))
import mesh as meshes  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import gateways  # noqa: E402


@pytest.fixture(scope="module")
def mesh():
    # PostgreSQL's user must be able to enter it when the tests run as root.
    folder = tempfile.mkdtemp(prefix="edge-", dir="/tmp")
    os.chmod(folder, 0o755)
    names = [*meshes.PORTS, "edge2", "edge2-ops"]
    running = gateways.TwoGateways(folder, os.environ["FIYATRADARI_BIN"], meshes.free_ports(names), with_market=False)
    try:
        running.up()
        running.start_second()
        running.import_products(40)
        yield running
    finally:
        running.stop("edge2")
        running.down()
        shutil.rmtree(folder)
