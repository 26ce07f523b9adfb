"""The table of docs/metrics.md, and what a service shows."""

import collections
import re

from meshes import PROJECT, SERVICES

Row = collections.namedtuple("Row", "name kind labels unit meaning")


def rows():
    """Every line of the tables."""
    found = []
    for line in (PROJECT / "docs" / "metrics.md").read_text().splitlines():
        if line.startswith("| `"):
            name, kind, labels, unit, meaning = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append(Row(name.strip("` "), kind, frozenset(filter(None, labels.split(", "))), unit, meaning.strip(" |")))
    return found


def is_always_shown(row):
    """Whether each process of a service that has the metric shows it, whatever its settings and its fortune."""
    return not row.name.startswith("fiyatradari_") and not re.search("Only (where|once) ", row.meaning)


def services(row):
    """The services that a line says have the metric."""
    named = re.search(r"\(([a-z, ]+)\)$", row.meaning)
    return set(named[1].split(", ")) if named and set(named[1].split(", ")) <= set(SERVICES) else set(SERVICES)


def exposed(text):
    """The families of an exposition: {name: (type, {sets of label names})}."""
    kinds, labels = {}, collections.defaultdict(set)
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            kinds[name] = kind
        elif line and not line.startswith("#"):
            name, inside = re.match(r"([\w:]+)(?:\{(.*)\})? ", line).groups()
            found = set(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', inside or ""))
            if name not in kinds:
                name = re.sub(r"_(bucket|sum|count)$", "", name)
                found.discard("le")
            labels[name].add(frozenset(found))
    return {name: (kind, labels[name]) for name, kind in kinds.items()}
