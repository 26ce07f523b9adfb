"""Manifests that a real API server takes, and that hold together."""

import ipaddress
import json
import re
import subprocess

import custom_resources
import kubernetes_validate
import pytest
import yaml
from overlays import K8S, OVERLAYS, PROJECT, SERVICES, objects, of_kind, one, rendered, tool

VERSIONS = ("1.32.0", "1.37.0")
WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")


def pod_spec(item):
    spec = item["spec"]
    if item["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"]


def pod_labels(item):
    spec = item["spec"]
    if item["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["metadata"].get("labels", {})


def containers(item):
    return pod_spec(item).get("initContainers", []) + pod_spec(item)["containers"]


def settings(overlay, service):
    """A service's settings by environment, as its container gets them."""
    return one(overlay, "ConfigMap", service)["data"]


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", text).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def matches(selector, labels):
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(labels.get(expression["key"]) in expression["values"]
               for expression in selector.get("matchExpressions", []))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_has_the_form_that_the_api_server_or_the_operator_wants(overlay, version):
    for item in objects(f"overlays/{overlay}"):
        where = f"{item['kind']} {item['metadata']['name']}"
        shape = custom_resources.SHAPES.get((item["apiVersion"], item["kind"]))
        if shape is None:
            # Kinds that Kubernetes itself does not have fail here when nobody wrote their shape down.
            kubernetes_validate.validate(item, version, strict=True)
        else:
            assert set(item) == {"apiVersion", "kind", "metadata", "spec"}, where
            assert not custom_resources.faults(item["spec"], shape), where


def test_the_shapes_of_custom_resources_refuse_what_they_do_not_know():
    cluster = json.loads(json.dumps(one("production", "Cluster", "postgres")["spec"]))
    shape = custom_resources.SHAPES["postgresql.cnpg.io/v1", "Cluster"]
    cluster["instances"] = "3"
    cluster["storage"]["sizes"] = "1Gi"
    cluster["managed"]["roles"][0].pop("name")
    cluster["primaryUpdateStrategy"] = "never"
    assert sorted(custom_resources.faults(cluster, shape)) == [
        "spec.instances: expected int, got '3'", "spec.managed.roles[0].name: is missing",
        "spec.primaryUpdateStrategy: 'never' is none of ['supervised', 'unsupervised']",
        "spec.storage.sizes: is not known"]


def test_no_name_stands_twice_and_all_is_in_the_namespace(overlay):
    names = [(item["apiVersion"].partition("/")[0], item["kind"], item["metadata"]["name"])
             for item in objects(f"overlays/{overlay}")]
    assert len(set(names)) == len(names)
    for item in objects(f"overlays/{overlay}"):
        assert item["kind"] == "Namespace" or item["metadata"]["namespace"] == "fiyatradari", item["metadata"]["name"]


def test_the_development_overlay_needs_no_operator():
    assert not {item["kind"] for item in objects("overlays/dev")} & {kind for _, kind in custom_resources.SHAPES}


def test_every_pod_is_confined_as_the_restricted_standard_wants(overlay):
    for item in of_kind(overlay, *WORKLOADS):
        spec, where = pod_spec(item), f"{item['kind']} {item['metadata']['name']}"
        assert spec["securityContext"]["runAsNonRoot"] is True, where
        assert spec["securityContext"]["runAsUser"] >= 10_000, where
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False, where
        for container in containers(item):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }, where
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), where
            assert {"cpu", "memory"} <= set(container["resources"]["limits"]), where


def test_every_reference_leads_to_something(overlay):
    items = objects(f"overlays/{overlay}")
    config_maps = {item["metadata"]["name"]: set(item["data"]) for item in items if item["kind"] == "ConfigMap"}
    accounts = {item["metadata"]["name"] for item in items if item["kind"] == "ServiceAccount"}
    secrets = known_secrets(overlay)
    for item in of_kind(overlay, *WORKLOADS):
        where, spec = f"{item['kind']} {item['metadata']['name']}", pod_spec(item)
        assert spec.get("serviceAccountName", "default") in accounts | {"default"}, where
        volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
        volumes |= {claim["metadata"]["name"]: claim for claim in item["spec"].get("volumeClaimTemplates", [])}
        mounted = {mount["name"] for container in containers(item) for mount in container.get("volumeMounts", [])}
        assert mounted == set(volumes), where
        for container in containers(item):
            for source in container.get("envFrom", []):
                assert source["configMapRef"]["name"] in config_maps, where
        for volume in volumes.values():
            for source in volume.get("projected", {}).get("sources", [volume]):
                if "configMap" in source:
                    keys = config_maps[source["configMap"]["name"]]
                    assert {entry["key"] for entry in source["configMap"].get("items", [])} <= keys, where
                if "secret" in source:
                    name = source["secret"].get("secretName") or source["secret"]["name"]
                    assert {entry["key"] for entry in source["secret"].get("items", [])} <= secrets[name], where


