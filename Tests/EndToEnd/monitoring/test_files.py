"""What can be said of rules, run books, dashboards and routes without running a mesh."""

import json
import re
import subprocess
import sys

import observers
import pytest
import quicken
from meshes import PROJECT

MONITORING = PROJECT / "monitoring"
RULES = sorted(quicken.RULES.glob("*.yml"))


def alerts():
    """Names of all alerts with what their rule says."""
    text = "\n".join(path.read_text() for path in RULES)
    parts = re.split(r"^      - (?=alert: |record: )", text, flags=re.M)
    return {part.split("\n", 1)[0].removeprefix("alert: "): part for part in parts if part.startswith("alert: ")}


def test_each_alert_has_its_run_book_and_each_run_book_its_alert():
    books = {path.stem for path in (PROJECT / "docs" / "runbooks").glob("*.md")}
    assert set(alerts()) == books


def test_each_alert_says_how_bad_it_is_what_it_means_and_where_its_run_book_is():
    for name, rule in alerts().items():
        assert re.search(r"severity: (critical|warning|info|none)\}", rule), name
        assert "summary: " in rule and "description: " in rule, name
        assert f"runbook_url: docs/runbooks/{name}.md" in rule, name


def test_alerts_of_kubernetes_lead_to_run_books_and_have_tests():
    text = (MONITORING / "prometheus" / "cloudnative-pg" / "alerts.yml").read_text()
    named = set(re.findall(r"- alert: (\w+)", text))
    assert named == set(re.findall(r"runbook_url: docs/runbooks/(\w+)\.md", text)) and named <= set(alerts())
    tests = (MONITORING / "prometheus" / "tests" / "cloudnative-pg.test.yml").read_text()
    assert named == set(re.findall(r"^- name: (\w+) fires on Kubernetes$", tests, flags=re.M))


def test_run_books_lead_to_pages_and_headings_that_exist():
    for book in (PROJECT / "docs" / "runbooks").glob("*.md"):
        text = book.read_text()
        assert all(heading in text for heading in ("## What it means", "## Look", "## Do")), book.name
        for target in re.findall(r"\]\(([^)]+)\)", text):
            path, _, anchor = target.partition("#")
            page = (book.parent / path).resolve()
            assert page.exists(), f"{book.name}: {target}"
            headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
                        for line in page.read_text().splitlines() if line.startswith("#")}
            assert not anchor or anchor in headings, f"{book.name}: {target}"


def test_promtool_accepts_rules_and_configuration():
    status, text = observers.promtool(
        "check", "rules", *RULES, MONITORING / "prometheus" / "cloudnative-pg" / "alerts.yml")
    assert status == 0, text
    status, text = observers.promtool("check", "config", MONITORING / "prometheus" / "prometheus.yml")
    assert status == 0, text


def test_each_alert_has_a_unit_test_that_fires_it():
    text = "\n".join(path.read_text() for path in (MONITORING / "prometheus" / "tests").glob("*.test.yml"))
    fired = set(re.findall(r"^- name: (\w+) fires$", text, flags=re.M))
    assert fired == set(alerts())


def test_dashboards_are_what_the_script_writes():
    script = MONITORING / "grafana" / "dashboards.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True)
    boards = [json.loads(path.read_text()) for path in (MONITORING / "grafana" / "dashboards").glob("*.json")]
    assert len({board["uid"] for board in boards}) == len(boards) == 7


@pytest.mark.parametrize("labels, receiver", [
    ({"alertname": "ServiceMissing", "severity": "critical"}, "pager"),
    ({"alertname": "EventLagHigh", "severity": "warning"}, "tickets"),
    ({"alertname": "MetricsRefused", "severity": "info"}, "nobody"),
    ({"alertname": "AlertingWorks", "severity": "none"}, "heartbeat"),
])
def test_alertmanager_sends_alerts_where_their_severity_says(labels, receiver):
    config = MONITORING / "alertmanager" / "alertmanager.yml"
    subprocess.run([observers.program("amtool"), "check-config", str(config)], check=True, capture_output=True)
    result = subprocess.run(
        [observers.program("amtool"), "config", "routes", "test", "--config.file", str(config),
         *(f"{name}={value}" for name, value in labels.items())], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == receiver


def test_the_quick_copy_shortens_every_wait():
    for path in RULES:
        text = quicken.quick(path.read_text())
        assert not re.search(r"for: \d+[mhd]|\[\d+[mhd]\]", text), path.name
