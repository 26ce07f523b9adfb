"""What fills PostgreSQL and Redis in a deployment, on real servers."""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "dev"))
from mesh import PORTS, Mesh, free_ports  # noqa: E402

K8S = PROJECT / "k8s"
SERVICES = ("catalog", "pricing", "notifier", "edge")


@pytest.fixture(scope="module", name="folder")
def folder_fixture():
    # PostgreSQL's user must be able to enter it.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stores-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module", name="secrets")
def secrets_fixture(folder):
    subprocess.run([str(PROJECT / "dev/make-secrets.sh"), "--for", "compose", str(folder / "secrets")], check=True,
                   capture_output=True)
    (folder / "secrets").chmod(0o755)
    return folder / "secrets"


@pytest.fixture(scope="module", name="postgres")
def postgres_fixture(folder, secrets):
    mesh = Mesh(folder / "mesh", None, free_ports(PORTS), with_market=False)
    (folder / "mesh").chmod(0o755)
    try:
        mesh.start_postgres(provision=False)
        mesh.sql("CREATE DATABASE fiyatradari")
        schemas = (K8S / "base/postgres-schemas/schemas.sql").read_text()
        for _ in range(2):
            mesh.sql(schemas, "fiyatradari")
        owner = mesh._postgres_user() or pwd.getpwuid(os.getuid())
        environment = {"PATH": os.environ["PATH"], "PGHOST": str(mesh.socket_folder), "PGPORT": str(mesh.ports["postgres"]),
                       "POSTGRES_USER": owner.pw_name, "POSTGRES_DB": "fiyatradari",
                       "POSTGRES_PASSWORDS": str(secrets / "postgres-passwords")}
        done = subprocess.run(["bash", str(K8S / "overlays/dev/stores/passwords.sh")], env=environment, check=False,
                              capture_output=True, text=True, cwd="/", user=owner.pw_uid, group=owner.pw_gid)
        assert done.returncode == 0, done.stderr
        yield mesh
    finally:
        mesh.down()


def ask(mesh, secrets, role, statement):
    """Runs a statement as a role that logs in with its password over TCP."""
    password = (secrets / "postgres-passwords" / role).read_text()
    return subprocess.run(
        ["psql", "-X", "-At", "-h", "127.0.0.1", "-p", str(mesh.ports["postgres"]), "-U", role, "-d", "fiyatradari",
         "-c", statement], env={"PATH": os.environ["PATH"], "PGPASSWORD": password}, check=False, capture_output=True,
        text=True)


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_owns_its_schema_and_reaches_no_other(postgres, secrets, service):
    made = ask(postgres, secrets, service, "CREATE TABLE mine (id int); SELECT current_schema")
    assert made.stdout.splitlines()[-1] == service, made.stderr
    for other in set(SERVICES) - {service}:
        refused = ask(postgres, secrets, service, f"SELECT 1 FROM {other}.mine")
        assert refused.returncode != 0 and f"permission denied for schema {other}" in refused.stderr
    for statement in ("CREATE TABLE public.mine (id int)", "CREATE SCHEMA more", "CREATE ROLE more", "CREATE DATABASE more"):
        assert "permission denied" in ask(postgres, secrets, service, statement).stderr, statement
    # What the migrations need is there.
    assert ask(postgres, secrets, service, "SELECT public.similarity('a', 'a')").stdout.strip() == "1"


def test_monitoring_reads_statistics_and_no_table(postgres, secrets):
    assert ask(postgres, secrets, "monitoring", "SELECT count(*) > 0 FROM pg_stat_activity").stdout.strip() == "t"
    assert "permission denied" in ask(postgres, secrets, "monitoring", "SELECT * FROM catalog.mine").stderr


def test_a_password_that_is_missing_ends_the_first_start(postgres, folder):
    (folder / "none").mkdir()
    done = subprocess.run(["bash", str(K8S / "overlays/dev/stores/passwords.sh")], check=False, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "POSTGRES_PASSWORDS": str(folder / "none")})
    assert done.returncode == 1 and "catalog is missing or empty" in done.stderr


def redis(port, secrets, user, *command):
    password = (secrets / f"redis-acl/{user}-password").read_text()
    return subprocess.run(["redis-cli", "-p", str(port), "--user", user, "--no-auth-warning", *command],
                          env={"PATH": os.environ["PATH"], "REDISCLI_AUTH": password}, check=False, capture_output=True,
                          text=True).stdout.strip()