def known_secrets(overlay):
    """Secrets with their keys: those that dev/make-secrets.sh fills, and those that operators make."""
    described = yaml.safe_load((K8S / "overlays/dev/secrets/kustomization.yaml").read_text())["secretGenerator"]
    secrets = {entry["name"]: {path.rsplit("/", 1)[1] for path in entry["files"]} for entry in described}
    for item in of_kind(overlay, "Certificate"):
        secrets[item["spec"]["secretName"]] = {"ca.crt", "tls.crt", "tls.key"}
    for item in of_kind(overlay, "Cluster"):
        secrets[item["metadata"]["name"] + "-ca"] = {"ca.crt", "ca.key"}
    if overlay.startswith("region"):
        secrets["postgres-peer"] = {"ca.crt", "tls.crt", "tls.key"}
    return secrets


def test_every_file_that_a_setting_names_is_mounted(overlay):
    for item in of_kind(overlay, "Deployment", "Job"):
        name = item["metadata"]["name"]
        if name not in SERVICES and not name.startswith("migrate-"):
            continue
        secrets = known_secrets(overlay)
        for container in containers(item):
            values = {entry["name"]: entry["value"] for entry in container.get("env", [])}
            # Migrations open no connection but the database's.
            is_migration = container["args"] == ["--migrate-only"] if "args" in container else False
            if "envFrom" in container:
                values |= settings(overlay, name)
            volumes = {volume["name"]: volume for volume in pod_spec(item)["volumes"]}
            files = set()
            for mount in container["volumeMounts"]:
                volume = volumes[mount["name"]]
                for source in volume.get("projected", {}).get("sources", [volume]):
                    secret = source["secret"]
                    keys = secrets[secret.get("secretName") or secret["name"]]
                    listed = [entry["path"] for entry in secret.get("items", [])] or keys
                    files |= {f"{mount['mountPath']}/{path}" for path in listed}
            for setting, value in values.items():
                if setting.endswith("_FILE") and not (is_migration and "TLS" in setting):
                    assert value in files, f"{overlay} {name}: {setting}={value}, mounted: {sorted(files)}"


def test_pods_have_time_to_drain(overlay):
    for service in SERVICES:
        spec = pod_spec(one(overlay, "Deployment", service))
        values = settings(overlay, service)
        before = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert before >= 5
        assert seconds(values["SHUTDOWN_DELAY"]) < seconds(values["SHUTDOWN_TIMEOUT"])
        # SHUTDOWN_TIMEOUT counts from the signal, so it holds SHUTDOWN_DELAY.
        assert spec["terminationGracePeriodSeconds"] >= before + seconds(values["SHUTDOWN_TIMEOUT"]) + 5


def test_probes_ask_for_what_they_are_for(overlay):
    has_tls = any("TLS_CERT_FILE" in settings(overlay, service) for service in SERVICES)
    for service in SERVICES:
        values, container = settings(overlay, service), pod_spec(one(overlay, "Deployment", service))["containers"][0]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert values["LISTEN"] == f":{ports['serve']}" and values["OPS_LISTEN"] == f":{ports['ops']}"
        # The kubelet can show no certificate, and the gateway speaks no gRPC.
        by_http = service == "edge" or "TLS_CLIENT_CA_FILE" in values
        live, ready, start = (container[kind + "Probe"] for kind in ("liveness", "readiness", "startup"))
        if by_http:
            assert (live["httpGet"], ready["httpGet"]) == (
                {"path": "/healthz", "port": "ops"}, {"path": "/readyz", "port": "ops"}), service
        else:
            assert live["grpc"] == {"port": ports["serve"], "service": "live"}, service
            assert ready["grpc"] == {"port": ports["serve"]}, service
        # DATABASE_WAIT is a minute by default: a start that waits for the database is not cut short.
        assert start["periodSeconds"] * start["failureThreshold"] > 60, service
    assert has_tls == (overlay != "dev")


def test_the_name_live_is_what_the_services_know():
    text = (PROJECT / "Sources/Shared/ServiceKit/ServiceRun.swift").read_text()
    assert 'static let liveness = "live"' in text


def test_disruption_budgets_and_services_and_autoscalers_select_pods(overlay):
    pods = [pod_labels(item) for item in of_kind(overlay, *WORKLOADS)]
    for item in of_kind(overlay, "PodDisruptionBudget"):
        assert any(matches(item["spec"]["selector"], labels) for labels in pods), item["metadata"]["name"]
    for item in of_kind(overlay, "Service"):
        if "selector" in item["spec"]:
            selector = {"matchLabels": item["spec"]["selector"]}
            assert any(matches(selector, labels) for labels in pods), item["metadata"]["name"]
    deployments = {item["metadata"]["name"] for item in of_kind(overlay, "Deployment")}
    targets = [item["spec"]["scaleTargetRef"]["name"]
               for item in of_kind(overlay, "HorizontalPodAutoscaler", "ScaledObject")]
    assert set(targets) <= deployments and len(set(targets)) == len(targets)
    for service in SERVICES:
        assert service in targets
        replicas = one(overlay, "Deployment", service)["spec"].get("replicas")
        # A number here would undo the autoscaler's at each rollout; none at all keeps it away.
        assert replicas in (None, 0)


