"""A mesh with its demo market under a light load, and a real Prometheus that watches it."""

import contextlib
import pathlib
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

import meshes

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import demo as demos  # noqa: E402
import observers as observing  # noqa: E402

# The demo market and its six shops; no other test's.
MARKET = 23710
PATHS = ("/v1/deals?limit=5", "/v1/products?limit=5", "/v1/search?q=kulaklik", "/v1/none", "/")


class Load:
    """Some requests a second for as long as the tests run; answers of any status are right."""

    def __init__(self, mesh):
        self._mesh, self._ends = mesh, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()

    def _run(self):
        number = 0
        while not self._ends.wait(0.1):
            number += 1
            # Each fourth asks for something that no kept answer has.
            path = PATHS[number % len(PATHS)] if number % 4 else f"/v1/search?q=urun{number}"
            request = urllib.request.Request(
                f"http://127.0.0.1:{self._mesh.ports['edge']}{path}", headers={"X-Api-Key": self._mesh.load_key})
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(request, timeout=5).read()


@pytest.fixture(scope="package")
def mesh():
    with meshes.running(extra_ports=("notifier2",), market=MARKET) as mesh:
        mesh.fill(days=20)
        mesh.demo = demos.Demo(mesh)
        mesh.demo.begin()
        with Load(mesh):
            yield mesh


@pytest.fixture(scope="package")
def observers(mesh):
    observers = observing.Observers(mesh)
    try:
        observers.start()
        # What `fiyat backup` and the drill would leave; their own tests are in Tests/Operate.
        names = documented_backup_metrics()
        (observers.textfiles / "backups.prom").write_text("".join(
            f'{name}{{stanza="fiyatradari"{",type=" + chr(34) + "full" + chr(34) if "type" in labels else ""}}} '
            f'{0 if name.endswith("status") else 1 if name.endswith("success") else int(time.time())}\n'
            for name, labels in names.items()))
        yield observers
    finally:
        observers.stop()


def documented_backup_metrics():
    """Names and labels of docs/metrics.md's table of backups."""
    import metrics_table

    return {row.name: row.labels for row in metrics_table.rows() if row.name.startswith("fiyatradari_")}
