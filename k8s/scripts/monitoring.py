#!/usr/bin/env python3
"""Puts the alerting rules and dashboards of monitoring/ into components/monitoring, where kustomize may read them.

    k8s/scripts/monitoring.py           writes rules.yaml and dashboards.yaml, and names them in kustomization.yaml
    k8s/scripts/monitoring.py --check   fails when they are not what monitoring/ gives

Needs PyYAML (Tests/Operate/requirements.txt).
"""

import json
import pathlib
import sys

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]
COMPONENT = PROJECT / "k8s" / "components" / "monitoring"
HEAD = "# Made by k8s/scripts/monitoring.py from monitoring/.\n"


class Writer(yaml.SafeDumper):
    """Lists are indented and texts of several lines stay so, as yamllint and readers want it."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def text_of(writer, value):
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


Writer.add_representer(str, text_of)


def written(items):
    """Objects as YAML."""
    return HEAD + "---\n".join(yaml.dump(item, Dumper=Writer, sort_keys=False, width=110) for item in items)


def rules(source):
    """One PrometheusRule for each file of rules."""
    return [{"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": path.stem},
             "spec": yaml.safe_load(path.read_text())} for path in sorted((source / "prometheus/rules").glob("*.yml"))]


def dashboards(source):
    """One ConfigMap for each dashboard, with the label that Grafana's sidecar looks for."""
    return [{"apiVersion": "v1", "kind": "ConfigMap",
             "metadata": {"name": f"dashboard-{path.stem}", "labels": {"grafana_dashboard": "1"}},
             "data": {path.name: json.dumps(json.loads(path.read_text()), separators=(",", ":"))}}
            for path in sorted((source / "grafana/dashboards").glob("*.json"))]


def files(source):
    """What the component is to hold, by name; no file where there is nothing to put into it."""
    found = {"rules.yaml": rules(source), "dashboards.yaml": dashboards(source)}
    return {name: written(items) for name, items in found.items() if items}


def kustomization(names):
    """The component's kustomization.yaml with these files among its resources."""
    lines = (COMPONENT / "kustomization.yaml").read_text().splitlines()
    kept = [line for line in lines if line not in ("  - rules.yaml", "  - dashboards.yaml")]
    return "\n".join(kept + [f"  - {name}" for name in sorted(names)]) + "\n"


def main():
    wanted = files(PROJECT / "monitoring")
    wanted["kustomization.yaml"] = kustomization(wanted)
    stale = [name for name, text in wanted.items()
             if not (COMPONENT / name).exists() or (COMPONENT / name).read_text() != text]
    stale += [name for name in ("rules.yaml", "dashboards.yaml") if name not in wanted and (COMPONENT / name).exists()]
    if sys.argv[1:] == ["--check"]:
        if stale:
            print(f"monitoring: {', '.join(stale)} is not what monitoring/ gives; run k8s/scripts/monitoring.py",
                  file=sys.stderr)
        return 1 if stale else 0
    if sys.argv[1:]:
        print("usage: k8s/scripts/monitoring.py [--check]", file=sys.stderr)
        return 2
    for name in stale:
        if name in wanted:
            (COMPONENT / name).write_text(wanted[name])
        else:
            (COMPONENT / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
