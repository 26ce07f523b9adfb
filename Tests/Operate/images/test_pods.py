"""The manifests fit the programs: every setting is one that its image knows, and the development overlay's pods come up,
answer their probes and end as the manifests say."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

import grpc
import pytest
import yaml
from grpc_health.v1 import health_pb2, health_pb2_grpc
from overlays import K8S, OVERLAYS, PROJECT, objects
from pods import Pods

SERVICES = ("catalog", "pricing", "pricing-worker", "notifier", "edge")
# How programs end: ExitCode in Sources/Shared/ServiceKit/ServiceError.swift.
UNAVAILABLE, CONFIGURATION = 69, 78


class Authority:
    """Issues certificates as cert-manager does: Secrets with ca.crt, tls.crt and tls.key."""

    def __init__(self, folder):
        self.folder = folder
        self._make("ca", "-subj", "/CN=mesh")

    def _make(self, name, *more):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-keyout", f"{name}.key", "-out", f"{name}.crt", *more], cwd=self.folder, check=True, capture_output=True)

    def issue(self, names):
        """The contents of a Secret for alternative names as openssl writes them: DNS:…, URI:…."""
        self._make("tls", "-CA", "ca.crt", "-CAkey", "ca.key", "-subj", "/O=mesh", "-addext", "subjectAltName=" + ",".join(names),
                   "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth,clientAuth")
        return {name: (self.folder / name).read_bytes() for name in ("ca.crt", "tls.crt", "tls.key")}


def secrets_of(kind, folder):
    """The Secrets that dev/make-secrets.sh and overlays/dev/secrets make, and those of the operators."""
    shutil.copytree(K8S / "overlays/dev/secrets", folder, ignore=shutil.ignore_patterns("files"))
    subprocess.run([str(PROJECT / "dev/make-secrets.sh"), "--for", kind, str(folder / "files")], check=True,
                   capture_output=True)
    text = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True).stdout
    secrets = Pods.secrets_of(yaml.safe_load_all(text))
    if kind == "production":
        made = Authority(folder).issue(["DNS:test"])
        for overlay in OVERLAYS:
            for item in objects(f"overlays/{overlay}"):
                if item["kind"] == "Certificate":
                    secrets[item["spec"]["secretName"]] = made
                if item["kind"] == "Cluster":
                    secrets[f"{item['metadata']['name']}-ca"] = made
        secrets["postgres-peer"] = made
    return secrets


@pytest.fixture(scope="module", name="secrets")
def secrets_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    return {kind: secrets_of(kind, folder / kind) for kind in ("dev", "production")}


def containers(overlay):
    """The containers of an overlay's workloads that run our images, but for what is the same in each replica."""
    for item in objects(f"overlays/{overlay}"):
        if item["kind"] in ("Deployment", "Job"):
            pod = item["spec"]["template"]["spec"]
            for container in [*pod.get("initContainers", []), *pod["containers"]]:
                if "fiyatradari/" in container["image"]:
                    yield item, container


CASES = [pytest.param(overlay, item, container, id=f"{overlay}-{item['metadata']['name']}-{container['name']}")
         for overlay in OVERLAYS for item, container in containers(overlay)]


@pytest.fixture(scope="module", name="runs")
def runs_fixture(engine, secrets, tmp_path_factory):
    """Every container of every overlay, started with its settings in a file where there is no network, all at once."""
    runs = {}
    for case in CASES:
        overlay, item, container = case.values
        folder = tmp_path_factory.mktemp(case.id)
        pods = Pods(engine, objects(f"overlays/{overlay}"), secrets["dev" if overlay == "dev" else "production"], folder)
        values = pods.settings(container) | {"DATABASE_WAIT": "10ms"}
        runs[overlay, item["metadata"]["name"], container["name"]] = start(engine, pods, item, container, values, case.id)
    yield runs
    for run in runs.values():
        engine.remove(run)


def start(engine, pods, item, container, values, name):
    """Starts a program with its settings in a file: there it refuses names that it does not know, which it would not see in
    the environment."""
    (pods.folder / "settings").write_text("".join(f"{key}={value}\n" for key, value in values.items()))
    (pods.folder / "settings").chmod(0o644)
    mine = pods.arguments(item, container, environment={}, command=["--config", "/settings", *container.get("args", [])])
    return engine.start(name, "--volume", f"{pods.folder}/settings:/settings:ro", *mine)


@pytest.mark.parametrize("overlay, item, container", CASES)
def test_a_program_knows_every_setting_of_its_pod_and_takes_its_value(engine, runs, overlay, item, container):
    """With settings that are right it goes on to look for its database, which is not there."""
    run = runs[overlay, item["metadata"]["name"], container["name"]]
    engine("wait", run, timeout=120)
    assert engine.state(run)["ExitCode"] == UNAVAILABLE, engine.logs(run)
    assert "the database did not answer within" in engine.logs(run)


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("wrong", [{"NO_SUCH_SETTING": "1"}, {"LISTEN": "nowhere"}, {"DATABASE_URL_FILE": "/none"}],
                         ids=lambda wrong: next(iter(wrong)))
