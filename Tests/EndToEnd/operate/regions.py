"""Two regions on one machine: each with a network of its own, its PostgreSQL, Redis and services, as docs/multi-region.md lays
them out. Between them is a link with a delay that can be cut.

Services are run as an operator with systemd runs them: from `ops/systemd/fiyatradari@.service` and a role's settings, by a
stand-in for `systemctl` that the scripts of `ops/region` find in front of the real one.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import gateways
import grpc
import link
import meshkit
import outside
from meshes import PORTS, PROJECT, SERVICES, Mesh, answers, eventually

sys.path.insert(0, str(PROJECT / "dev"))
from mesh import EXECUTABLES  # noqa: E402

OPS = PROJECT / "ops"
ROUND_TRIP = 0.080
READERS = {"catalog", "pricing", "edge"}
REPLICATION_PASSWORD = "between-regions"
UNIT = OPS / "systemd" / "fiyatradari@.service"

SYSTEMCTL = """#!{python}
# Hands its words to the drill, which runs this region's processes; ends as that says.
import json, socket, sys
with socket.socket(socket.AF_UNIX) as wire:
    wire.connect({path!r})
    wire.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
    answer = json.loads(wire.makefile().readline())
if answer:
    print(answer, file=sys.stderr)
sys.exit(1 if answer else 0)
"""


class Network:
    """A network namespace, and threads that live in it: sockets that they make and processes that they start are there."""

    def __init__(self, name):
        self.name = name
        link.command("ip", "netns", "add", name)
        link.command("ip", "-n", name, "link", "set", "lo", "up")
        self._threads = concurrent.futures.ThreadPoolExecutor(24, name, initializer=link.enter, initargs=(name,))

    def submit(self, function, *arguments, **options):
        return self._threads.submit(function, *arguments, **options)

    def run(self, function, *arguments, **options):
        return self.submit(function, *arguments, **options).result()

    def close(self):
        self._threads.shutdown()
        link.command("ip", "netns", "del", self.name)


class Region(Mesh):
    """A region's processes and what they are told in each of the two roles."""

    def __init__(self, name, folder, binaries, network, address, peer_address, webhook_port):
        super().__init__(folder, binaries, PORTS, with_market=False)
        self.name, self.network, self.address, self.peer_address = name, network, address, peer_address
        self.data = self.folder / "postgres" / "data"
        self.owner = self._postgres_user()
        self.pg_bin = self._postgres_program("initdb").resolve().parent
        self.webhook_port = webhook_port
        self._write_roles()
        self._serve_systemctl()

    # In the region's own network.

    def _start(self, *arguments, **options):
        return self.network.run(super()._start, *arguments, **options)

    def _redis_answers(self):
        return self.network.run(super()._redis_answers)

    def is_ready(self, name):
        return self.network.run(answers, f"http://127.0.0.1:{self.ports[name + '-ops']}/readyz")

    # Roles.

    @property
    def role(self):
        return os.readlink(self.settings_folder / "role")

    @property
    def settings_folder(self):
        return self.folder / "settings"

    def target(self, name):
        # A socket in the file system, which is no network's: grpcio's threads are in none of the regions.
        return f"unix:{self.folder}/{name}.sock"

    def _write_roles(self):
        local = {"CATALOG_ADDRESS": self.target("catalog"), "PRICING_ADDRESS": self.target("pricing"),
                 "NOTIFIER_ADDRESS": f"{self.address}:{self.ports['notifier']}"}
        for role in ("writing", "reading"):
            folder = self.settings_folder / role
            folder.mkdir(parents=True)
            for service in SERVICES if role == "writing" else sorted(READERS):
                known = self._settings_of(service)
                settings = {name: value for name, value in {**self.environment(service), **local}.items()
                            if name.removesuffix("_FILE") in known}
                if service in ("catalog", "pricing"):
                    settings["LISTEN"] = self.target(service)
                if service == "notifier":
                    # The other region's gateway calls it.
                    settings["LISTEN"] = f"{self.address}:{self.ports['notifier']}"
                    settings["OUTBOUND_ALLOW"] = f"127.0.0.1:{self.webhook_port}"
                    # What a lost sender had in its hands is sent by another after that.
                    settings["DELIVERY_LEASE"] = "12s"
                if role == "reading":
                    settings.update(self._reading(service))
                path = folder / f"{EXECUTABLES[service]}.conf"
                path.touch(mode=0o600)
                path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def _settings_of(self, service):
        """The settings that a program knows: its file may have no other."""
        text = subprocess.run([self.program(EXECUTABLES[service]), "--help"], capture_output=True, text=True, check=True).stdout
        return set(re.findall(r"^  --.*\(([A-Z_]+)", text, re.M))

    def _reading(self, service):
        """What docs/multi-region.md says of the region that reads a copy."""
        own = self.database_url(service)
        settings = {
            "DATABASE_URL": own.replace(f"host={self.socket_folder}", f"host={self.peer_address}"), "MIGRATE": "false"}
        if service == "edge":
            settings["NOTIFIER_ADDRESS"] = f"{self.peer_address}:{self.ports['notifier']}"
        else:
            settings.update({"DATABASE_REPLICA_URLS": own, "DATABASE_PRIMARY_REQUIRED": "false", "EVENT_CONSUMERS": "false"})
        if service == "pricing":
            settings["ROLE"] = "api"
        return settings

    # Services, as systemd runs them.

    def start_service(self, service, settings=None, wait=True, name=None):
        assert settings is None and name is None, "a region's services have the settings of its role"
        program = EXECUTABLES[service]
        text = UNIT.read_text().replace("%i", program).replace("/etc/fiyatradari", str(self.settings_folder)).replace(
            "/usr/bin", str(self.binaries))
        condition = re.search(r"^ConditionPathExists=(.*)$", text, re.M)[1]
        if self.pid(service) or not pathlib.Path(condition).exists():
            return
        command = re.search(r"^ExecStart=(.*)$", text, re.M)[1].split(" ")
        process = self._start(service, command, {"PATH": os.environ["PATH"]})
        if wait:
            self.wait_ready(service, process)

    def _serve_systemctl(self):
        folder, path = self.folder / "bin", str(self.folder / "systemctl.sock")
        folder.mkdir()
        program = folder / "systemctl"
        program.write_text(SYSTEMCTL.format(python=sys.executable, path=path))
        program.chmod(0o755)
        self._orders = socket.socket(socket.AF_UNIX)
        self._orders.bind(path)
        self._orders.listen()
        threading.Thread(target=self._take_orders, daemon=True).start()

    def _take_orders(self):
        while True:
            try:
                wire, _ = self._orders.accept()
            except OSError:
                return
            with wire, wire.makefile("rw") as file:
                try:
                    self._systemctl(*json.loads(file.readline()))
                    answer = ""
                except Exception as error:  # The script hears of it, and the drill by the script's end.
                    answer = repr(error)
                file.write(json.dumps(answer) + "\n")

    def _systemctl(self, verb, *units):
        names = {f"fiyatradari@{program}": service for service, program in EXECUTABLES.items()}
        for unit in units:
            service = names.get(unit, unit)
            assert verb in ("start", "stop", "restart") and (unit in names or unit == "postgresql"), f"{verb} {unit}"
            if service == "postgresql":
                self.stop("postgres", 2) if verb == "stop" else self.start_copy()
                continue
            if verb != "start":
                self.stop(service)
            if verb != "stop":
                self.start_service(service, wait=False)

    def script(self, name, *arguments, environment=None):
        """Runs one of ops/region's scripts on the region's machine; what it printed, and how long it took."""
        started = time.monotonic()
        result = self.network.run(
            subprocess.run, [str(OPS / "region" / name), "--data", str(self.data), "--settings", str(self.settings_folder),
                             *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd="/",
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "PG_BIN": str(self.pg_bin),
                 "PROGRAMS": str(self.binaries), **(environment or {})})
        assert result.returncode == 0, f"{name} ended with {result.returncode}:\n{result.stdout}"
        return result.stdout, time.monotonic() - started

    # PostgreSQL.

    def postgres_settings(self):
        return {**super().postgres_settings(), "listen_addresses": f"'127.0.0.1,{self.address}'", "shared_buffers": "'64MB'",
                **template_settings()}

    def start_writing(self):
        """The region as the first one: it takes writes, and lets the other one's copy and services in."""
        self.start_postgres()
        network = f"{self.address.rsplit('.', 1)[0]}.0/24"
        with open(self.data / "pg_hba.conf", "a") as file:
            file.write(f"host all all {network} scram-sha-256\nhost replication replicator {network} scram-sha-256\n")
        self.sql(f"CREATE ROLE replicator REPLICATION LOGIN PASSWORD '{REPLICATION_PASSWORD}'; SELECT pg_reload_conf()")
        self.start_redis()
        (self.settings_folder / "role").symlink_to("writing")
        for service in SERVICES:
            self.start_service(service)

    def follow(self):
        """Makes the region follow the other one, by the script; how long that took."""
        self.socket_folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(self.data.parent, "postgres", "postgres")
        self.start_redis()
        passwords = self.folder / "pgpass"
        passwords.touch(mode=0o600)
        passwords.write_text(f"*:*:*:replicator:{REPLICATION_PASSWORD}\n")
        shutil.chown(passwords, "postgres", "postgres")
        return self.script("follow.sh", "--name", f"region_{self.name}", environment={
            "PGHOST": self.peer_address, "PGPORT": str(self.ports["postgres"]), "PGUSER": "replicator",
            "PGPASSFILE": str(passwords)})[1]

    def start_copy(self):
        """PostgreSQL on a copy that was made by make-replica.sh, with this region's addresses."""
        with open(self.data / "postgresql.auto.conf", "a") as file:
            file.write("".join(f"{name} = {value}\n" for name, value in self.postgres_settings().items()))
        user = self.owner
        process = self._start("postgres", [self._postgres_program("postgres"), "-D", self.data], cwd=self.data, user=user)
        eventually("the copy answers", lambda: process.poll() is not None or self._postgres_answers())
        assert process.poll() is None, (self.folder / "log" / "postgres.log").read_text()[-2000:]

    def position(self):
        """Where the region's log is: written where it takes writes, replayed where it follows. Bytes."""
        return int(self.sql("SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"
                            " - '0/0')::bigint"))

    def has(self, position):
        return self.position() >= position

    def pids(self):
        return {name: self.pid(name) for name in ("postgres", *SERVICES) if self.pid(name)}

    def lose(self):
        """All at once, as when a site loses its power."""
        for name in ("redis", *SERVICES):
            self.signal(name, signal.SIGKILL)
        for name in ("postgres", "redis", *SERVICES):
            self.kill(name)

    def close(self):
        for name in ("edge", "notifier", "pricing", "catalog", "redis"):
            self.stop(name)
        self.stop("postgres", 2)
        self._orders.close()

    # The region's gateway, asked from within the region.

    def ask(self, method, path, body=None, token=None, timeout=60.0):
        """One request on a connection of its own; the answer, with the seconds that it took."""
        return self.network.run(self._ask, method, path, body, token, timeout)

    def _ask(self, method, path, body, token, timeout):
        headers = {"X-Api-Key": self.load_key}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["edge"], timeout=timeout)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = gateways.Answer(connection.getresponse())
        finally:
            connection.close()
        answer.seconds = time.monotonic() - started
        return answer

    def as_person(self, method, path, body=None):
        return self.ask(method, path, body, self.access_token)

    def as_admin(self, method, path, body=None):
        return self.ask(method, path, body, self.secrets["admin-token"])

    def get(self, path):
        return self.ask("GET", path)


