"""A real Prometheus beside the real mesh: expressions have data, and faults fire their alerts and no others."""

import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import sys
import time
import urllib.request

import certificates
import pytest
from meshes import PROJECT, eventually

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import replicas  # noqa: E402

pytestmark = pytest.mark.timeout(300)

# Times of a machine that builds something else meanwhile say nothing of the mesh.
OF_THE_MACHINE = {"EventLoopStalls", "EdgeLatencyBudgetBurnsFast", "EdgeLatencyBudgetBurnsSlowly", "MemoryHigh",
                  "DiskAlmostFull", "ChecksOverdue"}
FUNCTIONS = set("""sum rate increase by on and or unless absent min max avg_over_time min_over_time histogram_quantile
    time scalar vector label_replace changes topk count le ignoring group_left""".split())


def dashboards():
    """Every expression of every dashboard: [(dashboard and panel, expression), …]."""
    return [(f"{board['title']}: {panel['title']}", target["expr"])
            for path in sorted((PROJECT / "monitoring" / "grafana" / "dashboards").glob("*.json"))
            for board in [json.loads(path.read_text())] for panel in board["panels"] for target in panel["targets"]]


def rules():
    """Every expression of every rule, by the rule's name."""
    text = "\n".join(path.read_text() for path in sorted((PROJECT / "monitoring" / "prometheus" / "rules").glob("*.yml")))
    found = []
    for part in re.split(r"^      - (?=alert: |record: )", text, flags=re.M)[1:]:
        expression = re.search(r"expr: (?:\|\n((?: {10}.*\n)+)|(.*))", part)
        found.append((part.split("\n", 1)[0].split(": ")[1], (expression[1] or expression[2])))
    return found


def selectors(expression):
    """Names of metrics in an expression, each with the labels that it is asked by."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    bare = re.sub(r"\b(?:by|on|ignoring)\s*\([^)]*\)", "", bare)
    for name, labels in re.findall(r"\b([a-zA-Z_][\w:]*)(?:\{([^}]*)\})?(?![\w(])", re.sub(r"\[[^\]]*\]", "", bare)):
        if name not in FUNCTIONS and not re.fullmatch(r"[mhd]\d*|e\d+", name):
            yield name, set(re.findall(r"(\w+)(?:=|!)", labels))


def settle(observers):
    """Waits until nothing fires but what always does."""
    def quiet():
        names = {name for name, _ in observers.firing()} - OF_THE_MACHINE
        return names == {"AlertingWorks"}

    try:
        eventually("nothing fires", quiet, seconds=90, interval=0.5)
    except AssertionError as error:
        raise AssertionError(f"{error}; what fires: {observers.firing()}") from None


@pytest.fixture(scope="module")
def certificate(mesh, observers, tmp_path_factory):
    """A second catalog, which serves TLS; gives a function that exchanges its certificate for one that lasts so long."""
    folder = tmp_path_factory.mktemp("tls")
    material = certificates.make(folder, datetime.timedelta(days=60))

    def renew(lifetime):
        new = certificates.make(tmp_path_factory.mktemp("renewed"), lifetime)
        for source, target in ((new.server_key, material.server_key), (new.server_cert, material.server_cert)):
            os.replace(source, target)

    mesh.start_service("catalog", name="catalog2", settings={
        "TLS_CERT_FILE": material.server_cert, "TLS_KEY_FILE": material.server_key})
    observers.add_targets(catalog=mesh.ports["catalog2-ops"])
    yield renew
    observers.add_targets()
    mesh.stop("catalog2")


@pytest.fixture(scope="module", autouse=True)
def visitor(mesh, certificate):
    """What the gateway has no figures of before it has happened."""
    assert visit(mesh, 1) == 204


def visit(mesh, count):
    """Tells the gateway of so many page views at once; its answer's status."""
    body = json.dumps({"events": [{"kind": "EVENT_KIND_PAGE_VIEW", "page": "/p/7", "language": "tr"}] * count})
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", mesh.ports["edge"], timeout=20)) as edge:
        edge.request("POST", "/v1/events", body=body, headers={
            "Content-Type": "application/json", "X-Api-Key": mesh.load_key})
        return edge.getresponse().status


