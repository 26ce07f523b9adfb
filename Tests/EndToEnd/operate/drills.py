"""What the drills stand on: a mesh whose PostgreSQL archives by pgBackRest, and commands run as its owner."""

import contextlib
import os
import re
import subprocess
import time

import meshkit
from meshes import PROJECT, eventually

OPS = PROJECT / "ops"
STANZA = "fiyatradari"


class Drill:
    """A mesh's database and its backups."""

    def __init__(self, kit):
        self.kit, self.mesh = kit, kit.mesh
        self.owner = self.mesh._postgres_user()
        self.folder = self.mesh.folder / "backups"
        self.data = self.mesh.folder / "postgres" / "data"
        self.config = self.folder / "pgbackrest.conf"
        self.pg_bin = self.mesh._postgres_program("initdb").resolve().parent
        self.make_folder(self.folder)

    def make_folder(self, path):
        path.mkdir()
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def run(self, *command, environment=None, succeeds=True):
        """Runs a program as the owner of PostgreSQL's files; its status and all that it said."""
        options = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        result = subprocess.run(
            [str(part) for part in command], cwd="/", check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={"PATH": os.environ["PATH"], **(environment or {})},
            **options)
        assert not succeeds or result.returncode == 0, f"{command[0]} ended with {result.returncode}:\n{result.stdout}"
        return result.returncode, result.stdout

    def fiyat(self, *arguments, environment=None, succeeds=True):
        """`fiyat backup …`."""
        return self.run(self.mesh.program("fiyat"), "backup", *arguments, "--config", self.config,
                        environment=environment, succeeds=succeeds)

    def archive(self):
        """Sets the server up as the templates say, and makes the stanza."""
        for name in ("metrics", "log"):
            self.make_folder(self.folder / name)
        self.config.write_text(pgbackrest_settings(self))
        settings = (OPS / "backup" / "postgresql.conf.template").read_text().replace(
            "'pgbackrest ", f"'pgbackrest --config={self.config} ")
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(settings)
        self.restart()
        self.run("pgbackrest", f"--config={self.config}", f"--stanza={STANZA}", "stanza-create")

    def restart(self):
        self.mesh.stop("postgres", 2)
        self.mesh.start("postgres")

    def archived(self):
        """Ends the WAL segment and waits until it is in the archive."""
        segment = self.mesh.sql("SELECT pg_walfile_name(pg_switch_wal())")
        eventually(f"{segment} is archived", lambda: (self.mesh.sql(
            "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver") >= segment))

    def seconds(self):
        """The database's clock, in whole seconds, when the next second has begun."""
        moment = int(float(self.mesh.sql("SELECT extract(epoch FROM clock_timestamp())")))
        eventually("the second is over", lambda: float(self.mesh.sql(
            "SELECT extract(epoch FROM clock_timestamp())")) > moment + 1.05)
        return moment + 1

    def listings(self, prefix, count):
        """New listings with a price each; what the services acknowledged."""
        found = self.kit.add_products([{"external_id": f"{prefix}{index}", "title": f"Ürün {prefix}{index}",
                                        "shop": f"shop-{prefix}"} for index in range(count)])
        at = int(time.time()) - 3600
        answer = self.kit.record([self.kit.observation(listing, at, 100_000) for listing in found])
        assert answer.recorded == count
        return found

    def titles(self, prefix):
        return self.kit.count(f"SELECT count(*) FROM catalog.product WHERE title LIKE 'Ürün {prefix}%'")

    def observations(self, listings):
        return self.kit.count(
            f"SELECT count(*) FROM pricing.observation WHERE listing_id IN ({','.join(map(str, listings))})")


def pgbackrest_settings(drill):
    """The template, with this mesh's paths in the place of the machine's."""
    text = (OPS / "backup" / "pgbackrest.conf.template").read_text()
    for name, value in {
            "repo1-path": drill.folder / "repository", "spool-path": drill.folder / "spool", "pg1-path": drill.data,
            "pg1-port": drill.mesh.ports["postgres"], "pg1-socket-path": drill.mesh.socket_folder}.items():
        text, count = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.M)
        assert count == 1, f"the template no longer sets {name}"
    return text.replace("[global]\n", f"[global]\nlog-path={drill.folder}/log\nlock-path={drill.folder}/lock\n", 1)


@contextlib.contextmanager
def running(**options):
    """A drill with all its services."""
    with meshkit.running(**options) as kit:
        drill = Drill(kit)
        try:
            yield drill
        finally:
            # Processes that push WAL ahead of PostgreSQL's asking outlive it.
            drill.run("pgbackrest", f"--config={drill.config}", "--force", "stop")