def test_a_program_refuses_a_setting_that_is_wrong(engine, secrets, tmp_path, name, wrong):
    item, container = next((item, container) for item, container in containers("dev") if container["name"] == name)
    pods = Pods(engine, objects("overlays/dev"), secrets["dev"], tmp_path)
    run = start(engine, pods, item, container, pods.settings(container) | wrong, "wrong")
    engine("wait", run, timeout=60)
    code, log = engine.state(run)["ExitCode"], engine.logs(run)
    engine.remove(run)
    assert code == CONFIGURATION and next(iter(wrong)).removesuffix("_FILE") in log, log


@pytest.fixture(scope="module", name="cluster")
def cluster_fixture(engine, secrets, tmp_path_factory):
    """The pods of the development overlay."""
    pods = Pods(engine, objects("overlays/dev"), secrets["dev"], tmp_path_factory.mktemp("pods"), engine.network("cluster"))
    return brought_up(engine, pods, objects("overlays/dev"))


def brought_up(engine, pods, items):
    """A cluster of one pod of each workload, in the order of k8s/scripts/deploy.sh."""
    engine.make_stand_ins()
    found = {(item["kind"], item["metadata"]["name"]): item for item in items}
    cluster = Cluster(engine, pods, found)
    cluster.start("StatefulSet", "postgres")
    cluster.start("Deployment", "redis")
    for name in ("postgres", "redis"):
        cluster.wait_for("readinessProbe", name)
    for (kind, _), item in found.items():
        if kind == "Job":
            engine.completes(pods.start(item, item["spec"]["template"]["spec"]["containers"][0]))
    for name in SERVICES:
        cluster.start("Deployment", name)
    for name in SERVICES:
        cluster.wait_for("startupProbe", name)
    return cluster


class Cluster:
    """Pods that run."""

    def __init__(self, engine, pods, found):
        self.engine, self.pods, self.found = engine, pods, found
        self.containers, self.items = {}, {}

    def start(self, kind, name):
        item = self.items[name] = self.found[kind, name]
        pod = item["spec"]["template"]["spec"]
        for container in pod.get("initContainers", []):
            done = self.pods.start(item, container, f"-{container['name']}")
            self.engine.completes(done)
        self.containers[name] = self.pods.start(item, pod["containers"][0])

    def main(self, name):
        return self.items[name]["spec"]["template"]["spec"]["containers"][0]

    def address(self, name):
        return next(iter(self.engine.addresses(self.containers[name]).values()))

    def probe(self, kind, name):
        """Whether a pod's probe succeeds, asked as the kubelet asks: from outside, at the pod's address. None: no answer."""
        probe, ports = self.main(name)[kind], {port["name"]: port["containerPort"] for port in self.main(name)["ports"]}
        timeout = probe.get("timeoutSeconds", 1)
        if "exec" in probe:
            command = probe["exec"]["command"]
            return self.engine("exec", self.containers[name], *command, check=False).returncode == 0
        (how, what), = ((how, probe[how]) for how in ("grpc", "httpGet", "tcpSocket") if how in probe)
        where = f"{self.address(name)}:{ports.get(what['port'], what['port'])}"
        if how == "grpc":
            with grpc.insecure_channel(where) as channel:
                try:
                    answer = health_pb2_grpc.HealthStub(channel).Check(
                        health_pb2.HealthCheckRequest(service=what.get("service", "")), timeout=timeout)
                except grpc.RpcError:
                    return None
                return answer.status == health_pb2.HealthCheckResponse.SERVING
        if how == "tcpSocket":
            try:
                socket.create_connection(where.rsplit(":", 1), timeout).close()
            except OSError:
                return None
            return True
        try:
            with urllib.request.urlopen(f"http://{where}{what['path']}", timeout=timeout) as answer:
                return 200 <= answer.status < 400
        except urllib.error.HTTPError:
            return False
        except OSError:
            return None

    def wait_for(self, kind, name):
        self.engine.eventually(self.containers[name], f"the {kind} of {name}", lambda: self.probe(kind, name))


@pytest.mark.parametrize("name", SERVICES)
def test_a_pod_of_the_development_overlay_is_ready_and_alive(cluster, engine, name):
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        cluster.wait_for(kind, name)
    status = pathlib.Path(f"/proc/{engine.state(cluster.containers[name])['Pid']}/status").read_text()
    assert re.search(r"Uid:\t10001\t10001\t10001\t10001\n", status) and re.search(r"CapEff:\t0{16}\n", status)


def test_the_gateway_of_the_development_overlay_serves(cluster):
    with urllib.request.urlopen(f"http://{cluster.address('edge')}:8080/v1/products", timeout=10) as answer:
        assert answer.status == 200