def test_services_that_are_called_by_grpc_are_headless(overlay):
    for service in ("catalog", "pricing", "notifier"):
        assert one(overlay, "Service", service)["spec"]["clusterIP"] == "None"


def test_connections_to_the_database_suffice():
    scaled = {item["spec"]["scaleTargetRef"]["name"]: item["spec"].get("maxReplicas") or item["spec"]["maxReplicaCount"]
              for item in of_kind("production", "HorizontalPodAutoscaler", "ScaledObject")}
    text = (PROJECT / "Sources/Shared/ServiceKit/Settings/CommonSettings.swift").read_text()
    pool = int(re.search(r'"DATABASE_POOL_SIZE", default: (\d+)', text).group(1))
    needed = sum((scaled[service] + 1) * int(settings("production", service).get("DATABASE_POOL_SIZE", pool))
                 for service in SERVICES)
    cluster = one("production", "Cluster", "postgres")["spec"]
    # Rollouts have one pod more of each; standbys, backups and people need some as well.
    assert needed + 30 <= int(cluster["postgresql"]["parameters"]["max_connections"])


def test_the_regions_are_each_others_counterparts():
    primary, replica = (next(item["data"] for item in of_kind(overlay, "ConfigMap")
                             if item["metadata"]["name"] == "region")
                        for overlay in ("region-primary", "region-replica"))
    assert (primary["REGION"], primary["OTHER"]) == (replica["OTHER"], replica["REGION"])
    for values in (primary, replica):
        ipaddress.ip_network(values["OTHER_CIDR"])
    for overlay in ("region-primary", "region-replica"):
        text = rendered(f"overlays/{overlay}")
        # What stands for a region in components was replaced everywhere.
        assert not re.findall(r"\b(?:here|other)\.fiyatradari|192\.0\.2\.|/here\b|name: other\b|: here\b|: other\b", text)
        cluster = one(overlay, "Cluster", "postgres")["spec"]
        assert cluster["replica"]["primary"] == primary["REGION"]
        assert cluster["externalClusters"][0]["name"] == cluster["replica"]["source"] != cluster["replica"]["self"]


def test_connection_strings_name_what_the_certificate_shows(tmp_path):
    subprocess.run([str(PROJECT / "dev/make-secrets.sh"), "--for", "production", str(tmp_path)], check=True,
                   capture_output=True)
    for overlay in ("production", "region-primary", "region-replica"):
        names = one(overlay, "Cluster", "postgres")["spec"]["certificates"]["serverAltDNSNames"]
        services = {item["metadata"]["name"] for item in of_kind(overlay, "Service", "Pooler")}
        for path in tmp_path.glob("*/database-*"):
            host = re.search(r"@([a-z-]+):5432/", path.read_text()).group(1)
            assert host in names and host in services, path.name
        if overlay != "production":
            region = next(item["data"] for item in of_kind(overlay, "ConfigMap") if item["metadata"]["name"] == "region")
            assert f"postgres.{region['REGION']}.fiyatradari.example" in names


def test_only_one_region_writes():
    replica, primary = ({service: one(overlay, "Deployment", service)["spec"] for service in SERVICES}
                        for overlay in ("region-replica", "region-primary"))
    for service in ("notifier", "pricing-worker"):
        assert replica[service]["replicas"] == 0 and "replicas" not in primary[service]
    for service in ("catalog", "pricing"):
        values = settings("region-replica", service)
        assert values["EVENT_CONSUMERS"] == "false" and values["DATABASE_PRIMARY_REQUIRED"] == "false"
        assert "EVENT_CONSUMERS" not in settings("region-primary", service)
    assert not of_kind("region-replica", "Job")
    assert all("initContainers" not in spec["template"]["spec"] for spec in replica.values())
    assert settings("region-replica", "edge")["NOTIFIER_ADDRESS"].startswith("notifier-primary:")


def test_checkov_finds_nothing_that_is_not_explained(overlay, tmp_path):
    (tmp_path / "all.yaml").write_text(rendered(f"overlays/{overlay}"))
    done = subprocess.run(
        [tool("checkov"), "--config-file", str(K8S / "checkov.yaml"), "--directory", str(tmp_path), "--output", "json",
         "--skip-download", "--compact", "--quiet"], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    failed = {f"{check['check_id']} {check['resource']}: {check['check_name']}"
              for check in report["results"]["failed_checks"]}
    assert report["summary"]["passed"] > 100 and not failed, "\n".join(sorted(failed))


def test_yaml_is_in_form():
    done = subprocess.run(
        [tool("yamllint"), "--strict", "-c", str(K8S / "yamllint.yaml"), str(K8S), str(PROJECT / "compose")],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_secret_is_in_the_repository():
    tracked = subprocess.run(["git", "-C", str(PROJECT), "ls-files", "-z", "k8s", "compose"], capture_output=True, text=True,
                             check=True).stdout.split("\0")
    for path in filter(None, tracked):
        text = (PROJECT / path).read_text()
        assert not re.search(r"\b[0-9a-f]{40,}\b|PRIVATE KEY|://[^/\s:]+:[^@\s$]{8,}@", text), path
    for overlay in OVERLAYS:
        assert not of_kind(overlay, "Secret")
