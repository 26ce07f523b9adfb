"""Observations through RecordObservations beside `psql \\copy` of the rows that came of them."""

import subprocess
import time

from bench_database import LOAD_CORE, MeshError

TABLES = ("listing_state", "observation", "deal", "event_log")


def _psql(mesh, commands, core=None):
    arguments = [part for command in commands for part in ("-c", command)]
    prefix = ["taskset", "-c", core] if core else []
    result = subprocess.run(
        [*prefix, str(mesh._postgres_program("psql")), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", *arguments,
         mesh.database_url("pricing")], capture_output=True, text=True)
    if result.returncode != 0:
        raise MeshError(f"psql failed: {result.stderr.strip()[-800:]}")


def warm_up(mesh, products):
    """A pass that does not count: copying finds its pages in memory and in the log, for the rows were there before. So does
    recording after this."""
    observe(mesh, products, 100, int(time.time()))


def observe(mesh, products, changed, moment):
    return mesh.tool("observe", "--pricing", f"127.0.0.1:{mesh.ports['pricing']}", "--at", str(moment), "--count",
                     str(products), "--changed", str(changed))


def measure(mesh, products, changed):
    """Records one more observation of each listing of `products` products, `changed` percent of them with another price.

    Then the rows that were written are taken out again, and copied back into the same tables with their indexes.
    """
    folder = mesh.folder / "copy"
    folder.mkdir(exist_ok=True)
    if changed < 100:
        # Whoever saw another price in the pass before would see the old one again: a change, too.
        observe(mesh, products, 0, int(time.time()))
    moment = int(time.time())
    sequence = int(mesh.query("SELECT last_value FROM pricing.event_log_sequence"))
    cpu = mesh.cpu()
    done = observe(mesh, products, changed, moment)
    used = {name: value - cpu[name] for name, value in mesh.cpu().items()}
    peak = mesh.memory("VmHWM")["pricing"]
    mesh.stop("pricing")
    at = f"to_timestamp({moment})"
    seen = f"(SELECT listing_id FROM observation WHERE observed_at = {at})"
    which = {
        "observation": f"observed_at = {at}", "listing_state": f"listing_id IN {seen}",
        "event_log": f"sequence > {sequence}",
        "deal": f"listing_id IN {seen} AND (updated_at = {at} OR closed_at >= {at})",
    }
    files = {table: folder / f"{table}.txt" for table in TABLES}
    _psql(mesh, [f"\\copy (SELECT * FROM {table} WHERE {which[table]}) TO '{files[table]}'" for table in TABLES])
    _psql(mesh, [f"DELETE FROM {table} WHERE {which[table]}" for table in ("listing_state", "deal", "event_log", "observation")])
    for table in TABLES:
        mesh.query(f"VACUUM pricing.{table}")
    rows = {table: sum(1 for _ in open(path, "rb")) for table, path in files.items()}
    before = mesh.cpu()["postgres"]
    start = time.monotonic()
    _psql(mesh, [f"\\copy {table} FROM '{files[table]}'" for table in TABLES], LOAD_CORE)
    seconds = time.monotonic() - start
    copy_cpu = mesh.cpu()["postgres"] - before
    mesh.start_service("pricing")
    return {
        "changed": changed, "rows": done["rows"], "per_second": done["per_second"], "copied": rows,
        "copy_per_second": done["rows"] / seconds, "ratio": seconds * done["per_second"] / done["rows"],
        "cpu_us": {name: used[name] * 1e6 / done["rows"] for name in ("pricing", "postgres")},
        "pricing_peak_mib": peak, "copy_cpu_us": copy_cpu * 1e6 / done["rows"],
    }
