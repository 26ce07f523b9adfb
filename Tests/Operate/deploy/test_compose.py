"""The compose files, as compose itself reads them."""

import json
import pathlib
import re
import subprocess

import compose
import pytest
import yaml
from overlays import FOLDERS, PROJECT, one

FOLDER = PROJECT / "compose"
# The package's own start script ends with 0 whatever happens.
COMPOSE = pathlib.Path(compose.__file__).parent / "docker-compose"
FILES = ("compose.yaml", "compose.observability.yaml", "compose.load.yaml")
SERVICES = ("catalog", "pricing", "notifier", "edge")


def configured(*files, folder=FOLDER):
    """What compose makes of files, as its own JSON."""
    command = [str(COMPOSE), "--env-file", str(FOLDER / ".env.example"), "--profile", "*"]
    for name in files:
        command += ["-f", str(folder / name)]
    done = subprocess.run([*command, "config", "--format", "json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", name="whole")
def whole_fixture():
    return configured(*FILES)


def test_compose_accepts_each_combination():
    for files in (FILES[:1], FILES[:2], (FILES[0], FILES[2])):
        configured(*files)


def test_compose_refuses_what_is_wrong(tmp_path):
    (tmp_path / "wrong.yaml").write_text("services: {a: {image: b, memmory: 1}}\n")
    with pytest.raises(AssertionError, match="memmory"):
        configured("wrong.yaml", folder=tmp_path)


def test_every_container_is_confined_and_bounded(whole):
    for name, service in whole["services"].items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        limits = service["deploy"]["resources"]["limits"]
        assert float(limits["cpus"]) > 0 and int(limits["memory"]) > 0 and limits["pids"] > 0, name
        assert not service.get("privileged"), name
        if name != "postgres-volume":
            assert int(service["user"].split(":")[0]) > 0 and "cap_add" not in service, name


def test_services_wait_for_their_schema_and_tell_how_they_are(whole):
    for name in SERVICES:
        service, migration = whole["services"][name], whole["services"][f"migrate-{name}"]
        assert service["image"] == migration["image"] and migration["command"] == ["--migrate-only"]
        assert service["depends_on"][f"migrate-{name}"]["condition"] == "service_completed_successfully"
        assert migration["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert service["environment"]["MIGRATE"] == "false"
        assert service["healthcheck"]["test"] == ["CMD", "/service", "--probe"]
        timeout = int(service["environment"]["SHUTDOWN_TIMEOUT"].removesuffix("s"))
        assert int(re.fullmatch(r"(\d+)s", service["stop_grace_period"]).group(1)) >= timeout + 5


def test_settings_are_those_of_the_manifests_or_explained(whole):
    """What a deployment needs to be told is told in both places, and nothing that the program does not know."""
    known_apart = {
        # Roles are apart, addresses are trusted and threads are counted in Kubernetes alone.
        "pricing": {"ROLE"}, "edge": {"TRUSTED_PROXIES"}, "notifier": set(), "catalog": set(),
    }
    # What the observers' own parts add, here and there.
    watching = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"}
    for name in SERVICES:
        here = set(whole["services"][name]["environment"])
        assert watching <= here and watching <= set(one("production", "ConfigMap", name)["data"])
        assert not watching & set(configured("compose.yaml")["services"][name]["environment"])
        here -= watching
        there = set(one("dev", "ConfigMap", name)["data"])
        assert here - there == {"LOG_LEVEL"} | known_apart[name] - {"ROLE"}, name
        assert there - here == {"EVENT_LOOPS", "SHUTDOWN_DELAY"} | (
            set() if name == "edge" else {"RPC_MAX_CONNECTION_AGE"}), name


def test_settings_are_settings_of_the_programs(whole):
    common = (PROJECT / "Sources/Shared/ServiceKit/Settings/CommonSettings.swift").read_text()
    for name in SERVICES:
        own = "\n".join(path.read_text() for path in (PROJECT / "Sources" / FOLDERS[name]).rglob("*.swift"))
        own += common
        for variable in set(whole["services"][name]["environment"]) | set(one("production", "ConfigMap", name)["data"]):
            setting = variable.removesuffix("_FILE")
            shared = f'"{setting}"' in own or f'"{variable}"' in own
            is_known = shared and not (setting == "DATABASE_URL" and "migrations: nil" in own)
            assert is_known, f"{name} has no setting {variable}"


def test_the_load_test_is_the_same_here_and_there(whole):
    job = yaml.safe_load((PROJECT / "k8s/components/load-test/job.yaml").read_text())
    there = job["spec"]["template"]["spec"]["containers"][0]["args"]
    here = whole["services"]["load"]["command"]
    keys = {"--key-file=/run/secrets/edge-internal-key": "--key-file=/run/secrets/fiyatradari/internal-key"}
    assert [keys.get(part, part) for part in here] == there and set(keys) <= set(here)


def test_only_the_gateway_and_dashboards_are_published_and_on_loopback(whole):
    published = {name: service["ports"] for name, service in whole["services"].items() if service.get("ports")}
    assert set(published) == {"edge", "prometheus", "alertmanager", "grafana"}
    assert all(port["host_ip"] == "127.0.0.1" for ports in published.values() for port in ports)


def test_networks_keep_stores_inside(whole):
    assert whole["networks"]["mesh"]["internal"] and whole["networks"]["stores"]["internal"]
    reach = {name for name, service in whole["services"].items()
             if set(service.get("networks") or {}) & {"outside"}}
    assert reach == {"pricing", "notifier", "alertmanager"}
    for name in ("postgres", "redis"):
        assert set(whole["services"][name]["networks"]) == {"stores"}
    assert "stores" not in whole["services"]["prometheus"]["networks"]


def test_every_secret_is_a_file_that_make_secrets_draws(whole, tmp_path):
    subprocess.run([str(PROJECT / "dev/make-secrets.sh"), "--for", "compose", str(tmp_path)], check=True,
                   capture_output=True)
    used = {entry["source"] for service in whole["services"].values() for entry in service.get("secrets") or []}
    assert used == set(whole["secrets"])
    for name, secret in whole["secrets"].items():
        path = pathlib.Path(secret["file"])
        assert path.is_relative_to(FOLDER / "secrets"), name
        drawn = tmp_path / path.relative_to(FOLDER / "secrets")
        assert drawn.stat().st_size > 0, name
        assert drawn.stat().st_mode & 0o777 == 0o444
    for service in whole["services"].values():
        for variable, value in (service.get("environment") or {}).items():
            if variable.endswith(("_FILE", "__FILE")) and value:
                targets = {entry.get("target") or f"/run/secrets/{entry['source']}" for entry in service["secrets"]}
                targets = {target if target.startswith("/") else f"/run/secrets/{target}" for target in targets}
                assert value in targets, variable


def test_files_that_are_mounted_are_there(whole):
    for name, service in whole["services"].items():
        for volume in service.get("volumes") or []:
            if volume["type"] == "bind" and "/monitoring/" not in volume["source"] and volume["source"] != "/":
                assert pathlib.Path(volume["source"]).exists(), f"{name}: {volume['source']}"


def test_the_example_of_settings_has_no_secret_and_names_what_is_used():
    example = dict(line.split("=", 1) for line in (FOLDER / ".env.example").read_text().splitlines()
                   if line and not line.startswith("#"))
    text = (FOLDER / "compose.yaml").read_text()
    assert set(example) == set(re.findall(r"\$\{([A-Z_]+):-", text))
    assert not [name for name in example if re.search("PASSWORD|SECRET|TOKEN|KEY", name)]


def test_the_collectors_configuration_is_whole():
    configuration = yaml.safe_load((FOLDER / "otel/collector.yaml").read_text())
    for pipeline in configuration["service"]["pipelines"].values():
        for kind, names in pipeline.items():
            assert set(names) <= set(configuration[kind])
