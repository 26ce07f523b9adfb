"""The overlays of k8s/ as kustomize builds them, for tests."""

import functools
import pathlib
import subprocess
import sys

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]
K8S = PROJECT / "k8s"
OVERLAYS = ("dev", "production", "region-primary", "region-replica")
SERVICES = ("catalog", "pricing", "pricing-worker", "notifier", "edge")
# What each service is called in Sources, by its name in the manifests.
FOLDERS = {"catalog": "CatalogService", "pricing": "PricingService", "pricing-worker": "PricingService",
           "notifier": "NotifierService", "edge": "EdgeGateway"}


def tool(name):
    """The path of a program that requirements.txt brings."""
    return str(pathlib.Path(sys.executable).parent / name)


@functools.cache
def rendered(folder):
    """The text that kustomize makes of a folder below k8s/."""
    done = subprocess.run(["kubectl", "kustomize", str(K8S / folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{folder}: {done.stderr}"
    assert not done.stderr, f"{folder}: kustomize warns: {done.stderr}"
    return done.stdout


@functools.cache
def objects(folder):
    """The objects of a folder below k8s/."""
    return tuple(yaml.safe_load_all(rendered(folder)))


def of_kind(overlay, *kinds):
    """The objects of some kinds in an overlay."""
    return [item for item in objects(f"overlays/{overlay}") if item["kind"] in kinds]


def one(overlay, kind, name):
    """An object by its name, where a generated ConfigMap's has a hash behind it."""
    found = [item for item in of_kind(overlay, kind)
             if item["metadata"]["name"] == name or kind == "ConfigMap" and
             item["metadata"]["name"].rpartition("-")[0] == name]
    assert len(found) == 1, f"{overlay}: {len(found)} of {kind} {name}"
    return found[0]
