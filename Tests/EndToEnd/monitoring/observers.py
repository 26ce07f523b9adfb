"""A real Prometheus with its exporters beside a mesh."""

import json
import os
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import quicken
from meshes import PROJECT, SERVICES, answers, eventually, free_ports

EXPORTERS = ("postgres", "redis", "node")


def program(name):
    """Where a Debian package has its program."""
    found = shutil.which(name)
    assert found, f"{name} is missing; run: make bootstrap"
    return found


class Observers:
    """Prometheus, the three exporters, and questions to them."""

    def __init__(self, mesh):
        self.mesh = mesh
        self.ports = free_ports([*(f"{name}-exporter" for name in EXPORTERS), "prometheus"])
        self.folder = mesh.folder / "observers"
        self.textfiles = self.folder / "textfiles"

    def start(self):
        self.folder.mkdir()
        self.textfiles.mkdir()
        self._start_exporters()
        quicken.write(self.folder / "rules")
        self.add_targets()
        (self.folder / "prometheus.yml").write_text(json.dumps(self._configuration()))
        self.mesh._start("prometheus", [
            program("prometheus"), f"--config.file={self.folder}/prometheus.yml",
            f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}"])
        eventually("Prometheus is ready", lambda: answers(self._url("/-/ready")))

    def add_targets(self, **ports):
        """Which processes are watched besides, by job: `add_targets(catalog=9301)`; none any more without."""
        path = self.folder / "targets.json.new"
        path.write_text(json.dumps([
            {"targets": [f"127.0.0.1:{port}"], "labels": {"job": job}} for job, port in ports.items()]))
        path.rename(self.folder / "targets.json")

    def stop(self):
        for name in ("prometheus", *(f"{name}-exporter" for name in EXPORTERS)):
            self.mesh.stop(name)

    def _start_exporters(self):
        mesh, password = self.mesh, secrets.token_hex(16)
        address = {name: f"127.0.0.1:{self.ports[name + '-exporter']}" for name in EXPORTERS}
        # As k8s/base/postgres-schemas has it: who watches reads figures, not data.
        mesh.sql(f"CREATE ROLE monitoring LOGIN PASSWORD '{password}'; GRANT pg_monitor TO monitoring;"
                 "GRANT CONNECT ON DATABASE fiyatradari TO monitoring")
        self._exporter("postgres", [
            program("prometheus-postgres-exporter"), f"--web.listen-address={address['postgres']}",
            f"--extend.query-path={PROJECT}/monitoring/postgres-exporter/queries.yml"], {
            "DATA_SOURCE_NAME": f"postgresql://monitoring:{password}@127.0.0.1:{mesh.ports['postgres']}/fiyatradari"
                                "?sslmode=disable"})
        self._exporter("redis", [program("prometheus-redis-exporter"), f"--web.listen-address={address['redis']}"], {
            "REDIS_ADDR": f"redis://127.0.0.1:{mesh.ports['redis']}", "REDIS_USER": "admin",
            "REDIS_PASSWORD": mesh.secrets["redis-admin"]})
        self._exporter("node", [
            program("prometheus-node-exporter"), f"--web.listen-address={address['node']}",
            f"--collector.textfile.directory={self.textfiles}", "--no-collector.systemd"], {})
        for name in EXPORTERS:
            eventually(f"{name}'s exporter answers", lambda name=name: answers(f"http://{address[name]}/metrics"))

    def _exporter(self, name, command, environment):
        self.mesh._start(f"{name}-exporter", command, {"PATH": os.environ["PATH"], **environment})

    def _configuration(self):
        targets = {service: self.mesh.ports[f"{service}-ops"] for service in SERVICES}
        targets.update({name: self.ports[f"{name}-exporter"] for name in EXPORTERS})
        return {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{self.folder}/rules/*.yml"],
            # PostgreSQL's exporter takes a second to say that its server is away.
            "scrape_configs": [{"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
                                **({"scrape_interval": "2s", "scrape_timeout": "2s"} if name == "postgres" else {})}
                               for name, port in targets.items()]
            + [{"job_name": "further", "file_sd_configs": [{"files": [f"{self.folder}/targets.json"]}]}],
        }

    def _url(self, path, **query):
        return f"http://127.0.0.1:{self.ports['prometheus']}{path}?{urllib.parse.urlencode(query)}"

    def _ask(self, path, **query):
        with urllib.request.urlopen(self._url(path, **query), timeout=20) as response:
            return json.loads(response.read())["data"]

    def query(self, expression):
        """An instant query's samples: [(labels, value), …]."""
        return [(each["metric"], float(each["value"][1]))
                for each in self._ask("/api/v1/query", query=expression)["result"]]

    def parses(self, expression):
        """What Prometheus says of an expression's grammar; empty when it is right."""
        try:
            self._ask("/api/v1/query", query=expression)
        except urllib.error.HTTPError as error:
            return json.loads(error.read())["error"]
        return ""

    def broken_rules(self):
        """Rules whose evaluation failed, with the reason."""
        groups = self._ask("/api/v1/rules")["groups"]
        return {rule["name"]: rule["lastError"] for group in groups for rule in group["rules"] if rule.get("lastError")}

    def firing(self):
        """Names of alerts that fire, with the job where there is one: {("ServiceDown", "edge"), …}."""
        return {(alert["labels"]["alertname"], alert["labels"].get("job", ""))
                for alert in self._ask("/api/v1/alerts")["alerts"] if alert["state"] == "firing"}


def promtool(*arguments):
    """Runs promtool; returns its status and what it says."""
    result = subprocess.run([program("promtool"), *map(str, arguments)], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def now():
    return int(time.time())
