"""The mesh from the images: dev/test-images.sh sets FIYATRADARI_BIN to programs that run inside them."""

import json
import pathlib
import re
import subprocess
import sys
import urllib.request

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "Tests" / "EndToEnd"))
import meshes  # noqa: E402

SERVICES = {"catalog": "catalog-service", "pricing": "pricing-service", "notifier": "notifier-service",
            "edge": "edge-gateway"}


@pytest.fixture(scope="module", name="mesh")
def mesh_fixture():
    with meshes.running() as mesh:
        yield mesh


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_as_nobody_in_particular_on_a_root_that_it_cannot_write(mesh, service):
    pid = mesh.pid(service)
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                  if ":\t" in line)
    assert status["Uid"].split() == ["10001"] * 4 and status["Gid"].split() == ["10001"] * 4
    assert not status["Groups"].strip() and status["NoNewPrivs"] == "1"
    assert all(int(status[f"Cap{kind}"], 16) == 0 for kind in ("Eff", "Prm", "Inh", "Amb"))
    root = pathlib.Path(f"/proc/{pid}/root")
    mounts = [line.split() for line in pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    writable = {entry[4] for entry in mounts if not re.match(r"ro\b", entry[5])}
    assert not {place for place in writable if not place.startswith(("/proc", "/dev", "/tmp/mesh-"))}, writable
    # The program and its libraries, and no shell or package manager.
    assert (root / "service").exists()
    assert not [name for name in ("bin", "sbin", "usr/bin", "usr/sbin", "var/lib/dpkg") if (root / name).exists()]


@pytest.mark.parametrize("service", SERVICES)
def test_the_program_asks_itself_how_it_is(mesh, service):
    program = str(mesh.program(SERVICES[service]))
    ops = f"127.0.0.1:{mesh.ports[service + '-ops']}"
    assert subprocess.run([program, "--probe", "--ops-listen", ops], check=False, timeout=20).returncode == 0
    away = subprocess.run([program, "--probe", "--ops-listen=127.0.0.1:1"], check=False, capture_output=True, text=True,
                          timeout=20)
    assert away.returncode == 69 and "nobody answers at OPS_LISTEN" in away.stderr


def test_a_schema_that_is_up_to_date_stays_so_when_it_is_migrated_again(mesh):
    for service, program in SERVICES.items():
        known = subprocess.run([str(mesh.program(program)), "--help"], check=True, capture_output=True, text=True).stdout
        if "DATABASE_URL" in known:
            done = subprocess.run([str(mesh.program(program)), "--migrate-only"], env=mesh.environment(service),
                                  check=False, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr


def test_a_region_that_only_reads_applies_no_events(mesh):
    off = {"EVENT_CONSUMERS": "false"}
    for service, task in (("catalog", "pricing-events"), ("pricing", "catalog-events")):
        def tasks(service=service):
            with urllib.request.urlopen(f"http://127.0.0.1:{mesh.ports[service + '-ops']}/metrics", timeout=5) as answer:
                return set(re.findall(r'background_task_running\{task="([^"]+)"\} 1', answer.read().decode()))
        meshes.eventually("the consumer runs", lambda tasks=tasks, task=task: task in tasks())
        mesh.stop(service)
        mesh.start_service(service, off)
        meshes.eventually("the other tasks run", lambda tasks=tasks: "event-feed" in tasks())
        assert task not in tasks()
        mesh.stop(service)
        mesh.start_service(service)


def test_the_gateway_answers(mesh):
    with urllib.request.urlopen(f"http://127.0.0.1:{mesh.ports['edge']}/v1/products", timeout=10) as answer:
        assert answer.status == 200 and json.load(answer) is not None
