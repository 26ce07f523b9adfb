"""Backups that can be restored: to a given second, by the command that an operator uses, and by the drill."""

import pathlib
import shutil
import sys
import time

import pytest
from meshes import eventually

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import drills  # noqa: E402

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def drill():
    with drills.running() as drill:
        drill.archive()
        drill.kit.healthy()
        drill.listings("first", 20)
        drill.fiyat("now", "--type", "full", "--metrics", drill.folder / "metrics")
        yield drill


def metrics(drill, name):
    return dict(line.rsplit(" ", 1) for line in (drill.folder / "metrics" / f"{name}.prom").read_text().splitlines()
                if not line.startswith("#"))


def test_a_backup_is_listed_and_its_figures_are_left_for_the_exporter(drill):
    drill.listings("second", 5)
    drill.fiyat("now", "--type", "diff", "--metrics", drill.folder / "metrics")
    _, text = drill.fiyat("status", "--metrics", drill.folder / "metrics")
    assert " full " in text and " diff " in text and text.startswith("well;")
    figures = metrics(drill, "fiyatradari_backup")
    assert figures['fiyatradari_backup_status{stanza="fiyatradari"}'] == "0"
    last = float(figures['fiyatradari_backup_last_timestamp_seconds{stanza="fiyatradari",type="diff"}'])
    assert abs(last - time.time()) < 120
    run = metrics(drill, "fiyatradari_backup_run")
    assert run['fiyatradari_backup_run_success{stanza="fiyatradari",type="diff"}'] == "1"


def test_a_failed_backup_is_said_so_and_measured(drill):
    repository = drill.folder / "repository"
    repository.rename(drill.folder / "elsewhere")
    try:
        status, text = drill.fiyat("now", "--metrics", drill.folder / "metrics", succeeds=False)
    finally:
        shutil.rmtree(repository, ignore_errors=True)
        (drill.folder / "elsewhere").rename(repository)
    assert status != 0 and "the backup failed" in text
    run = metrics(drill, "fiyatradari_backup_run")
    assert run['fiyatradari_backup_run_success{stanza="fiyatradari",type="diff"}'] == "0"


@pytest.mark.parametrize("arguments, problem", [
    (["--to", "2001-01-01T00:00:00Z", "--into", "{empty}"], "there is no backup from before"),
    (["--to", "2199-01-01T00:00:00Z", "--into", "{empty}"], "has not come yet"),
    (["--to", "latest", "--into", "{data}"], "postmaster.pid"),
    (["--to", "latest", "--into", "{full}"], "is not empty"),
])
def test_a_restore_that_would_go_wrong_is_refused_by_name(drill, arguments, problem):
    places = {"empty": drill.folder / "nowhere", "data": drill.data, "full": drill.folder}
    status, text = drill.fiyat("restore", *(part.format(**places) for part in arguments), succeeds=False)
    assert status != 0 and problem in text
    assert not places["empty"].exists()


def test_the_drill_finds_a_whole_database_and_leaves_its_figures(drill):
    drill.archived()
    started = time.monotonic()
    _, text = run_drill(drill)
    print(text)
    assert "restore drill: whole" in text and "products 25," in text
    figures = metrics(drill, "fiyatradari_restore_drill")
    assert figures['fiyatradari_restore_drill_success{stanza="fiyatradari"}'] == "1"
    assert not (drill.folder / "scratch" / "data").exists()
    print(f"restore drill: {time.monotonic() - started:.1f} s in all")


def test_the_drill_works_where_the_configuration_is_not_in_the_backup(drill):
    # As in Debian's clusters, whose configuration is in /etc: with more connections than a server has by itself.
    with open(drill.data / "postgresql.conf", "a") as file:
        file.write("max_connections = 150\nmax_locks_per_transaction = 100\n")
    drill.restart()
    elsewhere = drill.folder / "etc"
    drill.make_folder(elsewhere)
    for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
        (drill.data / name).rename(elsewhere / name)
    try:
        drill.fiyat("now", "--type", "full")
    finally:
        for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
            (elsewhere / name).rename(drill.data / name)
    drill.archived()
    _, text = run_drill(drill)
    assert "restore drill: whole" in text
    drill.fiyat("now", "--type", "full")


def test_the_drill_fails_when_what_came_back_is_not_whole(drill):
    broken = "UPDATE pricing.event_inbox SET sequence = {}"
    kept = drill.mesh.sql("SELECT max(sequence) FROM pricing.event_inbox", "fiyatradari")
    drill.mesh.stop("pricing")
    drill.mesh.sql(broken.format("sequence + 1000000"), "fiyatradari")
    drill.archived()
    status, text = run_drill(drill, succeeds=False)
    drill.mesh.sql(broken.format("sequence - 1000000"), "fiyatradari")
    drill.mesh.start_service("pricing")
    assert kept == drill.mesh.sql("SELECT max(sequence) FROM pricing.event_inbox", "fiyatradari")
    assert status == 1 and "an inbox is ahead of its source|catalog partition" in text
    assert metrics(drill, "fiyatradari_restore_drill")['fiyatradari_restore_drill_success{stanza="fiyatradari"}'] == "0"
    shutil.rmtree(drill.folder / "scratch")


def run_drill(drill, succeeds=True):
    # A socket's path is short.
    return drill.run(drills.OPS / "backup" / "restore-drill.sh", succeeds=succeeds, environment={
        "DRILL_FOLDER": str(drill.folder / "scratch"), "METRICS_FOLDER": str(drill.folder / "metrics"),
        "PGBACKREST_CONFIG": str(drill.config), "FIYAT": str(drill.mesh.program("fiyat")), "DRILL_TIMEOUT": "120"})


def test_a_destroyed_database_comes_back_as_it_was_at_a_given_second(drill):
    before = drill.listings("before", 30)
    moment = drill.seconds()
    after = drill.listings("after", 30)
    drill.archived()
    drill.mesh.kill("postgres")
    shutil.rmtree(drill.data)

    started = time.monotonic()
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    drill.fiyat("restore", "--to", text, "--into", drill.data)
    laid_down = time.monotonic() - started
    pg_ctl = drill.pg_bin / "pg_ctl"
    drill.run(pg_ctl, "-D", drill.data, "-l", drill.folder / "restored.log", "-w", "start")
    eventually("recovery ends", lambda: drill.mesh.sql("SELECT pg_is_in_recovery()") == "f")
    print(f"restore to {text}: files after {laid_down:.1f} s, writes after {time.monotonic() - started:.1f} s")
    assert drill.titles("before") == 30 and drill.observations(before) == 30
    assert drill.titles("after") == 0 and drill.observations(after) == 0
    assert drill.mesh.sql((drills.OPS / "backup" / "invariants.sql").read_text(), "fiyatradari") == ""

    # The mesh goes on, on the new timeline, which is archived as well.
    drill.run(pg_ctl, "-D", drill.data, "-w", "-m", "fast", "stop")
    drill.mesh.start("postgres")
    drill.kit.healthy()
    print(f"restore to {text}: all services ready after {time.monotonic() - started:.1f} s")
    drill.listings("onwards", 5)
    drill.archived()
