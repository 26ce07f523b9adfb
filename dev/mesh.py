#!/usr/bin/env python3
"""Runs the whole of Fiyatradari on this machine: PostgreSQL, Redis, the four services and, if wanted, the demo market.

    dev/mesh.py up             starts what does not run, waits until it is ready and says where it is
    dev/mesh.py up --data DIR  without the demo market, and imports the catalogues in DIR
    dev/mesh.py down           stops everything; data stays
    dev/mesh.py status         says what runs

Everything it makes is under one folder (`.run/demo`, or `.run/data` for imported catalogues): data, logs, process ids,
and secrets that it draws at random once and that only this user can read. Servers listen on the loopback address alone.
Needs nothing but Python's own library, so that the end-to-end tests use the very same code.
"""

import argparse
import csv
import json
import os
import pathlib
import pwd
import random
import secrets
import shutil
import signal as signals
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parent.parent
SERVICES = ("catalog", "pricing", "notifier", "edge")
EXECUTABLES = {
    "catalog": "catalog-service",
    "pricing": "pricing-service",
    "notifier": "notifier-service",
    "edge": "edge-gateway",
}
# The design's ports. A test asks for free ones instead.
PORTS = {
    "catalog": 9101, "pricing": 9102, "notifier": 9103, "edge": 8080,
    "edge-ops": 9200, "catalog-ops": 9201, "pricing-ops": 9202, "notifier-ops": 9203,
    "postgres": 9232, "redis": 9279, "market": 7700,
}


# The demo market's shops, on the ports behind its own.
MARKET_SHOPS = (("anadolu", "TRY"), ("bogazici", "TRY"), ("kapadokya", "TRY"), ("yildiz", "TRY"), ("liberty", "USD"),
                ("alpen", "CHF"))


class MeshError(Exception):
    """What cannot be done, and what to do about it."""


def free_ports(names):
    """A free port of the loopback address for each name; all are held until all are known.

    None is of those that the system gives to outgoing connections: one of these might take the port of a service that is
    down, or even connect to itself there.
    """
    sockets = {name: socket.socket() for name in names}
    candidates = iter(random.sample(range(10_000, 32_000), 22_000))
    for held in sockets.values():
        for port in candidates:
            try:
                held.bind(("127.0.0.1", port))
                break
            except OSError:
                continue
    ports = {name: held.getsockname()[1] for name, held in sockets.items()}
    for held in sockets.values():
        held.close()
    return ports


def wait_for(what, condition, seconds, process=None, log=None):
    """Waits until `condition` gives something true, and returns that; says the end of `log` when it does not, or when
    `process` has ended."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            tail = f"; its log: {log}" if log is not None else ""
            if log is not None and log.exists():
                tail += "\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise MeshError(f"{what} {'ended' if ended else f'is not there after {seconds} s'}{tail}")
        time.sleep(0.02)
    return value


def answers(url):
    """Whether an HTTP address answers with 2xx."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return 200 <= response.status < 300
    except (urllib.error.URLError, OSError):
        return False


