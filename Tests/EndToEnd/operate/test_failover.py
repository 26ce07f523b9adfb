"""The primary dies under load and its replica takes over: what was acknowledged is there."""

import os
import pathlib
import sys
import threading
import time

import grpc
import meshkit
import pytest
from meshes import eventually, free_ports

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import drills  # noqa: E402

pytestmark = pytest.mark.timeout(300)
REPLICA = "replica1"


class Writer(threading.Thread):
    """Records one observation after the other, and remembers which were acknowledged, and when."""

    def __init__(self, kit, listing, start):
        super().__init__()
        self.kit, self.listing, self.start_at = kit, listing, start
        self.acknowledged, self.ends = [], threading.Event()

    def run(self):
        number = 0
        while not self.ends.is_set():
            number += 1
            at = self.start_at + number
            try:
                answer = self.kit.record([self.kit.observation(self.listing, at, 50_000 + number)], timeout=3)
            except grpc.RpcError:
                # Not acknowledged: it may be there or not.
                self.ends.wait(0.1)
                continue
            if answer.recorded == 1:
                self.acknowledged.append((at, time.monotonic()))


# What an asynchronous replica of the same machine may lack; a commit travels in milliseconds.
WINDOW = 2.0


@pytest.mark.parametrize("is_synchronous", [True, False], ids=["synchronous", "asynchronous"])
def test_what_was_acknowledged_is_there_when_the_primary_dies_under_load(is_synchronous):
    port = free_ports(["replica"])["replica"]
    with meshkit.running(start=("postgres", "redis")) as kit:
        drill, mesh = drills.Drill(kit), kit.mesh
        # Both servers are named: whichever takes writes is the one.
        for service in ("catalog", "pricing", "notifier"):
            own = mesh.database_url(service)
            folder, primary = mesh.socket_folder, mesh.ports["postgres"]
            mesh.settings[service] = {"DATABASE_URL": own.replace(f"host={folder} port={primary}", (
                f"host={folder},{folder} port={primary},{port} target_session_attrs=read-write"))}
        replica = mesh.folder / "replica"
        start_replica(drill, replica, port, is_synchronous)
        for service in ("catalog", "pricing", "notifier"):
            mesh.start_service(service)
        listings = drill.listings("failover", 4)
        begin = int(time.time()) - 4 * 3600
        writers = [Writer(kit, listing, begin) for listing in listings]
        for writer in writers:
            writer.start()
        try:
            eventually("all have written", lambda: all(len(each.acknowledged) > 20 for each in writers))
            killed = time.monotonic()
            mesh.kill("postgres")
            promoted = promote(drill, replica)
            known = [len(each.acknowledged) for each in writers]
            eventually("all write again", lambda: all(
                len(each.acknowledged) > count + 5 for each, count in zip(writers, known)))
        finally:
            for writer in writers:
                writer.ends.set()
            for writer in writers:
                writer.join()
        first = min(at for each in writers for _, at in each.acknowledged if at > promoted)
        acknowledged = {(each.listing, at) for each in writers for at, _ in each.acknowledged}
        mesh.ports["postgres"] = port
        rows = {(int(listing), int(float(at))) for listing, at in kit.rows(
            "SELECT listing_id, extract(epoch FROM observed_at) FROM pricing.observation")}
        lost = acknowledged - rows
        times = {(each.listing, at): when for each in writers for at, when in each.acknowledged}
        assert not lost or not is_synchronous, f"{len(lost)} acknowledged observations are lost"
        assert all(killed - WINDOW < times[each] < promoted for each in lost)
        window = max((killed - times[each] for each in lost), default=0)
        print(f"fail-over, {'synchronous' if is_synchronous else 'asynchronous'}: {len(acknowledged)} acknowledged, "
              f"{len(lost)} lost (the last {window:.2f} s); promoted {promoted - killed:.1f} s after the kill, first write "
              f"acknowledged after {first - killed:.1f} s")
        assert mesh.sql((drills.OPS / "backup" / "invariants.sql").read_text(), "fiyatradari") == ""
        for service in ("notifier", "pricing", "catalog"):
            mesh.stop(service)
        drill.run(drill.pg_bin / "pg_ctl", "-D", replica, "-w", "-m", "immediate", "stop")
        mesh.processes.pop("postgres", None)


def start_replica(drill, replica, port, is_synchronous):
    """A streaming replica, and commits that wait for it if they are to."""
    mesh = drill.mesh
    drill.make_folder(replica)
    os.chmod(replica, 0o700)
    with open(drill.data / "pg_hba.conf", "a") as file:
        file.write(f"local replication {drill.owner.pw_name if drill.owner else 'all'} peer\n")
    mesh.sql("SELECT pg_reload_conf()")
    drill.run(drills.OPS / "replica" / "make-replica.sh", REPLICA, replica, environment={
        "PGHOST": str(mesh.socket_folder), "PGPORT": str(mesh.ports["postgres"])})
    with open(replica / "postgresql.auto.conf", "a") as file:
        file.write(f"port = {port}\n")
    drill.run(drill.pg_bin / "pg_ctl", "-D", replica, "-l", drill.folder / "replica.log", "-w", "start")
    if is_synchronous:
        mesh.sql(f"ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ({REPLICA})'")
        mesh.sql("SELECT pg_reload_conf()")
    eventually("the replica follows", lambda: mesh.sql(
        "SELECT state || ' ' || sync_state FROM pg_stat_replication")
        == f"streaming {'quorum' if is_synchronous else 'async'}")


def promote(drill, replica):
    """By the script; returns when it had ended."""
    drill.run(drills.OPS / "replica" / "promote.sh", replica)
    return time.monotonic()
