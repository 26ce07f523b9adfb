"""Starts pods of the manifests by podman: a container with the settings, files, user and limits that the manifest gives.

Every key of a container is either followed or named below as one that does not matter here; any other is a failure.
"""

import base64
import json
import os
import re

from engine import STAND_INS, image_of

# Requests are the scheduler's, probes are asked by the tests, and a preStop's sleep would only take time.
LEFT_OUT = {"name", "image", "ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle"}


def volumes_of(item):
    """The volumes of a pod by name, those that a StatefulSet claims too."""
    found = {volume["name"]: volume for volume in item["spec"]["template"]["spec"].get("volumes", [])}
    return found | {claim["metadata"]["name"]: claim for claim in item["spec"].get("volumeClaimTemplates", [])}


def number(text):
    """A quantity of Kubernetes, such as 128Mi or 50m."""
    value, unit = re.fullmatch(r"(\d+)(m|Ki|Mi|Gi|)", str(text)).groups()
    return int(value) * {"m": 0.001, "": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit]


def local(image):
    """The image here of one that a manifest names, whichever registry and version that says."""
    if image in STAND_INS:
        return STAND_INS[image]
    return image_of(re.fullmatch(r"(?:.*/)?fiyatradari/([a-z]+)(?::.*)?", image)[1])


class Pods:
    """Pods of one overlay: `objects` are its own, `secrets` what an operator would have made, as name to key to bytes."""

    def __init__(self, engine, objects, secrets, folder, network="none"):
        self.engine, self.folder, self.network = engine, folder, network
        self.maps = {item["metadata"]["name"]: item["data"] for item in objects if item["kind"] == "ConfigMap"}
        self.services = {item["metadata"]["name"]: item["spec"]["selector"] for item in objects
                         if item["kind"] == "Service" and "selector" in item["spec"]}
        self.secrets = secrets
        # Pods are other users than this one.
        folder.chmod(0o755)

    @staticmethod
    def secrets_of(objects):
        """The contents of Secret objects."""
        return {item["metadata"]["name"]: {key: base64.b64decode(value) for key, value in item.get("data", {}).items()}
                for item in objects if item["kind"] == "Secret"}

    def settings(self, container):
        """What a container gets by its environment."""
        values = {}
        for source in container.get("envFrom", []):
            assert set(source) == {"configMapRef"}
            values |= self.maps[source["configMapRef"]["name"]]
        return values | {entry["name"]: entry["value"] for entry in container.get("env", [])}

    def files(self, source):
        """The files of a source of a volume, as path to bytes, and whether they are secret."""
        (kind, value), = ((kind, value) for kind, value in source.items() if kind in ("secret", "configMap"))
        name = value.get("secretName") or value["name"]
        data = self.secrets[name] if kind == "secret" else {key: text.encode() for key, text in self.maps[name].items()}
        chosen = {entry["path"]: data[entry["key"]] for entry in value.get("items", [])} or data
        return chosen, kind == "secret"

    def mount(self, pod, mount, volume, group):
        """podman's arguments for a mount of a pod's container."""
        target = mount["mountPath"]
        if "emptyDir" in volume:
            return ["--tmpfs", f"{target}:size={int(number(volume['emptyDir']['sizeLimit']))},mode=1777"]
        if "spec" in volume:
            # fsGroup: a new volume is root's, and its group may write.
            place = self.folder / f"{pod}-{volume['metadata']['name']}"
            place.mkdir()
            os.chown(place, 0, group)
            place.chmod(0o2775)
            return ["--volume", f"{place}:{target}"]
        place = self.folder / pod / mount["name"]
        if not place.exists():
            place.mkdir(parents=True)
            place.parent.chmod(0o755)
            for source in volume.get("projected", {}).get("sources", [volume]):
                chosen, is_secret = self.files(source)
                for path, content in chosen.items():
                    (place / path).write_bytes(content)
                    # fsGroup gives the files of volumes to its group.
                    (place / path).chmod(0o440 if is_secret else 0o644)
                    os.chown(place / path, 0, group)
            place.chmod(0o755)
        return ["--volume", f"{place}:{target}:ro"]

    def arguments(self, item, container, *, command=None, environment=None, limits=True):
        """podman's arguments for a container of a workload; `command` takes the place of its own arguments."""
        pod, rest = item["spec"]["template"]["spec"], {key: value for key, value in container.items() if key not in LEFT_OUT}
        security = pod["securityContext"]
        made = ["--user", f"{security['runAsUser']}:{security['runAsGroup']}"]
        own = rest.pop("securityContext")
        assert own == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        made += ["--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        bounds = rest.pop("resources")["limits"]
        if limits:
            memory = int(number(bounds["memory"]))
            made += ["--cpus", number(bounds["cpu"]), "--memory", memory, "--memory-swap", memory, "--pids-limit", "256"]
        values = self.settings(container) if environment is None else environment
        for key in ("envFrom", "env"):
            rest.pop(key, None)
        for name, value in values.items():
            made += ["--env", f"{name}={value}"]
        volumes = volumes_of(item)
        for mount in rest.pop("volumeMounts", []):
            made += self.mount(item["metadata"]["name"], mount, volumes[mount["name"]], security["fsGroup"])
        entrypoint, arguments = rest.pop("command", None), rest.pop("args", [])
        assert not rest, f"{item['metadata']['name']}: this does not follow {sorted(rest)}"
        labels = item["spec"]["template"]["metadata"].get("labels", {}).items()
        aliases = [f"alias={name}" for name, selector in self.services.items() if selector.items() <= labels]
        made += ["--network", self.network + (":" + ",".join(aliases) if aliases and self.network != "none" else "")]
        if entrypoint is not None:
            made += ["--entrypoint", json.dumps(entrypoint)]
        return [*map(str, made), local(container["image"]), *(arguments if command is None else command)]

    def start(self, item, container, suffix="", **options):
        """Starts a container of a workload."""
        return self.engine.start(f"{item['metadata']['name']}{suffix}", *self.arguments(item, container, **options))