class Mesh:
    """The processes of one mesh and the folder that they live in."""

    def __init__(self, folder, binaries, ports=None, with_market=True, say=lambda text: None, settings=None):
        self.folder = pathlib.Path(folder).resolve()
        self.binaries = pathlib.Path(binaries).resolve() if binaries else None
        self.with_market = with_market
        self.say = say
        # Further settings of services, by their names: {"edge": {"LOG_LEVEL": "debug"}}.
        self.settings = settings or {}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ports = self._kept("ports.json", lambda: dict(ports or PORTS))
        if ports:
            self.ports.update(ports)
        self.secrets = self._kept("secrets.json", self._draw_secrets)
        self.processes = {}

    # Secrets and ports are drawn once and kept.

    def _kept(self, name, make):
        path = self.folder / name
        if path.exists():
            return json.loads(path.read_text())
        value = make()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(value, file, indent=1)
        return value

    @staticmethod
    def _draw_secrets():
        names = [f"{store}-{service}" for store in ("postgres", "redis") for service in SERVICES]
        names += ["redis-admin", "admin-token", "secret-key", "load-key"]
        drawn = {name: secrets.token_hex(32 if name == "secret-key" else 24) for name in names}
        # The gateway knows the demo's person by this token; the stand-in for Telegram takes any token of the right form.
        drawn["access-tokens"] = "demo:" + secrets.token_hex(24)
        drawn["telegram-token"] = "1:" + secrets.token_hex(24)
        return drawn

    @property
    def access_token(self):
        """The bearer token of the demo's person at the gateway."""
        return self.secrets["access-tokens"].split(":", 1)[1]

    def secret_file(self, name):
        """The path of a file that holds one secret, for `…_FILE` settings."""
        path = self.folder / "secrets" / name
        if name == "edge-secret-key":
            # Folders of before accounts have none; what counts is the file.
            self.secrets.setdefault(name, secrets.token_hex(32))
        if name not in self.secrets:
            raise MeshError(f"{self.folder} was made before there was a {name}: remove it, or move it away")
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(self.secrets[name] + "\n")
        return path

    @property
    def load_key(self):
        """The key of requests without limits: load tests send it as X-Api-Key."""
        return self.load_key_file().read_text().strip()

    def load_key_file(self):
        """Where that key is, for this user alone."""
        path = self.folder / "load-key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(self.secrets.setdefault("load-key", secrets.token_hex(24)) + "\n")
        return path

    def leave_load_key(self, folder):
        """Has `load-key` in a folder lead to that key, whichever mesh it led to before."""
        path, new = pathlib.Path(folder) / "load-key", pathlib.Path(folder) / f"load-key.{os.getpid()}"
        new.symlink_to(self.load_key_file())
        os.replace(new, path)

    # Processes.

    def _start(self, name, command, environment=None, cwd=None, user=None):
        log = self.folder / "log" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        options = {}
        if user is not None:
            options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with open(log, "ab") as output:
            process = subprocess.Popen(
                [str(part) for part in command], env=environment, cwd=cwd or self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True, **options)
        self.processes[name] = process
        (self.folder / f"{name}.pid").write_text(f"{process.pid}\n")
        return process

    def pid(self, name):
        """The process id of something that runs, else None."""
        process = self.processes.get(name)
        if process is not None:
            return process.pid if process.poll() is None else None
        try:
            pid = int((self.folder / f"{name}.pid").read_text())
            # Another process may have the number by now: ours has our folder as its working directory or in its command.
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            where = os.readlink(f"/proc/{pid}/cwd")
        except (OSError, ValueError):
            return None
        return pid if str(self.folder) in command or where.startswith(str(self.folder)) else None

    def signal(self, name, number):
        """Sends a signal to something that runs; False where it does not."""
        pid = self.pid(name)
        if pid is None:
            return False
        os.kill(pid, number)
        return True

    def stop(self, name, number=signals.SIGTERM, seconds=20):
        """Ends something and waits for its end."""
        if not self.signal(name, number):
            return
        deadline = time.monotonic() + seconds
        while self.pid(name) is not None:
            if time.monotonic() > deadline:
                self.signal(name, signals.SIGKILL)
                deadline = time.monotonic() + 5
            time.sleep(0.02)
        self.processes.pop(name, None)

    def kill(self, name):
        """Ends something as a lost machine would (SIGKILL); it comes back by being started.

        Without its postmaster PostgreSQL's other processes end by themselves, and only then can a new one take over; those
        that stay are killed as well.
        """
        pid = self.pid(name)
        rest = self._children(pid) if name == "postgres" and pid else []
        self.stop(name, signals.SIGKILL)
        deadline = time.monotonic() + 10
        while rest := [child for child in rest if self._is_alive(child)]:
            if time.monotonic() > deadline:
                for child in rest:
                    os.kill(child, signals.SIGKILL)
            time.sleep(0.02)

    @staticmethod
    def _children(pid):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found.append(int(entry.name))
        return found

    @staticmethod
    def _is_alive(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def start(self, name, wait=True):
        """Starts one part of a mesh that was up before."""
        if name == "postgres":
            self.start_postgres(provision=False)
        elif name == "redis":
            self.start_redis()
        elif name == "market":
            self.start_market()
        else:
            self.start_service(name, wait=wait)

    # PostgreSQL.

    def _postgres_program(self, name):
        found = shutil.which(name)
        candidates = [pathlib.Path(found)] if found else []
        candidates += sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
        if not candidates:
            raise MeshError(f"PostgreSQL's {name} is not installed; run: make bootstrap")
        return candidates[0]

    @staticmethod
    def _postgres_user():
        """Who runs PostgreSQL: it refuses root, so then its own user does."""
        if os.getuid() != 0:
            return None
        try:
            return pwd.getpwnam("postgres")
        except KeyError as error:
            raise MeshError("PostgreSQL refuses to run as root, and there is no user postgres") from error

    @property
    def socket_folder(self):
        """Where PostgreSQL's socket is: in our folder if its path is short enough for a socket's address."""
        inside = self.folder / "postgres"
        if len(str(inside)) < 80:
            return inside
        return pathlib.Path("/tmp") / f"fiyatradari-{os.getuid()}-{self.ports['postgres']}"

    def sql(self, text, database="postgres"):
        """Runs SQL as the superuser and returns what it prints."""
        user = self._postgres_user()
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        name = user.pw_name if user else pwd.getpwuid(os.getuid()).pw_name
        result = subprocess.run(
            [str(self._postgres_program("psql")), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
             "-h", str(self.socket_folder), "-p", str(self.ports["postgres"]), "-U", name, "-d", database],
            input=text, text=True, capture_output=True, cwd="/", check=False, **options)
        if result.returncode != 0:
            raise MeshError(f"PostgreSQL refused a statement: {result.stderr.strip()}")
        return result.stdout.strip()

    def start_postgres(self, provision=True):
        if self.pid("postgres"):
            return
        user = self._postgres_user()
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        data = self.folder / "postgres" / "data"
        for folder in (data.parent, self.socket_folder):
            folder.mkdir(parents=True, exist_ok=True)
            if user:
                os.chown(folder, user.pw_uid, user.pw_gid)
        if not (data / "PG_VERSION").exists():
            made = subprocess.run(
                [str(self._postgres_program("initdb")), "-D", str(data), "-E", "UTF8", "--locale=C.UTF-8",
                 "--auth-local=peer", "--auth-host=scram-sha-256"],
                capture_output=True, text=True, cwd="/", check=False, **options)
            if made.returncode != 0:
                raise MeshError(f"initdb failed (can {user.pw_name if user else 'this user'} reach {data}?): "
                                f"{made.stderr.strip()}")
            superuser = user.pw_name if user else pwd.getpwuid(os.getuid()).pw_name
            (data / "pg_hba.conf").write_text(
                f"local all {superuser} peer\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n")
        (data / "postgresql.auto.conf").write_text("".join(
            f"{key} = {value}\n" for key, value in self.postgres_settings().items()))
        process = self._start(
            "postgres", [self._postgres_program("postgres"), "-D", data], cwd=data, user=user)
        wait_for("PostgreSQL", self._postgres_answers, 60, process, self.folder / "log" / "postgres.log")
        if provision:
            self._provision()

    def postgres_settings(self):
        """What PostgreSQL is told besides its defaults, as postgresql.conf writes it."""
        return {
            "listen_addresses": "'127.0.0.1'", "port": self.ports["postgres"],
            "unix_socket_directories": f"'{self.socket_folder}'", "max_connections": 200, "shared_buffers": "'256MB'",
            "wal_compression": "lz4", "max_wal_size": "'2GB'", "random_page_cost": "1.1", "jit": "off",
            "password_encryption": "'scram-sha-256'", "log_min_duration_statement": "'500ms'",
        }

    def _postgres_answers(self):
        try:
            return self.sql("SELECT 1") == "1"
        except MeshError:
            return False

    def _provision(self):
        """The database, and for each service a role that owns its schema and can see nothing else."""
        if self.sql("SELECT count(*) FROM pg_database WHERE datname = 'fiyatradari'") == "0":
            self.sql("CREATE DATABASE fiyatradari")
        self.sql(
            "REVOKE ALL ON DATABASE fiyatradari FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;"
            "GRANT USAGE ON SCHEMA public TO PUBLIC; CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;",
            "fiyatradari")
        for service in SERVICES:
            password = self.secrets[f"postgres-{service}"]
            self.sql(
                f"""
                DO $$ BEGIN
                  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{service}') THEN
                    CREATE ROLE {service} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
                  END IF;
                END $$;
                ALTER ROLE {service} PASSWORD '{password}';
                GRANT CONNECT ON DATABASE fiyatradari TO {service};
                CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {service};
                ALTER ROLE {service} IN DATABASE fiyatradari SET search_path = {service};
                """, "fiyatradari")

    def database_url(self, service):
        """How a service reaches its schema: by the Unix socket, as its own role."""
        return (f"host={self.socket_folder} port={self.ports['postgres']} dbname=fiyatradari user={service} "
                f"password={self.secrets[f'postgres-{service}']}")

    # Redis.

    def start_redis(self):
        if self.pid("redis"):
            return
        program = shutil.which("redis-server")
        if not program:
            raise MeshError("redis-server is not installed; run: make bootstrap")
        folder = self.folder / "redis"
        folder.mkdir(exist_ok=True)
        # Each service's user reaches its own keys and channels, and no command that administers the server.
        users = ["user default off", f"user admin on >{self.secrets['redis-admin']} ~* &* +@all"]
        users += [
            f"user {service} on >{self.secrets[f'redis-{service}']} ~{service}:* &{service}:* +@all -@admin -@dangerous"
            " +info +client|setname +client|id +cluster|slots +cluster|shards"
            for service in SERVICES
        ]
        for name, text in {
            "users.acl": "\n".join(users) + "\n",
            "redis.conf": f"bind 127.0.0.1\nport {self.ports['redis']}\ndir {folder}\naclfile {folder}/users.acl\n"
                          "appendonly no\nsave \"\"\nmaxmemory 256mb\nmaxmemory-policy allkeys-lru\n",
        }.items():
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text)
        process = self._start("redis", [program, folder / "redis.conf"], cwd=folder)
        wait_for("Redis", self._redis_answers, 20, process, self.folder / "log" / "redis.log")

    def _redis_answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.ports["redis"]), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    # Services.

    def environment(self, service, settings=None, name=None):
        """The settings of a service: the same names that a deployment sets."""
        ports, name = self.ports, name or service
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "DATABASE_URL": self.database_url(service),
            "REDIS_URL": f"redis://{service}:{self.secrets[f'redis-{service}']}@127.0.0.1:{ports['redis']}",
            "LISTEN": f"127.0.0.1:{ports[name]}",
            "OPS_LISTEN": f"127.0.0.1:{ports[name + '-ops']}",
            "CATALOG_ADDRESS": f"127.0.0.1:{ports['catalog']}",
            "PRICING_ADDRESS": f"127.0.0.1:{ports['pricing']}",
            "NOTIFIER_ADDRESS": f"127.0.0.1:{ports['notifier']}",
        }
        environment.update(self.service_settings(service))
        environment.update(self.settings.get(service, {}))
        environment.update(settings or {})
        return {name: str(value) for name, value in environment.items()}

    @property
    def market_addresses(self):
        """Where the demo market and its six shops are: on the loopback address, which is never called otherwise."""
        return ",".join(f"127.0.0.1:{port}" for port in range(self.ports["market"], self.ports["market"] + 7))

    @property
    def market_mail_port(self):
        """Where the demo market's stand-in for a mail server is: behind its shops."""
        return self.ports["market"] + 1 + len(MARKET_SHOPS)

    def service_settings(self, service):
        """What one service needs besides."""
        if service == "catalog" and self.with_market:
            return {"OUTBOUND_ALLOW": self.market_addresses}
        if service == "pricing" and self.with_market:
            return {"OUTBOUND_ALLOW": self.market_addresses, "SHOP_SELECTORS_FILE": self.folder / "selectors.json",
                    # All six shops are one host, which bears more than a stranger's.
                    "SOURCE_RATE_MILLIHERTZ": 20_000, "SOURCE_CONCURRENCY": 8}
        if service == "notifier":
            settings = {"SECRET_KEYS_FILE": self.secret_file("secret-key")}
            if self.with_market:
                settings.update({
                    "TELEGRAM_URL": f"http://127.0.0.1:{self.ports['market']}", "OUTBOUND_ALLOW": self.market_addresses,
                    "TELEGRAM_TOKEN_FILE": self.secret_file("telegram-token"),
                    "SMTP_URL": f"smtp://127.0.0.1:{self.market_mail_port}", "SMTP_TLS": "none",
                    "MAIL_FROM": "Fiyatradari <radar@fiyatradari.example>",
                    # Which of the market's ports is whose, so that people can tell the bot to track its pages.
                    "TRACK_SHOPS": ";".join(
                        f"127.0.0.1:{self.ports['market'] + number}={shop},{currency},/p/{{id}}"
                        for number, (shop, currency) in enumerate(MARKET_SHOPS, 1))})
            return settings
        if service == "edge":
            settings = {"ACCESS_TOKENS_FILE": self.secret_file("access-tokens"),
                        "ADMIN_TOKEN_FILE": self.secret_file("admin-token"),
                        "INTERNAL_KEY_FILE": self.load_key_file(),
                        "SECRET_KEYS_FILE": self.secret_file("edge-secret-key"),
                        # There is no TLS on the loopback address.
                        "COOKIE_SECURE": "false", "PUBLIC_URL": f"http://127.0.0.1:{self.ports['edge']}"}
            if self.with_market:
                # The shops' pictures; those of real shops come by https.
                settings["IMAGE_ORIGINS"] = ";".join(
                    f"http://{address}" for address in self.market_addresses.split(","))
            return settings
        return {}

    def program(self, name):
        if self.binaries is None or not (self.binaries / name).exists():
            raise MeshError(f"{name} is not built; run: make release")
        return self.binaries / name

    def start_service(self, service, settings=None, wait=True, name=None):
        """Starts a service; with `wait`, returns when it is ready. A further process of it has a `name` and ports of its
        own."""
        name = name or service
        if self.pid(name):
            return
        process = self._start(
            name, [self.program(EXECUTABLES[service])], self.environment(service, settings, name))
        if wait:
            self.wait_ready(name, process)

    def target(self, name):
        """Where a service's calls are taken, as gRPC's clients write it."""
        return f"127.0.0.1:{self.ports[name]}"

    def is_ready(self, name):
        """Whether a service says that it is ready."""
        return answers(f"http://127.0.0.1:{self.ports[name + '-ops']}/readyz")

    def wait_ready(self, name, process=None, seconds=60):
        wait_for(EXECUTABLES.get(name, name), lambda: self.is_ready(name), seconds, process or self.processes.get(name),
                 self.folder / "log" / f"{name}.log")

    def start_market(self, arguments=()):
        if self.pid("market"):
            return
        program = self.program("market-sim")
        selectors = subprocess.run([str(program), "selectors"], capture_output=True, text=True, check=True)
        (self.folder / "selectors.json").write_text(selectors.stdout)
        process = self._start("market", [program, "serve", "--port", self.ports["market"], *arguments])
        wait_for("market-sim", lambda: answers(f"http://127.0.0.1:{self.ports['market']}/"), 30, process,
                 self.folder / "log" / "market.log")

    def up(self):
        steps = [("PostgreSQL", self.start_postgres), ("Redis", self.start_redis)]
        steps += [(f"{name} service" if name != "edge" else "edge gateway",
                   lambda name=name: self.start_service(name)) for name in SERVICES]
        if self.with_market:
            steps.insert(2, ("demo market", self.start_market))
        for index, (name, step) in enumerate(steps, 1):
            started = time.monotonic()
            self.say(f"[{index}/{len(steps)}] {name} …")
            step()
            self.say(f"[{index}/{len(steps)}] {name} ready ({time.monotonic() - started:.1f} s)")

    def fill(self, days=120):
        """Imports the demo market's past, once; then what the shops' pages say is checked as it changes."""
        done = self.folder / "filled"
        if done.exists():
            return
        self.say(f"importing {days} days of the demo market's past, shop by shop …")
        past = self.folder / "past"
        market = [str(self.program("market-sim")), "export", "--port", str(self.ports["market"]), "--days", str(days)]
        self._run([*market, "--out", str(past)])
        for shop in sorted(path for path in past.iterdir() if path.is_dir()):
            with open(shop / "products.csv", newline="", encoding="utf-8") as file:
                currency = next(csv.DictReader(file))["currency"]
            self.fiyat("import", "products", shop / "products.csv", "--shop", shop.name, "--source", "page",
                       "--priority", "hot")
            self.say(f"  {shop.name:10} " + self.fiyat(
                "import", "prices", shop / "prices.csv", "--shop", shop.name, "--currency", currency).strip())
        done.touch()

    def fiyat(self, *arguments):
        """Runs the command line against this mesh and returns what it prints."""
        return self._run(self.fiyat_command(*arguments), self.fiyat_environment())

    def create_admin(self, email, password, *options):
        """Makes an admin's account at the gateway; what the command line says."""
        result = subprocess.run(
            self.fiyat_command("admin", "create", "--email", email, *options), input=password + "\n", text=True,
            env={**os.environ, "DATABASE_URL": self.database_url("edge")}, capture_output=True, check=False)
        if result.returncode != 0:
            raise MeshError(f"fiyat admin create failed: {result.stderr.strip()}")
        return result.stdout.strip()

    def fiyat_command(self, *arguments):
        return [str(self.program("fiyat")), *map(str, arguments)]

    def fiyat_environment(self):
        """Where the command line finds this mesh, and keeps what it remembers."""
        addresses = {f"{name.upper()}_ADDRESS": f"127.0.0.1:{self.ports[name]}" for name in ("catalog", "pricing")}
        return {**os.environ, **addresses, "XDG_STATE_HOME": str(self.folder / "state")}

    @staticmethod
    def _run(command, environment=None):
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise MeshError(f"{' '.join(command[:3])} failed: {result.stderr.strip()}")
        return result.stdout

    def addresses(self):
        """Where things are, for a person."""
        lines = [
            f"pages and REST      http://127.0.0.1:{self.ports['edge']}/",
            f"API description     http://127.0.0.1:{self.ports['edge']}/openapi.json",
            f"metrics             http://127.0.0.1:{self.ports['edge-ops']}/metrics",
            f"key without limits  {self.load_key_file()} (X-Api-Key, for load tests)",
            f"bearer tokens       {self.secret_file('access-tokens')} (demo), {self.secret_file('admin-token')} (operators)",
        ]
        if self.with_market:
            lines.insert(2, f"demo market         http://127.0.0.1:{self.ports['market']}/ (shows what arrives, too)")
        return "\n".join(lines)

    def down(self):
        """Stops in the order in which things depend on each other; data stays."""
        for name in ("edge", "notifier", "pricing", "catalog", "market", "redis"):
            self.stop(name)
        self.stop("postgres", signals.SIGINT)


