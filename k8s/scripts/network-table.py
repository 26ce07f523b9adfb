#!/usr/bin/env python3
"""Writes docs/network.md: who may talk to whom, read from the network policies of the overlays.

    k8s/scripts/network-table.py           writes it
    k8s/scripts/network-table.py --check   fails when it is not what the manifests give

Needs kubectl and PyYAML (Tests/Operate/requirements.txt).
"""

import pathlib
import subprocess
import sys

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]
TARGET = PROJECT / "docs" / "network.md"
OVERLAYS = ("dev", "production", "region-primary", "region-replica")
TITLES = {
    "dev": "Development", "production": "One region", "region-primary": "The writing region of two",
    "region-replica": "The other region",
}
HEAD = """# Who may talk to whom

Made by `k8s/scripts/network-table.py` from the network policies; a test compares both with what the services' code calls.
Everything else is refused: `default-deny` selects all pods. A way is open when the sender's policies let it out and the
receiver's let it in; rows whose other end is outside the namespace have only one of these. The kubelet's probes are not
subject to policies.
"""
NAMES = {
    "k8s-app=kube-dns": "DNS", "fiyatradari.io/store=postgres": "postgres", "fiyatradari.io/store=redis": "redis",
    "app.kubernetes.io/component=migration": "migrations", "cnpg.io/cluster=postgres": "postgres",
}


def objects(overlay):
    """The objects of an overlay."""
    text = subprocess.run(["kubectl", "kustomize", str(PROJECT / "k8s/overlays" / overlay)], capture_output=True,
                          text=True, check=True).stdout
    return list(yaml.safe_load_all(text))


def selected(selector):
    """The names of the pods that a selector of ours selects; nothing for all pods."""
    found = []
    for key, value in selector.get("matchLabels", {}).items():
        found.append(value if key == "app.kubernetes.io/name" else NAMES[f"{key}={value}"])
    for expression in selector.get("matchExpressions", []):
        assert (expression["key"], expression["operator"]) == ("app.kubernetes.io/name", "In"), expression
        found += expression["values"]
    return found


def peers(entry):
    """The names of one `from` or `to`."""
    if "ipBlock" in entry:
        block = entry["ipBlock"]
        if block["cidr"] in ("0.0.0.0/0", "::/0"):
            return ["the Internet, no private addresses" if block.get("except") else "any address"]
        return [f"the other region ({block['cidr']})"]
    inside = selected(entry.get("podSelector", {}))
    if "namespaceSelector" not in entry:
        return inside
    labels = entry["namespaceSelector"]["matchLabels"]
    if labels == {"kubernetes.io/metadata.name": "kube-system"}:
        return inside
    where = ", ".join(f"{key}={value}".removeprefix("kubernetes.io/metadata.name=") for key, value in labels.items())
    return [f"{' and '.join(inside) or 'all pods'} of namespaces {where}"]


def ways(overlay_objects):
    """(from, to, port) of all that policies let out, and of all that they let in."""
    out, into = set(), set()
    for policy in (item for item in overlay_objects if item["kind"] == "NetworkPolicy"):
        spec = policy["spec"]
        owners = selected(spec["podSelector"])
        for direction, key, found in (("egress", "to", out), ("ingress", "from", into)):
            for rule in spec.get(direction, []):
                assert rule.get(key) and rule.get("ports"), f"{policy['metadata']['name']}: open to all"
                for name in (name for entry in rule[key] for name in peers(entry)):
                    for port in rule["ports"]:
                        text = f"{port['port']}/{port['protocol']}"
                        found |= {(owner, name, text) if key == "to" else (name, owner, text) for owner in owners}
    return out, into


def table(overlay):
    """The rows of an overlay, as Markdown."""
    out, into = ways(objects(overlay))
    rows = {}
    for sender, receiver, port in out | into:
        rows.setdefault((sender, receiver), []).append(port)
    lines = [f"\n## {TITLES[overlay]} (`overlays/{overlay}`)\n", "| from | to | ports |", "|---|---|---|"]
    for (sender, receiver), ports in sorted(rows.items()):
        lines.append(f"| {sender} | {receiver} | {', '.join(sorted(ports, key=lambda text: (int(text.split('/')[0]), text)))} |")
    return "\n".join(lines) + "\n"


def text():
    """The whole page."""
    return HEAD + "".join(table(overlay) for overlay in OVERLAYS)


def main():
    if sys.argv[1:] == ["--check"]:
        if not TARGET.exists() or TARGET.read_text() != text():
            print("network-table: docs/network.md is not what the manifests give; run k8s/scripts/network-table.py",
                  file=sys.stderr)
            return 1
        return 0
    if sys.argv[1:]:
        print("usage: k8s/scripts/network-table.py [--check]", file=sys.stderr)
        return 2
    TARGET.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