def template_settings():
    """What the template says of PostgreSQL that has a copy elsewhere; archiving is another drill's."""
    text = (OPS / "backup" / "postgresql.conf.template").read_text()
    return {name: value for name, value in re.findall(r"^(\w+) = (.*)$", text, re.M) if not name.startswith("archive")}


class Writer(threading.Thread):
    """Records one observation after the other in a region, and remembers what became of each."""

    def __init__(self, kit, listing, first, step, pause=0.0, timeout=4.0):
        super().__init__()
        self.kit, self.listing, self.at, self.step, self.pause, self.timeout = kit, listing, first, step, pause, timeout
        self.acknowledged, self.refused, self.ends = [], [], threading.Event()

    def run(self):
        while not self.ends.wait(self.pause):
            self.at += self.step
            started = time.monotonic()
            try:
                answer = self.kit.record([self.kit.observation(self.listing, self.at, 100_000)], self.timeout)
            except grpc.RpcError as error:
                # It may be there or not.
                self.refused.append((self.at, started, time.monotonic(), error.code().name))
                self.ends.wait(0.05)
                continue
            if answer.recorded == 1:
                self.acknowledged.append((self.at, started, time.monotonic()))

    def since(self, moment):
        return [entry for entry in list(self.acknowledged) if entry[1] >= moment]