# How many times as fast as ours the time of `make up`'s demo market runs.
MARKET_SPEED = 60


def bring_up(mesh, data):
    """Starts a mesh, gives it something to show, and says where it is."""
    if data is not None:
        import real_data
        # What is wrong with the folder is better said before anything is started.
        real_data.check(data)
        mesh.up()
        real_data.import_all(mesh, data)
    elif mesh.with_market:
        import demo
        # The market's time goes on from one day for good, so that its past stays what was imported.
        origin = mesh._kept("market.json", lambda: {"origin": int(time.time())})["origin"]
        mesh.start_market(["--speed", MARKET_SPEED, "--origin", origin])
        mesh.up()
        mesh.fill()
        mesh.say("the demo's person waits for messages, and a sale begins …")
        seconds = demo.Demo(mesh).begin()
        mesh.say("the person is known already; messages come as the market moves" if seconds is None
                 else f"the first messages have arrived ({seconds:.1f} s)")
    else:
        mesh.up()
    print(mesh.addresses())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("up", "down", "status"))
    parser.add_argument("--run", help="the folder of data, logs and secrets (.run/demo; .run/data with --data)")
    parser.add_argument("--binaries", default=os.environ.get("FIYATRADARI_BIN"), help="where the executables are")
    parser.add_argument("--no-market", action="store_true", help="without the demo market")
    parser.add_argument("--data", help="a folder of catalogues to import; without the demo market then")
    options = parser.parse_args()
    say = lambda text: print(text, flush=True)
    default = {False: PROJECT / ".run" / "demo", True: PROJECT / ".run" / "data"}
    with_market = not options.no_market and options.data is None

    def mesh(is_data):
        folder = options.run or default[is_data]
        return Mesh(folder, options.binaries, with_market=with_market and not is_data, say=say)

    try:
        if options.command == "up":
            is_data = options.data is not None
            if not options.run and default[not is_data].exists() and mesh(not is_data).pid("postgres"):
                raise MeshError("another mesh has the ports; stop it first: make down")
            bring_up(mesh(is_data), options.data)
            if not options.run:
                mesh(is_data).leave_load_key(PROJECT / ".run")
            return 0
        for is_data in (False,) if options.run else (False, True):
            if not options.run and not default[is_data].exists():
                continue
            one = mesh(is_data)
            if options.command == "down":
                one.down()
                print("stopped; data stays in", one.folder)
            else:
                print(one.folder)
                for name in ("postgres", "redis", "market", *SERVICES):
                    print(f"  {name:10} {'runs, process ' + str(one.pid(name)) if one.pid(name) else 'stopped'}")
    except MeshError as error:
        print(f"mesh: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    # As the module that demo.py and real_data.py import, so that there is one MeshError.
    import mesh as this

    sys.exit(this.main())