def test_every_expression_of_a_dashboard_returns_data_under_load(observers):
    # Like the rules' copy: there is no history of five minutes yet.
    questions = [(name, expression.replace("[5m]", "[20s]")) for name, expression in dashboards()]
    empty = dict(questions)
    # A healthy mesh has no answer from a method that fails.
    rightly = {"Fiyatradari: mesh: Faults of servers"}

    def ask():
        for name, expression in questions:
            assert not observers.parses(expression), f"{name}: {expression}"
            if observers.query(expression):
                empty.pop(name, None)
        return set(empty) <= rightly

    try:
        eventually("all have data", ask, seconds=100, interval=2)
    except AssertionError:
        pass
    assert len(questions) > 100
    assert set(empty) <= rightly, empty


def test_every_metric_and_label_that_a_rule_asks_for_is_there(observers):
    wrong = []
    for name, expression in rules():
        for metric, labels in selectors(expression):
            samples = observers.query(metric)
            if not samples and metric not in {
                    "job_service_method:rpc_server_faults:rate5m", "source:check_failures:rate5m",
                    "postgres_errors_total"}:
                wrong.append(f"{name}: {metric} has no data")
            for label in labels if samples else ():
                if not any(label in found for found, _ in samples):
                    wrong.append(f"{name}: {metric} has no label {label}")
    assert not wrong
    assert not observers.broken_rules()


def test_a_healthy_mesh_fires_nothing_but_the_proof_that_alerts_work(observers):
    settle(observers)


def fires(observers, wanted, allowed, seconds=60):
    """Waits until the wanted alerts fire; returns how long that took. Others than the allowed must not."""
    started = time.monotonic()
    seen = set()

    def all_fire():
        firing = observers.firing()
        seen.update(name for name, _ in firing)
        return wanted <= firing

    try:
        eventually("the alerts fire", all_fire, seconds, interval=0.3)
    except AssertionError as error:
        raise AssertionError(f"{error}: {wanted - observers.firing()}; what fires: {observers.firing()}") from None
    others = seen - OF_THE_MACHINE - {"AlertingWorks"} - {name for name, _ in wanted} - allowed
    assert not others, f"these fire as well: {others}"
    return time.monotonic() - started


def test_a_killed_service_is_missed_and_its_return_is_seen(mesh, observers):
    settle(observers)
    mesh.stop("notifier", signal.SIGKILL)
    took = fires(observers, {("ServiceMissing", "notifier"), ("ServiceDown", "notifier"), ("DependencyCheckFails", "edge")},
                 allowed={"EdgeErrorBudgetBurnsFast", "EdgeErrorBudgetBurnsSlowly"})
    print(f"a killed service: all alerts after {took:.1f} s")
    mesh.start_service("notifier")
    settle(observers)


def test_messages_that_do_not_go_out_are_told_of(mesh, observers):
    settle(observers)
    channel = next(each["id"] for each in mesh.demo.gateway("/v1/channels")["channels"] if each["verified"])
    pause(mesh, "pause")
    mesh.demo.gateway(f"/v1/channels/{channel}/test", {})
    took = fires(observers, {("DeliveriesWait", ""), ("SendingPausedLong", "")}, allowed=set(), seconds=90)
    print(f"messages that wait: all alerts after {took:.1f} s")
    pause(mesh, "resume")
    settle(observers)


def pause(mesh, verb):
    """Stops or resumes sending, as an operator does."""
    token = mesh.secret_file("admin-token").read_text().strip()
    request = urllib.request.Request(
        f"http://127.0.0.1:{mesh.ports['edge']}/v1/admin/jobs/notify/{verb}", data=b"", method="POST",
        headers={"Authorization": f"Bearer {token.split(':')[-1]}"})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.status == 200


