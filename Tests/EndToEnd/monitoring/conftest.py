"""A mesh with its demo market under a light load, and a real Prometheus that watches it."""

import contextlib
import http.client
import pathlib
import signal
import sys
import threading
import time

import pytest

import meshes
import outside as outsides
import watchers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import demo as demos  # noqa: E402
import observers as observing  # noqa: E402
import replicas  # noqa: E402

# The demo market and its six shops; no other test's.
MARKET = 23710
PATHS = ("/v1/deals?limit=5", "/v1/products?limit=5", "/v1/search?q=kulaklik", "/v1/none", "/", "/go/1")


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
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._mesh.ports["edge"], timeout=5)) as edge:
                # A service may be away: that is what is watched.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    edge.request("GET", path, headers={"X-Api-Key": self._mesh.load_key})
                    edge.getresponse().read()


@pytest.fixture(scope="package")
def watch():
    """The receiver of the gateway's traces and reports."""
    watch = watchers.Watchers()
    with outsides.Outside(watch) as receivers:
        watch.port = receivers.port
        yield watch
    assert not receivers.failures, receivers.failures


@pytest.fixture(scope="package")
def mesh(watch):
    with meshes.running({"edge": watchers.settings(watch.port, "0.5")}, ("notifier2", "catalog2", "replica"),
                        start=("postgres",), market=MARKET) as mesh:
        replicas.make(mesh)
        replicas.start(mesh)
        own = mesh.database_url("pricing")
        mesh.settings["pricing"] = {"DATABASE_REPLICA_URLS": own.replace(
            f"port={mesh.ports['postgres']}", f"port={mesh.ports['replica']}"), "DATABASE_REPLICA_MAX_LAG": "2s"}
        mesh.up()
        mesh.fill(days=20)
        mesh.demo = demos.Demo(mesh)
        mesh.demo.begin()
        try:
            with Load(mesh):
                yield mesh
        finally:
            mesh.stop("replica", signal.SIGINT)


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