def test_a_database_that_goes_takes_readiness_away_and_not_life(cluster, engine):
    """But the gateway's: it serves what it has kept."""
    engine("stop", "--time", 60, cluster.containers["postgres"])
    for name in ("catalog", "pricing", "pricing-worker", "notifier"):
        engine.eventually(cluster.containers[name], "readiness goes",
                          lambda name=name: not cluster.probe("readinessProbe", name))
        assert cluster.probe("livenessProbe", name)
    assert cluster.probe("readinessProbe", "edge") and cluster.probe("livenessProbe", "edge")
    engine("start", cluster.containers["postgres"])
    for name in SERVICES:
        cluster.wait_for("readinessProbe", name)


@pytest.mark.parametrize("name", reversed(SERVICES))
def test_a_pod_drains_and_ends_within_its_grace(cluster, engine, name):
    """At SIGTERM it says at once that it is not ready, still answers for SHUTDOWN_DELAY, and ends as a success."""
    cluster.wait_for("readinessProbe", name)
    pod = cluster.items[name]["spec"]["template"]["spec"]
    grace = pod["terminationGracePeriodSeconds"] - pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    engine("kill", "--signal", "TERM", cluster.containers[name])
    engine.eventually(cluster.containers[name], "it says so", lambda: cluster.probe("readinessProbe", name) is False, 4)
    engine("wait", cluster.containers[name], timeout=grace)
    state = engine.state(cluster.containers[name])
    assert state["ExitCode"] == 0 and not state["OOMKilled"], engine.logs(cluster.containers[name])[-2000:]


@pytest.fixture(scope="module", name="with_mtls")
def with_mtls_fixture(engine, secrets, tmp_path_factory):
    """The same with the component `mtls`, and certificates that say what its Certificates ask for."""
    folder = tmp_path_factory.mktemp("mtls")
    (folder / "overlay").mkdir()
    (folder / "overlay/kustomization.yaml").write_text(yaml.safe_dump({
        "resources": [os.path.relpath(K8S / "overlays/dev", folder / "overlay")],
        "components": [os.path.relpath(K8S / "components/mtls", folder / "overlay")], "namespace": "fiyatradari"}))
    done = subprocess.run(["kubectl", "kustomize", str(folder / "overlay")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    items, authority = list(yaml.safe_load_all(done.stdout)), Authority(folder)
    issued = {}
    for item in items:
        if item["kind"] == "Certificate" and not item["spec"].get("isCA"):
            spec = item["spec"]
            issued[spec["secretName"]] = authority.issue(
                [f"DNS:{name}" for name in spec.get("dnsNames", [])] + [f"URI:{name}" for name in spec.get("uris", [])])
    (folder / "pods").mkdir()
    pods = Pods(engine, items, secrets["dev"] | issued, folder / "pods", engine.network("mtls"))
    cluster = brought_up(engine, pods, items)
    cluster.issued = issued
    return cluster


def called(cluster, service, secret):
    """Whether a service answers one who shows a certificate; gRPC's status if it does not."""
    port = {entry["name"]: entry["containerPort"] for entry in cluster.main(service)["ports"]}["serve"]
    shown = cluster.issued[secret] if secret else {"ca.crt": cluster.issued[f"{service}-mesh"]["ca.crt"]}
    credentials = grpc.ssl_channel_credentials(shown["ca.crt"], shown.get("tls.key"), shown.get("tls.crt"))
    options = [("grpc.ssl_target_name_override", service)]
    with grpc.secure_channel(f"{cluster.address(service)}:{port}", credentials, options) as channel:
        # A public method of the service itself: health is told to everyone who gets this far.
        call = channel.unary_unary(f"/fiyatradari.{service}.v1.{METHODS[service]}")
        try:
            call(b"", timeout=10)
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK


METHODS = {"catalog": "CatalogService/ListProducts", "pricing": "PricingService/ListDeals",
           "notifier": "NotifierService/ListChannels"}
ADMITTED = {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT}


def test_pods_know_each_other_by_certificates(with_mtls, secrets):
    """The gateway reaches the three services, each of them asks for its certificate."""
    request = urllib.request.Request(f"http://{with_mtls.address('edge')}:8080/v1/admin/services", headers={
        "Authorization": f"Bearer {secrets['dev']['edge']['admin-token'].decode()}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        ready = {service["name"]: service["ready"] for service in json.load(answer)["services"]}
    assert ready.items() >= {"catalog": True, "pricing": True, "notifier": True}.items(), ready


@pytest.mark.parametrize("service", METHODS)
def test_a_pod_admits_those_that_call_it_and_nobody_else(with_mtls, service):
    allowed = with_mtls.pods.settings(with_mtls.main(service))["TLS_ALLOWED_CLIENTS"].replace("spiffe://fiyatradari/", "").split(";")
    for name in ("catalog", "pricing", "notifier", "edge", "operator"):
        code = called(with_mtls, service, f"{name}-mesh")
        if name in allowed:
            assert code in ADMITTED, f"{service} refuses {name}: {code}"
        else:
            assert code in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED), f"{service}, {name}: {code}"
    assert called(with_mtls, service, None) not in ADMITTED