@contextlib.contextmanager
def working(*workers):
    """Threads that work until the block is over."""
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.ends.set()
        for worker in workers:
            worker.join()


class Reader(threading.Thread):
    """Reads again and again; `ask(number)` gives the status that it got."""

    def __init__(self, ask, pause=0.05):
        super().__init__()
        self.ask, self.pause = ask, pause
        # When each ended, what came of it, and the seconds that it took.
        self.answers, self.ends = [], threading.Event()

    def run(self):
        number = 0
        while not self.ends.wait(self.pause):
            number += 1
            started = time.monotonic()
            try:
                status = self.ask(number)
            except (OSError, http.client.HTTPException) as error:
                status = repr(error)
            except grpc.RpcError as error:
                status = error.code().name
            self.answers.append((time.monotonic(), status, time.monotonic() - started))

    def bad(self):
        return [entry for entry in list(self.answers) if entry[1] != 200]

    def times(self):
        return [seconds for _, status, seconds in list(self.answers) if status == 200]


def quantiles(seconds):
    """Median and 95th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000


class Drill:
    """Both regions, the link between them, and the table of what each step cost."""

    def __init__(self, folder, networks, between, webhook_port):
        binaries = os.environ.get("FIYATRADARI_BIN") or PROJECT / ".build" / "debug"
        self.link, self.rows = between, []
        addresses = ("10.77.0.1", "10.77.0.2")
        for name in ("a", "b"):
            (folder / name).mkdir()
            folder.joinpath(name).chmod(0o755)
        first = Region("a", folder / "a", binaries, networks[0], addresses[0], addresses[1], webhook_port)
        # Secrets are the same in both.
        shutil.copy(folder / "a" / "secrets.json", folder / "b" / "secrets.json")
        shutil.copytree(folder / "a" / "secrets", folder / "b" / "secrets")
        shutil.copy(folder / "a" / "load-key", folder / "b" / "load-key")
        second = Region("b", folder / "b", binaries, networks[1], addresses[1], addresses[0], webhook_port)
        self.a, self.b = first, second
        self.kits = [meshkit.Kit(region, region.folder) for region in (first, second)]

    def note(self, step, figure, value):
        """A row of the table."""
        self.rows.append((step, figure, value))
        print(f"{step}: {figure}: {value}", flush=True)

    def table(self):
        lines = ["", "| step | figure | |", "|---|---|---:|"]
        lines += [f"| {step} | {figure} | {value} |" for step, figure, value in self.rows]
        return "\n".join(lines)

    def close(self):
        for kit in self.kits:
            kit.close()
        for region in (self.b, self.a):
            region.close()


@contextlib.contextmanager
def running(people):
    """Two regions: A takes writes, B follows it. `people` get the webhooks of both."""
    assert os.getuid() == 0, "network namespaces need root"
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="regions-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        networks = []
        for name in ("a", "b"):
            networks.append(Network(f"fiyatradari-{os.getpid()}-{name}"))
            stack.callback(networks[-1].close)
        ends = [link.End(network.name, address) for network, address in zip(networks, ("10.77.0.1", "10.77.0.2"))]
        between = link.connect(ends, ROUND_TRIP / 2)
        stack.callback(between.close)
        receivers = []
        for network in networks:
            # The same port in both. Its thread is started from within the network, and stays there.
            receiver = outside.Outside(people, port=receivers[0].port if receivers else 0)
            network.run(receiver.__enter__)
            stack.callback(receiver.__exit__)
            receivers.append(receiver)
        drill = Drill(folder, networks, between, receivers[0].port)
        stack.callback(drill.close)
        drill.a.start_writing()
        yield drill
        failures = [failure for receiver in receivers for failure in receiver.failures]
        assert not failures, failures
