"""docs/metrics.md is what the four services export, and nothing else."""

import collections
import contextlib
import http.client
import re
import ssl
import subprocess
import time
import urllib.request

import certificates
import metrics_table
import pytest
from meshes import PROJECT, SERVICES, eventually

pytestmark = pytest.mark.timeout(300)


def provoke(mesh):
    """What a healthy mesh does not show by itself: a refused observation, a lost connection, a visitor sent to a shop."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", mesh.ports["edge"], timeout=30)) as connection:
        connection.request("GET", "/go/1", headers={"X-Api-Key": mesh.load_key})
        assert connection.getresponse().status == 302
    file = mesh.folder / "push.csv"
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    past = mesh.folder / "past" / "anadolu" / "prices.csv"
    product = past.read_text().splitlines()[1].split(",")[0]
    file.write_text(f"product_id,observed_at,price\n{product},{moment},77.00\n{product},2199-01-01T00:00:00Z,88.00\n")
    mesh.fiyat("import", "prices", file, "--shop", "anadolu", "--currency", "TRY", "--from-start")
    for service in ("catalog", "pricing", "notifier"):
        mesh.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{service}'")


def exposition(mesh, process):
    with urllib.request.urlopen(f"http://127.0.0.1:{mesh.ports[process + '-ops']}/metrics", timeout=10) as answer:
        return answer.read().decode()


class Shown(dict):
    """Every family, and which services show it."""

    def __init__(self):
        super().__init__()
        self.services = collections.defaultdict(set)


@pytest.fixture(scope="module")
def shown(mesh, tmp_path_factory):
    """Every family that a process shows: {name: (type, {sets of labels})}."""
    material = certificates.make(tmp_path_factory.mktemp("tls"))
    mesh.start_service("notifier", name="notifier2", settings={
        "TLS_CERT_FILE": material.server_cert, "TLS_KEY_FILE": material.server_key})
    provoke(mesh)
    wanted = {(row.name, service) for row in metrics_table.rows() if metrics_table.is_always_shown(row)
              for service in metrics_table.services(row)}
    found = Shown()

    def scrape():
        found.clear()
        found.services.clear()
        for process in (*SERVICES, "notifier2"):
            for name, (kind, labels) in metrics_table.exposed(exposition(mesh, process)).items():
                entry = found.setdefault(name, (kind, set()))
                entry[1].update(labels)
                found.services[name].add(process.removesuffix("2"))
        return wanted <= {(name, service) for name, services in found.services.items() for service in services}

    try:
        # Subscribers' positions are stored once a minute.
        eventually("all that is documented is shown", scrape, seconds=100, interval=1)
    except AssertionError:
        # The test says which are missing.
        pass
    # OpenSSL's own reading of the certificate: "notAfter=Nov 29 09:00:00 2026 GMT".
    end = subprocess.run(["openssl", "x509", "-enddate", "-noout", "-in", material.server_cert], capture_output=True,
                         text=True, check=True).stdout.strip().removeprefix("notAfter=")
    line = f'tls_certificate_expiry_timestamp_seconds{{setting="TLS_CERT_FILE"}} {int(ssl.cert_time_to_seconds(end))}'
    assert line in exposition(mesh, "notifier2").splitlines()
    mesh.stop("notifier2")
    return found


def test_everything_that_the_table_has_is_exported(shown):
    missing = {row.name for row in metrics_table.rows()} - set(shown)
    assert {name for name in missing if not name.startswith("fiyatradari_")} == set()


def test_everything_that_is_exported_is_in_the_table(shown):
    assert set(shown) - {row.name for row in metrics_table.rows()} == set()


def test_types_and_labels_are_as_the_table_has_them(shown):
    wrong = []
    for row in metrics_table.rows():
        if row.name not in shown:
            continue
        kind, labels = shown[row.name]
        if kind != row.kind:
            wrong.append(f"{row.name} is a {kind}")
        wrong += [f"{row.name} has the labels {sorted(found)}" for found in labels if found != row.labels]
    assert not wrong


def test_each_metric_is_shown_by_the_services_that_the_table_names(shown):
    wrong = [f"{row.name} is shown by {sorted(shown.services[row.name])}" for row in metrics_table.rows()
             if metrics_table.is_always_shown(row) and shown.services[row.name] != metrics_table.services(row)]
    assert not wrong, "\n".join(wrong)


def test_each_metric_is_described_once():
    counts = collections.Counter(row.name for row in metrics_table.rows())
    assert [name for name, count in counts.items() if count > 1] == []
    assert all(len(row.meaning) > 3 for row in metrics_table.rows())


def test_what_run_books_ask_the_database_is_understood(mesh):
    asked = [question for book in (PROJECT / "docs" / "runbooks").glob("*.md")
             for question in re.findall(r"`(SELECT [^`]+)`", book.read_text()) if "pg_drop_" not in question]
    assert len(asked) > 5
    for question in asked:
        mesh.sql(question, "fiyatradari")