def eventually(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.1)


@contextlib.contextmanager
def servers(folder, secrets, configuration, ports, extra=""):
    """redis-server on each port with a configuration of the manifests, where only places differ."""
    running = []
    try:
        for port in ports:
            home = folder / f"redis-{port}"
            home.mkdir()
            text = (K8S / configuration).read_text().replace("/etc/redis/acl/users.acl", str(secrets / "redis-acl/users.acl"))
            text = text.replace("/data", str(home)).replace("port 6379", f"port {port}")
            (home / "redis.conf").write_text(f"{text}\nbind 127.0.0.1\n{extra}\n")
            with open(home / "log", "wb") as log:
                running.append(subprocess.Popen(["redis-server", str(home / "redis.conf")], stdout=log, stderr=log))
        for port in ports:
            eventually("Redis answers", lambda port=port: redis(port, secrets, "admin", "PING") == "PONG")
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_the_users_of_redis_may_do_what_they_need_and_no_more(folder, secrets):
    port = free_ports(["redis"])["redis"]
    with servers(folder, secrets, "overlays/dev/stores/redis.conf", [port]):
        assert redis(port, secrets, "edge", "SET", "edge:{a}:b", "1") == "OK"
        for command in (["SET", "other", "1"], ["CONFIG", "GET", "*"], ["FLUSHALL"], ["ACL", "LIST"], ["KEYS", "*"]):
            assert redis(port, secrets, "edge", *command).startswith("NOPERM"), command
        assert "redis_version" in redis(port, secrets, "monitoring", "INFO", "server")
        assert redis(port, secrets, "monitoring", "GET", "edge:{a}:b").startswith("NOPERM")
        anonymous = subprocess.run(["redis-cli", "-p", str(port), "PING"], check=False, capture_output=True, text=True)
        assert anonymous.stdout.startswith("NOAUTH")


def cluster_ports(count):
    """Free ports whose neighbours 10,000 further on, the cluster's bus, are free as well."""
    found = []
    while len(found) < count:
        port = free_ports(["node"])["node"]
        with contextlib.suppress(OSError), socket.socket() as bus:
            bus.bind(("127.0.0.1", port + 10_000))
            # Above are those that the system gives to outgoing connections.
            if port + 10_000 < 32_000 and port not in found:
                found.append(port)
    return found


def test_the_keeper_makes_a_cluster_of_nodes_and_leaves_one_that_is_well_alone(folder, secrets):
    ports = cluster_ports(6)
    password = (secrets / "redis-acl/replication-password").read_text()
    environment = {"PATH": os.environ["PATH"], "NODES": " ".join(f"127.0.0.1:{port}" for port in ports),
                   "REDISCLI_AUTH_FILE": str(secrets / "redis-acl/admin-password")}

    def keep():
        return subprocess.run(["sh", str(K8S / "components/redis-cluster/keeper.sh")], env=environment, check=False,
                              capture_output=True, text=True, timeout=100)

    def info(port, name):
        text = redis(port, secrets, "admin", *(["INFO", "replication"] if name in ("role", "master_link_status") else
                                               ["CLUSTER", "INFO"]))
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line).get(name)

    with servers(folder, secrets, "components/redis-cluster/redis.conf", ports, f"masterauth {password}") as running:
        first = keep()
        assert first.returncode == 0, first.stderr
        for port in ports:
            eventually("each node finds the cluster well", lambda port=port: info(port, "cluster_state") == "ok")
            eventually("it knows all slots", lambda port=port: info(port, "cluster_slots_ok") == "16384")
            eventually("it knows all nodes", lambda port=port: info(port, "cluster_known_nodes") == "6")
        for port in ports[3:]:
            eventually("replicas follow, as the user replication",
                       lambda port=port: (info(port, "role"), info(port, "master_link_status")) == ("slave", "up"))
        slots = redis(ports[0], secrets, "edge", "CLUSTER", "SLOTS")
        assert keep().returncode == 0
        assert redis(ports[0], secrets, "edge", "CLUSTER", "SLOTS") == slots and "NOPERM" not in slots
        # A primary is lost: its replica takes its place.
        running[1].kill()
        eventually("a replica takes over", lambda: [info(port, "role") for port in ports[3:]].count("master") == 1)
        lost = keep()
        assert lost.returncode == 1 and f"127.0.0.1:{ports[1]} does not answer" in lost.stderr