def test_a_stopped_database_is_told_of_and_all_is_well_after_its_return(mesh, observers):
    settle(observers)
    mesh.stop("postgres", signal.SIGINT)
    took = fires(
        observers, {("PostgresDown", "postgres"), ("DependencyCheckFails", "catalog"),
                    ("DependencyCheckFails", "pricing"), ("DependencyCheckFails", "notifier")},
        # What follows from it, as far as the requests and tasks of these seconds meet it.
        allowed={"DatabaseErrors", "BackgroundTaskFails", "RpcFaults", "EdgeErrorBudgetBurnsFast", "PoolSaturated",
                 "EdgeErrorBudgetBurnsSlowly", "EventLogUpkeepFails", "ChecksStall", "SendingFails", "EventLagHigh",
                 "EdgeCacheAlone", "ExporterDown"})
    print(f"a stopped database: all alerts after {took:.1f} s")
    mesh.start("postgres")
    settle(observers)


def test_a_lost_replica_is_told_of_and_used_again_after_its_return(mesh, observers):
    settle(observers)
    mesh.kill("replica")
    # The pool tries to connect again and again; the slot keeps WAL.
    took = fires(observers, {("ReadReplicaUnused", "pricing"), ("PostgresSlotInactive", "postgres")},
                 allowed={"DatabaseErrors"})
    print(f"a lost replica: all alerts after {took:.1f} s")
    replicas.start(mesh)
    settle(observers)
    assert observers.query('postgres_replica_in_use{job="pricing"} == 1')


def test_a_certificate_about_to_end_is_told_of_until_it_is_renewed(observers, certificate):
    settle(observers)
    certificate(datetime.timedelta(days=10))
    took = fires(observers, {("CertificateExpires", "catalog")}, allowed=set())
    print(f"a certificate that ends in 10 days: alert after {took:.1f} s")
    certificate(datetime.timedelta(days=2))
    # The first one holds until the new certificate is seen.
    took = fires(observers, {("CertificateExpiresNow", "catalog")}, allowed={"CertificateExpires"})
    print(f"a certificate that ends in 2 days: alert after {took:.1f} s")
    certificate(datetime.timedelta(days=60))
    settle(observers)


def test_a_receiver_of_traces_that_hangs_is_told_of_and_nothing_else_notices(observers, watch):
    settle(observers)
    watch.behaviour["traces"] = "hang"
    try:
        took = fires(observers, {("TelemetryLost", "edge")}, allowed=set(), seconds=90)
    finally:
        watch.behaviour["traces"] = "take"
    print(f"a receiver that hangs: alert after {took:.1f} s")
    settle(observers)


def test_visits_that_cannot_be_written_are_told_of_and_written_later(mesh, observers):
    settle(observers)
    before = written(mesh)
    # The database takes no event, and all else.
    mesh.sql("REVOKE INSERT ON edge.analytics_event FROM edge", "fiyatradari")
    try:
        for _ in range(4):
            assert visit(mesh, 50) == 204
        took = fires(observers, {("AnalyticsEventsWait", "edge")}, allowed={"BackgroundTaskFails"})
    finally:
        mesh.sql("GRANT INSERT ON edge.analytics_event TO edge", "fiyatradari")
    print(f"visits that wait: alert after {took:.1f} s")
    settle(observers)
    assert written(mesh) >= before + 200


def written(mesh):
    return int(mesh.sql("SELECT count(*) FROM edge.analytics_event WHERE page = '/p/7'", "fiyatradari"))


def test_more_visits_than_people_make_are_left_out_and_told_of(mesh, observers):
    settle(observers)
    kept = written(mesh)

    def floods():
        assert visit(mesh, 50) == 204
        return ("AnalyticsFlood", "edge") in observers.firing()

    eventually("the flood is told of", floods, 90, 0.5)
    settle(observers)
    assert written(mesh) <= kept + 1300, "more was kept than two minutes' share of an address"
