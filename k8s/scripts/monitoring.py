#!/usr/bin/env python3
"""Puts the alerting rules of monitoring/ into components/monitoring as objects of the Prometheus Operator.

    k8s/scripts/monitoring.py           writes rules.yaml
    k8s/scripts/monitoring.py --check   fails when it is not what monitoring/ gives

What rules/ has on PostgreSQL and on backups asks the PostgreSQL exporter and `fiyat backup`, which are not there: the alerts of
monitoring/prometheus/cloudnative-pg/ stand in their place.

Dashboards need no script: the component takes monitoring/grafana/kustomization.yaml as it is. Needs PyYAML
(Tests/Operate/requirements.txt).
"""

import pathlib
import re
import sys

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = PROJECT / "monitoring" / "prometheus" / "rules"
OPERATOR = PROJECT / "monitoring" / "prometheus" / "cloudnative-pg"
# Figures that nothing on Kubernetes has.
ABSENT = re.compile(r"\b(pg_\w+|fiyatradari_(backup|restore_drill)_\w+)")
TARGET = PROJECT / "k8s" / "components" / "monitoring" / "rules.yaml"
HEAD = "# Made by k8s/scripts/monitoring.py from monitoring/.\n"


class Writer(yaml.SafeDumper):
    """Lists are indented and texts of several lines stay so, as yamllint and readers want it."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def text_of(writer, value):
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


Writer.add_representer(str, text_of)


def spec(path):
    """A file's groups, without the rules that nothing would answer."""
    groups = yaml.safe_load(path.read_text())["groups"]
    for group in groups:
        group["rules"] = [rule for rule in group["rules"] if not ABSENT.search(rule["expr"])]
    return {"groups": [group for group in groups if group["rules"]]}


def rules():
    """One PrometheusRule for each file of rules, as YAML."""
    files = {path.stem: path for path in sorted(SOURCE.glob("*.yml"))}
    files.update({f"{OPERATOR.name}-{path.stem}": path for path in sorted(OPERATOR.glob("*.yml"))})
    items = [{"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": name},
              "spec": spec(path)} for name, path in files.items()]
    return HEAD + "---\n".join(yaml.dump(item, Dumper=Writer, sort_keys=False, width=110) for item in items)


def main():
    wanted = rules()
    is_stale = not TARGET.exists() or TARGET.read_text() != wanted
    if sys.argv[1:] == ["--check"]:
        if is_stale:
            print("monitoring: rules.yaml is not what monitoring/ gives; run k8s/scripts/monitoring.py", file=sys.stderr)
        return 1 if is_stale else 0
    if sys.argv[1:]:
        print("usage: k8s/scripts/monitoring.py [--check]", file=sys.stderr)
        return 2
    if is_stale:
        TARGET.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
