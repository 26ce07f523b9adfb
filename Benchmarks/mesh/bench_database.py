"""A mesh for benchmarks: pinned processes, PostgreSQL with room, filled by `mesh-fill` and kept for the next time."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "dev"))
from mesh import EXECUTABLES, PORTS, Mesh, MeshError, free_ports  # noqa: E402

import usage  # noqa: E402

# What a server of this size is given; everything else is as `make up` has it.
POSTGRES = {
    "shared_buffers": "2GB", "effective_cache_size": "6GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min",
    "maintenance_work_mem": "512MB",
}
# The cores of the servers and of the load.
SERVER_CORE, LOAD_CORE = "0", "1"
BACKENDS = ("catalog", "pricing")
# What a gateway or service need not be: everything here is measured without caches and limits.
UNCACHED = {"edge": {"CACHE": "off", "RATE_LIMITS": "off"}}


class BenchMesh(Mesh):
    """Catalog, pricing, notifier and gateway on free ports, in a folder that may be kept."""

    def __init__(self, folder, binaries, products, seed, say):
        folder = pathlib.Path(folder)
        (folder / "ports.json").unlink(missing_ok=True)
        super().__init__(folder, binaries, ports=free_ports(PORTS), with_market=False, say=say)
        self.products, self.seed = products, seed
        self.core = None
        self.cores = {}
        self.postgres = dict(POSTGRES)

    def _start(self, name, command, environment=None, cwd=None, user=None):
        if name == "postgres":
            command = [*command, *(part for key, value in self.postgres.items() for part in ("-c", f"{key}={value}"))]
        core = self.cores.get(name, self.core)
        if core is not None:
            command = ["taskset", "-c", core, *command]
        return super()._start(name, command, environment, cwd, user)

    def stop(self, name, number=signal.SIGTERM, seconds=20):
        # A checkpoint of a large database takes its time.
        super().stop(name, number, 600 if name == "postgres" else seconds)

    @property
    def gateway(self):
        return f"http://127.0.0.1:{self.ports['edge']}"

    def query(self, text):
        return self.sql(text, "fiyatradari")

    def restart(self, core, cores=None, postgres=None):
        """Starts everything anew, pinned to a core, or as the system likes (None)."""
        self.down()
        self.core, self.cores, self.postgres = core, cores or {}, {**POSTGRES, **(postgres or {})}
        self.start_postgres()
        self.start_redis()
        for service in EXECUTABLES:
            self.start_service(service)

    def start_service(self, service, settings=None, wait=True):
        known = subprocess.run([str(self.program(EXECUTABLES[service])), "--help"], capture_output=True, text=True).stdout
        chosen = {name: value for name, value in UNCACHED.get(service, {}).items() if re.search(rf"\b{name}\b", known)}
        super().start_service(service, {**chosen, **(settings or {})}, wait)

    # Filling.

    @property
    def state(self):
        path = self.folder / "filled.json"
        return json.loads(path.read_text()) if path.exists() else None

    def fill(self):
        """Products and their year, by the services' own calls. A fill that was interrupted goes on with the step it was at:
        what is there already changes nothing."""
        self.restart(None)
        path = self.folder / "filling.json"
        figures = json.loads(path.read_text()) if path.exists() else {
            "products": self.products, "seed": self.seed, "until": int(time.time()) // 60 * 60 - 60,
            "date": time.strftime("%Y-%m-%d")}

        def step(name, work):
            if name not in figures:
                self.say(name)
                figures[name] = work()
                path.write_text(json.dumps(figures))

        step("import", lambda: self.tool("products", "--catalog", f"127.0.0.1:{self.ports['catalog']}"))
        figures["listings"] = figures["import"]["rows"]
        step("pricing_follows_s", lambda: self.wait_for_pricing(figures["listings"]))
        self.query("ANALYZE")
        step("year", lambda: self.tool("prices", "--pricing", f"127.0.0.1:{self.ports['pricing']}", "--until",
                                       str(figures["until"])))
        step("catalog_follows_s", self.wait_for_catalog)
        self.say("vacuum")
        self.query("VACUUM (ANALYZE)")
        for name, text in {
            "observations": "SELECT count(*) FROM pricing.observation",
            "changes": "SELECT count(*) FROM pricing.observation WHERE role = 1",
            "deals": "SELECT count(*) FROM pricing.deal",
            "open_deals": "SELECT count(*) FROM pricing.deal WHERE closed_at IS NULL AND NOT is_out_of_stock",
            "priced": "SELECT count(*) FROM catalog.product_price", "size": "SELECT pg_database_size('fiyatradari')",
        }.items():
            figures[name] = int(self.query(text))
        (self.folder / "filled.json").write_text(json.dumps(figures, indent=1))
        path.unlink()
        return figures

    def tool(self, command, *arguments):
        """Runs `mesh-fill` and returns what it measured."""
        result = subprocess.run(
            ["taskset", "-c", LOAD_CORE if self.core else "0,1", str(self.program("mesh-fill")), command, "--products",
             str(self.products), "--seed", str(self.seed), *arguments], stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise MeshError(f"mesh-fill {command} failed")
        return json.loads(result.stdout)

    def searches(self):
        return subprocess.run(
            [str(self.program("mesh-fill")), "queries", "--products", str(self.products), "--seed", str(self.seed)],
            stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()

    def wait_for_pricing(self, listings, seconds=900):
        return self._wait("pricing does not know all listings", seconds,
                          lambda: int(self.query("SELECT count(*) FROM pricing.listing")) >= listings)

    def wait_for_catalog(self, seconds=1800):
        """Until the catalogue has applied all of pricing's events."""
        return self._wait("the catalogue does not catch up", seconds, self._is_caught_up)

    def _is_caught_up(self):
        return self.query(
            "SELECT coalesce(min(sequence), 0) >= (SELECT last_value FROM pricing.event_log_sequence) "
            "FROM catalog.event_inbox WHERE source = 'pricing'") == "t"

    def _wait(self, what, seconds, condition):
        start = time.monotonic()
        while not condition():
            if time.monotonic() - start > seconds:
                raise MeshError(what)
            time.sleep(0.5)
        return time.monotonic() - start

    # Figures.

    def cpu(self):
        """CPU seconds so far: the gateway, the backends, PostgreSQL."""
        return {"edge": usage.cpu_seconds(self.pid("edge")),
                **{name: usage.cpu_seconds(self.pid(name)) for name in BACKENDS if self.pid(name)},
                "postgres": usage.family_cpu_seconds(self.pid("postgres"))}

    def memory(self, field="VmRSS"):
        """MiB of each service that runs."""
        return {name: usage.memory_mib(self.pid(name), field) for name in EXECUTABLES if self.pid(name)}

    def start_times(self, service, rounds=5):
        """Milliseconds from the start of a process to its first 200 at /readyz."""
        times = []
        for _ in range(rounds):
            self.stop(service)
            start = time.perf_counter()
            Mesh.start_service(self, service, wait=False)
            url = f"http://127.0.0.1:{self.ports[service + '-ops']}/readyz"
            while True:
                try:
                    with urllib.request.urlopen(url, timeout=1) as response:
                        if response.status == 200:
                            break
                except OSError:
                    if time.perf_counter() - start > 30:
                        raise MeshError(f"{service} is not ready after 30 s") from None
                time.sleep(0.001)
            times.append((time.perf_counter() - start) * 1000)
        return sorted(times)

    def pgbench(self, role, scripts, seconds, clients=4):
        """Runs scripts, each as often as its weight says, by `pgbench -M prepared`: transactions a second, and CPU µs each
        of PostgreSQL and pgbench."""
        folder = self.folder / "pgbench"
        folder.mkdir(exist_ok=True)
        arguments = []
        for number, (script, weight) in enumerate(scripts):
            path = folder / f"{number}.sql"
            path.write_text(script)
            arguments += ["-f", f"{path}@{weight}"]
        program = str(self._postgres_program("pgbench"))
        before, own = usage.family_cpu_seconds(self.pid("postgres")), os.times()
        result = subprocess.run(
            ["taskset", "-c", LOAD_CORE, program, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(max(1, round(seconds))),
             *arguments, self.database_url(role)], capture_output=True, text=True)
        done = re.search(r"number of transactions actually processed: (\d+)", result.stdout)
        failed = re.search(r"number of failed transactions: (\d+)", result.stdout)
        rate = re.search(r"tps = ([0-9.]+)", result.stdout)
        if result.returncode != 0 or not done or not rate or (failed and int(failed[1])):
            raise MeshError(f"pgbench failed: {(result.stderr or result.stdout)[-800:]}")
        after = os.times()
        client = after.children_user + after.children_system - own.children_user - own.children_system
        count = max(1, int(done[1]))
        return {"rate": float(rate[1]), "server_us": (usage.family_cpu_seconds(self.pid("postgres")) - before) * 1e6 / count,
                "client_us": client * 1e6 / count}
