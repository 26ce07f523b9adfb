"""`fiyat load` against a real gateway: what it counts, what it refuses, and how it ends."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

import meshes
from meshes import eventually

pytestmark = pytest.mark.timeout(180)
FIYAT = pathlib.Path(os.environ.get("FIYATRADARI_BIN") or meshes.PROJECT / ".build" / "debug") / "fiyat"


class Load:
    """A load test as a process."""

    def __init__(self, edge, folder, *flags, url=None, gateway="edge"):
        self.report_file = folder / "report.json"
        command = [FIYAT, "load", url or f"http://127.0.0.1:{edge.port(gateway)}", "--report", self.report_file,
                   "--key-file", edge.mesh.load_key_file(), *flags]
        self.child = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True)

    def end(self):
        self.output, self.errors = self.child.communicate(timeout=120)
        return self.child.returncode

    @property
    def report(self):
        return json.loads(self.report_file.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()


@pytest.mark.parametrize("version", ("1.1", "2"))
def test_users_are_answered_and_thresholds_set_the_exit_code(edge, tmp_path, version):
    edge.settle()
    flags = ("--http", version, "--users", "40", "--think", "20ms", "--warm-up", "1s", "--duration", "3s")
    passing = ("error-rate<=0%", "cache-hit-rate>80%", "p95<2s", "product:p99<5s", "rate>20")
    with Load(edge, tmp_path, *flags, *(part for text in passing for part in ("--threshold", text))) as load:
        assert load.end() == 0, load.output + load.errors
    report = load.report
    print("\n" + load.output)
    names = [endpoint["name"] for endpoint in report["endpoints"]]
    assert len(names) == 10 and all(endpoint["requests"] > 0 for endpoint in report["endpoints"]), names
    total = report["total"]
    assert total["requests"] == sum(endpoint["requests"] for endpoint in report["endpoints"]) > 60
    assert total["errors"] == 0 and total["bytes"] > 0 and report["warm_up"]["requests"] > 0
    assert total["latency_us"]["p50"] <= total["latency_us"]["p95"] <= total["latency_us"]["p99.9"]
    assert report["http"] == version and report["seconds"] == pytest.approx(3, abs=0.2)
    assert all(threshold["holds"] for threshold in report["thresholds"]) and len(report["thresholds"]) == 5
    assert load.output.count("pass  ") == 5
    # A line a second, for it is no terminal.
    assert load.errors.count("p95") >= 3, load.errors
    with Load(edge, tmp_path, *flags, "--threshold", "p50<1us", "--threshold", "error-rate<=0%") as load:
        assert load.end() == 2
    assert [threshold["holds"] for threshold in load.report["thresholds"]] == [False, True]
    assert "FAIL  p50<1us" in load.output


@pytest.mark.parametrize("version", ("1.1", "2"))
def test_an_open_loop_sends_what_is_due(edge, tmp_path, version):
    flags = ("--http", version, "--rate", "80", "--warm-up", "1s", "--duration", "3s", "--seed", "9")
    with Load(edge, tmp_path, *flags) as load:
        assert load.end() == 0, load.output + load.errors
    report = load.report
    assert report["total"]["requests"] + report["missed"] == 240 and report["total"]["errors"] == 0
    with Load(edge, tmp_path, *flags) as again:
        assert again.end() == 0
    # One seed asks for the same, whatever the answers' pace.
    assert [endpoint["requests"] for endpoint in again.report["endpoints"]] == [
        endpoint["requests"] for endpoint in report["endpoints"]]


def test_a_stall_counts_for_every_request_that_was_due_meanwhile(edge, tmp_path):
    """Coordinated omission: a gateway that stands still for a second delays all who would have asked."""
    flags = ("--rate", "100", "--warm-up", "0s", "--duration", "5s", "--max-outstanding", "1000")
    before = edge.metric("edge_cache_requests_total", "edge2")
    with Load(edge, tmp_path, *flags, gateway="edge2") as load:
        eventually("it is under way", lambda: edge.metric("edge_cache_requests_total", "edge2") > before + 20)
        edge.mesh.signal("edge2", signal.SIGSTOP)
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                load.child.wait(1.5)
        finally:
            edge.mesh.signal("edge2", signal.SIGCONT)
        assert load.end() == 0, load.output + load.errors
    total = load.report["total"]
    assert total["requests"] + load.report["missed"] == 500
    # 150 of 500 were due in the stall: a client that waits with its next request would show one slow answer.
    assert total["latency_us"]["p90"] > 300_000, load.output


def test_limited_answers_are_errors(edge, tmp_path):
    flags = ("--rate", "150", "--warm-up", "0s", "--duration", "2s", "--threshold", "error-rate<1%")
    (tmp_path / "key").write_text("not-the-key-of-load-tests\n")
    scenario = tmp_path / "scenario.json"
    scenario.write_text('{"requests": [{"name": "list", "path": "/v1/products?limit=3"}]}')
    with Load(edge, tmp_path, *flags, "--key-file", tmp_path / "key", "--scenario", scenario) as load:
        assert load.end() == 2, load.output
    assert load.report["total"]["errors_by_kind"]["429"] > 0 and load.report["scenario"] == "load"


def test_a_killed_gateway_is_counted_and_the_report_written(edge, tmp_path):
    flags = ("--users", "20", "--think", "20ms", "--warm-up", "0s", "--duration", "4s", "--timeout", "1s",
             "--threshold", "error-rate<0.1%")
    before = edge.metric("edge_cache_requests_total", "edge2")
    with Load(edge, tmp_path, *flags, gateway="edge2") as load:
        eventually("it is under way", lambda: edge.metric("edge_cache_requests_total", "edge2") > before + 20)
        edge.mesh.kill("edge2")
        try:
            assert load.end() == 2, load.output + load.errors
        finally:
            edge.mesh.start_service("edge", name="edge2")
    report = load.report
    kinds = report["total"]["errors_by_kind"]
    assert kinds.get("connect", 0) > 0 and set(kinds) <= {"connect", "connection lost", "timeout", "5xx", "reset"}, kinds
    assert report["connecting"]["lost"] == 20 and report["connecting"]["failed"] > 0
    assert report["total"]["requests"] > report["total"]["errors"] > 0
    assert "connections: 20 made, 20 lost" in load.output


def test_a_gateway_that_comes_back_is_used_again(edge, tmp_path):
    flags = ("--rate", "50", "--connections", "4", "--warm-up", "0s", "--duration", "60s", "--timeout", "1s")
    before = edge.metric("edge_cache_requests_total", "edge2")
    with Load(edge, tmp_path, *flags, gateway="edge2") as load:
        eventually("it is under way", lambda: edge.metric("edge_cache_requests_total", "edge2") > before + 20)
        edge.mesh.kill("edge2")
        edge.mesh.start_service("edge", name="edge2")
        eventually("it goes on", lambda: edge.metric("edge_cache_requests_total", "edge2") > 20)
        load.child.send_signal(signal.SIGINT)
        assert load.end() == 130, load.output + load.errors
    report = load.report
    assert report["interrupted"] and 0 < report["seconds"] < 59 and report["connecting"]["made"] > 4
    assert report["total"]["requests"] >= 40 and ", interrupted" in load.output


@pytest.mark.parametrize(("flags", "url", "status", "expected"), (
    ((), "http://192.0.2.1:8080", 1, "not this machine"),
    ((), "http://gateway.invalid", 1, "URL: can't look up"),
    ((), "http://127.0.0.1:1", 1, "cannot connect to 127.0.0.1"),
    ((), "127.0.0.1:8080", 1, "URL: expected http://HOST:PORT"),
    (("--users", "0"), None, 64, "--users: expected 1 to 100000"),
    (("--rate", "5", "--users", "5"), None, 64, "expected one of them"),
    (("--threshold", "p95=1"), None, 64, "threshold"),
    (("--threshold", "nothing:p95<1s"), None, 1, "nothing is none of the scenario's requests"),
    (("--scenario", "/nonexistent.json"), None, 1, "/nonexistent.json: No such file"),
    (("--report", "/nonexistent/report.json"), None, 1, "/nonexistent/report.json: No such file"),
    (("--http", "3"), None, 64, "--http"),
))
def test_what_cannot_be_is_told_at_once(edge, tmp_path, flags, url, status, expected):
    with Load(edge, tmp_path, "--duration", "1s", *flags, url=url) as load:
        assert load.end() == status, load.output + load.errors
    assert expected in load.errors


def test_a_scenario_that_is_wrong_is_told_by_its_line(edge, tmp_path):
    scenario = tmp_path / "scenario.json"
    scenario.write_text('{"requests": [\n  {"name": "list", "path": "/v1/products", "wait": 3}\n]}\n')
    with Load(edge, tmp_path, "--scenario", scenario) as load:
        assert load.end() == 1
    assert f"{scenario}: line 2: requests[0].wait: is not known here" in load.errors
    scenario.write_text('{"variables": {"id": {"from": "/v1/deals", "field": "nothing.id"}},\n'
                        '"requests": [{"name": "deal", "path": "/v1/deals/{id}"}]}')
    with Load(edge, tmp_path, "--scenario", scenario) as load:
        assert load.end() == 1
    assert "variable id: the answer of /v1/deals has no nothing.id" in load.errors
