"""Who may talk to whom: the network policies say exactly what the services' code does."""

import importlib.util
import re
import subprocess
import sys

import pytest
from overlays import FOLDERS, K8S, PROJECT, SERVICES, objects, of_kind, one

SCRIPT = K8S / "scripts" / "network-table.py"
specification = importlib.util.spec_from_file_location("network_table", SCRIPT)
network_table = importlib.util.module_from_spec(specification)
specification.loader.exec_module(network_table)

INTERNET = "the Internet, no private addresses"


def source(folder):
    """All Swift of a service."""
    return "\n".join(path.read_text() for path in sorted((PROJECT / "Sources" / folder).rglob("*.swift")))


def service_port(name):
    """The port that the service's description gives it."""
    found = re.findall(r"\bport: (\d+),\s+opsPort: \d+", source(FOLDERS[name]))
    assert len(found) == 1, f"{name}: {found}"
    return int(found[0])


def called(service):
    """(receiver, port) of each service that the code calls."""
    if service == "pricing-worker":
        # `ROLE=worker` makes no channel: PricingService+Build.swift opens it where role is not worker.
        text = source("PricingService")
        assert text.index('if role != "worker"') < text.index('channel(to: "CATALOG_ADDRESS")') < text.index(
            'if role != "api"')
        return set()
    names = re.findall(r'channel\(\s*to: "([A-Z]+)_ADDRESS"', source(FOLDERS[service]))
    assert names
    return {(name.lower(), f"{service_port(name.lower())}/TCP") for name in names}


@pytest.mark.parametrize("overlay", ["dev", "production", "region-primary"])
@pytest.mark.parametrize("service", SERVICES)
def test_policies_let_a_service_call_what_its_code_calls_and_nothing_else(overlay, service):
    out, _ = network_table.ways(objects(f"overlays/{overlay}"))
    mine = {(to, port) for sender, to, port in out if sender == service}
    assert {way for way in mine if way[0] in SERVICES} == called(service)
    rest = {to for to, _ in mine if to not in SERVICES}
    text = source(FOLDERS[service])
    expected = {"DNS"}
    # The gateway is getting a schema of its own.
    if "migrations: migrations" in text or "migrations: [" in text or service == "edge":
        expected.add("postgres")
    if "usesRedis: true" in text:
        expected.add("redis")
    if "OutboundClient(" in text and service != "pricing":
        expected.add(INTERNET)
    if overlay != "dev":
        # What watches, with the component `monitoring`: traces, and reports of errors.
        expected |= {f"{name} of namespaces monitoring" for name in ("otel-collector", "sentry-relay")}
    assert rest == expected


def test_settings_lead_where_policies_let(overlay):
    out, _ = network_table.ways(objects(f"overlays/{overlay}"))
    for service in SERVICES:
        for name, value in one(overlay, "ConfigMap", service)["data"].items():
            if not name.endswith("_ADDRESS"):
                continue
            host, port = value.rsplit(":", 1)
            if host == "notifier-primary":
                host = next(to for sender, to, way in out if sender == service and to.startswith("the other region")
                            and way == f"{port}/TCP")
            assert (service, host, f"{port}/TCP") in out, f"{service}: {name}={value}"
            declared = {"notifier-primary": "notifier"}.get(value.rsplit(":", 1)[0], host)
            if declared in SERVICES:
                assert int(port) == service_port(declared)


def test_what_is_let_out_is_let_in_and_the_other_way_round(overlay):
    out, into = network_table.ways(objects(f"overlays/{overlay}"))
    inside = set(SERVICES) | {"postgres", "redis", "redis-keeper", "migrations", "load-test"}

    def within(ways):
        return {way for way in ways if way[0] in inside and way[1] in inside}

    # PostgreSQL's own pods may ask each other's status at 8000 and their database at 5432 by two rules.
    assert within(out) == within(into)


def test_all_is_denied_that_no_policy_allows(overlay):
    deny = one(overlay, "NetworkPolicy", "default-deny")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in of_kind(overlay, "NetworkPolicy"):
        for direction in ("ingress", "egress"):
            if policy["spec"].get(direction):
                assert direction.capitalize() in policy["spec"]["policyTypes"], policy["metadata"]["name"]


def test_only_workers_and_the_notifier_reach_the_internet(overlay):
    out, _ = network_table.ways(objects(f"overlays/{overlay}"))
    assert {sender for sender, to, _ in out if to == INTERNET} == {"pricing-worker", "notifier"}


def test_the_notifier_reaches_mail_servers_at_the_ports_that_its_settings_stand_for(overlay):
    text = source("NotifierService")
    ports = re.search(r"standardPort: security == \.implicit \? (\d+) : (\d+)", text).groups()
    out, _ = network_table.ways(objects(f"overlays/{overlay}"))
    assert {("notifier", INTERNET, f"{port}/TCP") for port in ports} <= out


def test_the_page_is_what_the_manifests_give():
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_services_admit_by_certificate_those_that_call_them():
    for service in ("catalog", "pricing", "notifier"):
        allowed = one("production", "ConfigMap", service)["data"]["TLS_ALLOWED_CLIENTS"].split(";")
        callers = {caller for caller in SERVICES if any(to == service for to, _ in called(caller))}
        # People call these two, by the certificate of the operators.
        callers |= {"operator"} if service in ("catalog", "pricing") else set()
        assert {name.removeprefix("spiffe://fiyatradari/") for name in allowed} == callers
        names = one("production", "Certificate", f"{service}-mesh")["spec"]
        assert names["uris"] == [f"spiffe://fiyatradari/{service}"] and service in names["dnsNames"]
