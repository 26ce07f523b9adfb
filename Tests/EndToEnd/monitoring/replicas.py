"""A streaming replica of a mesh's database."""

import os
import shutil
import subprocess

from meshes import PROJECT, eventually

NAME = "replica1"


def make(mesh):
    """Makes it, by the script that an operator uses."""
    owner = mesh._postgres_user()
    data = mesh.folder / "postgres" / "data"
    with open(data / "pg_hba.conf", "a") as file:
        file.write(f"local replication {owner.pw_name if owner else 'all'} peer\n")
    mesh.sql("SELECT pg_reload_conf()")
    folder = mesh.folder / "replica"
    folder.mkdir(mode=0o700)
    options = {}
    if owner:
        shutil.chown(folder, owner.pw_uid, owner.pw_gid)
        options = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    subprocess.run(
        [PROJECT / "ops" / "replica" / "make-replica.sh", NAME, folder], check=True, cwd="/", **options,
        env={"PATH": os.environ["PATH"], "PGHOST": str(mesh.socket_folder), "PGPORT": str(mesh.ports["postgres"])})
    with open(folder / "postgresql.auto.conf", "a") as file:
        file.write(f"port = {mesh.ports['replica']}\n")


def start(mesh):
    """Starts it; returns when it follows the primary."""
    owner = mesh._postgres_user()
    folder = mesh.folder / "replica"
    mesh._start("replica", [mesh._postgres_program("postgres"), "-D", folder], cwd=folder, user=owner)
    eventually("the replica follows", lambda: mesh.sql("SELECT state FROM pg_stat_replication") == "streaming")
