"""Starts what compose.yaml describes by podman, from the JSON that compose itself makes of it.

Every key of a service is either followed or named below as one that does not matter here; any other is a failure.
"""

import json
import pathlib
import re
import subprocess

import compose
from engine import PROJECT, STAND_INS, VERSION

FOLDER = PROJECT / "compose"
# The package's own start script ends with 0 whatever happens.
COMPOSE = pathlib.Path(compose.__file__).parent / "docker-compose"
# Restarts would hide ends, logs are kept by the engine anyway, and probes are run by the tests.
LEFT_OUT = {"restart", "logging", "healthcheck", "depends_on", "stop_grace_period", "profiles"}


def configured(secrets, *files, **environment):
    """What compose makes of its files, with the secrets of a folder."""
    command = [str(COMPOSE), "--env-file", str(FOLDER / ".env.example"), "--profile", "*"]
    for name in files:
        command += ["-f", str(FOLDER / name)]
    done = subprocess.run([*command, "config", "--format", "json"], capture_output=True, text=True, check=False,
                          env={"PATH": "/usr/bin:/bin", "VERSION": VERSION, **environment})
    assert done.returncode == 0 and not done.stderr, done.stderr
    configuration = json.loads(done.stdout)
    for secret in configuration["secrets"].values():
        secret["file"] = str(secrets / pathlib.Path(secret["file"]).relative_to(FOLDER / "secrets"))
    return configuration


class Composition:
    """The containers, networks and volumes of a configuration."""

    def __init__(self, engine, configuration):
        self.engine = engine
        self.services = configuration["services"]
        self.secrets = configuration["secrets"]
        self.networks = {name: engine.network(name, bool(network.get("internal")))
                         for name, network in configuration["networks"].items()}
        self.volumes = {name: engine.volume(name) for name in configuration.get("volumes") or {}}
        self.containers = {}

    def arguments(self, name):
        """podman's arguments for a service."""
        service = dict(self.services[name])
        for key in LEFT_OUT:
            service.pop(key, None)
        image, entrypoint = service.pop("image"), service.pop("entrypoint", None)
        command = service.pop("command", None) or []
        made = ["--user", service.pop("user")]
        if service.pop("read_only"):
            # Without the engine's own additions: compose has no /tmp, /run or /var/tmp in memory.
            made += ["--read-only", "--read-only-tmpfs=false"]
        made += [f"--cap-drop={each}" for each in service.pop("cap_drop")]
        made += [f"--cap-add={each}" for each in service.pop("cap_add", [])]
        made += [f"--security-opt={each.removesuffix(':true')}" for each in service.pop("security_opt")]
        for variable, value in (service.pop("environment", None) or {}).items():
            made += ["--env", f"{variable}={value}"]
        for secret in service.pop("secrets", []):
            target = secret["target"] if secret["target"].startswith("/") else f"/run/secrets/{secret['target']}"
            made += ["--volume", f"{self.secrets[secret['source']]['file']}:{target}:ro"]
        for volume in service.pop("volumes", []):
            source = self.volumes[volume["source"]] if volume["type"] == "volume" else volume["source"]
            made += ["--volume", f"{source}:{volume['target']}:{'ro' if volume.get('read_only') else 'rw'}"]
        for place in service.pop("tmpfs", []):
            made += ["--tmpfs", place]
        if "shm_size" in service:
            made += ["--shm-size", service.pop("shm_size")]
        limits = service.pop("deploy")["resources"]["limits"]
        made += ["--cpus", limits["cpus"], "--memory", limits["memory"], "--memory-swap", limits["memory"],
                 "--pids-limit", limits["pids"]]
        if mode := service.pop("network_mode", None):
            made += ["--network", mode]
        for network in service.pop("networks", None) or {}:
            made += ["--network", f"{self.networks[network]}:alias={name}"]
        for port in service.pop("ports", []):
            made += ["--publish", f"{port['host_ip']}:{port['published']}:{port['target']}"]
        assert not service, f"{name}: this does not follow {sorted(service)}"
        if entrypoint is not None:
            made += ["--entrypoint", json.dumps(entrypoint)]
        return [*map(str, made), STAND_INS.get(image, image), *command]

    def up(self, *names):
        """Starts services and what they depend on, in order."""
        for name in names:
            if name in self.containers:
                continue
            for other, dependency in (self.services[name].get("depends_on") or {}).items():
                self.up(other)
                match dependency["condition"]:
                    case "service_completed_successfully":
                        self.engine.completes(self.containers[other])
                    case "service_healthy":
                        self.wait_healthy(other)
                    case condition:
                        assert condition == "service_started"
            self.containers[name] = self.engine.start(name, *self.arguments(name))

    def probe(self, name):
        """Runs a service's health check inside."""
        kind, *command = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        return self.engine("exec", self.containers[name], *command, check=False, timeout=60)

    def wait_healthy(self, name):
        """Waits until a service's health check succeeds."""
        self.engine.eventually(self.containers[name], f"{name} is healthy", lambda: self.probe(name).returncode == 0)

    def stop(self, name):
        """Stops a service as compose does; how it ended."""
        # Compose writes a minute as 1m0s.
        minutes, seconds = re.fullmatch(r"(?:(\d+)m)?(\d+)s", self.services[name].get("stop_grace_period", "10s")).groups()
        grace = int(minutes or 0) * 60 + int(seconds)
        self.engine("stop", "--time", grace, self.containers[name], timeout=grace + 60)
        return self.engine.state(self.containers[name])
