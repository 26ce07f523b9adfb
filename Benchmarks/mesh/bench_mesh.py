#!/usr/bin/env python3
"""The whole mesh at scale: imports, observations and uncached requests, beside PostgreSQL's own tools.

Fills `.run/bench-mesh-N` with N products and a year of prices through the services' own calls (with `--reuse`, takes what is
there), and the same with 10,000 products. Prints one table of each; the plan of every statement behind the measured
requests must not read a large table from end to end. `--check` makes the exit status 1 when a target is missed.
"""

import argparse
import collections
import json
import pathlib
import statistics
import subprocess
import sys

import http_load
import recording
from bench_database import BACKENDS, LOAD_CORE, PROJECT, SERVER_CORE, BenchMesh
from mesh import EXECUTABLES, MeshError
from questions import Questions
from statements import SampledQuestions, StatementLog, identity_script, plans, whole_reads

RATIO_TARGET, COPY_TARGET, GROWTH_TARGET, START_TARGET = 1.5, 0.4, 1.5, 200
IDLE_TARGET, LOAD_TARGET = 30, 120
P99_TARGETS = {"list": 10, "filter": 10, "sort by price": 10, "next page": 10, "search": 25}
GROWTH_KINDS = ("list", "product", "history", "product's deals", "deals", "deal")


def say(text):
    print(text, file=sys.stderr, flush=True)


def row(cells, widths):
    print("| " + " | ".join(str(cell).ljust(width) if index == 0 else str(cell).rjust(width)
                            for index, (cell, width) in enumerate(zip(cells, widths))) + " |")


def table(title, head, rows):
    """A Markdown table whose columns are as wide as what is in them."""
    rows = [[str(cell) for cell in cells] for cells in rows]
    widths = [max(len(cells[index]) for cells in [head, *rows]) for index in range(len(head))]
    print(f"\n{title}\n")
    row(head, widths)
    print("|" + "|".join(("-" * (width + 2)) if index == 0 else ("-" * (width + 1) + ":")
                         for index, width in enumerate(widths)) + "|")
    for cells in rows:
        row(cells, widths)


class Bench:
    """All measurements of one filled mesh."""

    def __init__(self, mesh, options):
        self.mesh, self.options = mesh, options
        self.questions = Questions(mesh, mesh.searches(), options.urls)
        self.urls = {kind: self.questions.urls(kind) for kind in Questions.KINDS}
        self.bad_plans = []

    def requests(self):
        """Each kind of request: rate, CPU, latencies; then the same SQL by pgbench."""
        port = self.mesh.ports["edge"]
        figures = {}
        samples = self.samples()
        for kind, urls in self.urls.items():
            http_load.closed_loop(port, urls, 0.5)
            before = self.mesh.cpu()
            full = http_load.closed_loop(port, urls, self.options.seconds)
            after = self.mesh.cpu()
            half = http_load.open_loop(port, urls, self.options.seconds * 1.5, full.rate / 2)
            cpu = {name: (after[name] - before[name]) * 1e6 / full.replies for name in after}
            bench = self.pgbench(kind, *samples[kind])
            figures[kind] = {
                "rate": full.rate, "cpu_us": cpu, "total_us": sum(cpu.values()), "p50": half.percentile(0.5),
                "p99": half.percentile(0.99), "half_rate": half.rate, "bytes": full.bytes / max(full.replies, 1),
                "pgbench": bench, "ratio": sum(cpu.values()) / (bench["server_us"] + bench["client_us"])}
            say(f"  {kind}: {full.rate:.0f}/s, {figures[kind]['total_us']:.0f} µs, p99 {figures[kind]['p99']:.1f} ms, "
                f"pgbench {bench['server_us'] + bench['client_us']:.0f} µs")
        return figures

    def samples(self):
        """The role and the statements behind requests of each kind, with a look at the plans of all."""
        samples = {}
        explained = set()
        with StatementLog(self.mesh) as log:
            for kind, urls in self.urls.items():
                sample = []
                count = 1 if kind in Questions.BY_ID else self.options.samples
                for url in urls[:count]:
                    found = log.behind(url)
                    if not found:
                        raise MeshError(f"no statement was logged behind {url.decode()}")
                    sample.append((url, found))
                # One service answers a kind of request; what the others' work in the background says is left out.
                roles = collections.Counter(statement.role for _, found in sample for statement in found)
                role = roles.most_common(1)[0][0]
                sample = [(url, [s for s in found if s.role == role]) for url, found in sample]
                samples[kind] = (role, [(url, found) for url, found in sample if found])
                for url, found in sample:
                    for statement in found:
                        if self.options.samples > 1 and (statement.role, statement.text) not in explained:
                            explained.add((statement.role, statement.text))
                            self.explain(kind, url, statement)
        say(f"  {len(explained)} statements explained, {len(self.bad_plans)} bad plans")
        return samples

    def pgbench(self, kind, role, sample):
        """What pgbench and PostgreSQL take for the same SQL."""
        seconds = self.options.seconds
        if kind in Questions.BY_ID:
            [(url, found)] = sample
            script = identity_script(found, url.decode().split("/")[3].split("?")[0], self.questions.products)
            return self.mesh.pgbench(role, [(script, 1)], seconds)
        questions = SampledQuestions(self.mesh, role, [found for _, found in sample])
        try:
            # Plans are made in the first runs.
            self.mesh.pgbench(role, questions.scripts, 1)
            whole = self.mesh.pgbench(role, questions.scripts, seconds)
            draw = self.mesh.pgbench(role, questions.draw, seconds)
        finally:
            questions.close()
        return {"rate": whole["rate"], "server_us": whole["server_us"] - draw["server_us"],
                "client_us": whole["client_us"] - draw["client_us"], "draw_us": draw["server_us"] + draw["client_us"]}

    def explain(self, kind, url, statement):
        for plan in plans(self.mesh, statement):
            tables = whole_reads(plan)
            # Of few rows everything is read from end to end; what counts is the large database.
            if tables and self.mesh.products >= 100_000:
                self.bad_plans.append(f"{kind}: {url.decode()} reads {', '.join(tables)}\n{statement.text}\n{plan}")


def environment():
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True).stdout.strip()
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")]
    return {"commit": commit, "cpu": names[0] if names else "unknown"}


def measure(products, options):
    mesh = BenchMesh(options.folder / f"bench-mesh-{products}", options.binaries, products, options.seed, say)
    figures = {}
    try:
        state = mesh.state
        if state is None or not options.reuse or state["seed"] != options.seed:
            say(f"filling {mesh.folder}")
            state = mesh.fill()
        figures["fill"] = state
        if options.only != "fill":
            mesh.restart(SERVER_CORE, postgres={"autovacuum": "off"})
            mesh.wait_for_catalog()
            idle = mesh.memory()
            if options.only in (None, "requests"):
                say(f"requests, {products} products")
                bench = Bench(mesh, options)
                figures["requests"] = bench.requests()
                figures["bad_plans"] = bench.bad_plans
            figures["memory"] = {"idle": idle, "load": mesh.memory("VmHWM")}
            if options.only in (None, "starts"):
                figures["starts"] = {name: mesh.start_times(name) for name in idle}
            if options.only in (None, "observations") and products > 10_000:
                figures["observations"] = observations(mesh, options)
                load = figures["memory"]["load"]
                load["pricing"] = max(load["pricing"], *(part["pricing_peak_mib"] for part in figures["observations"][:2]))
    finally:
        mesh.down()
    return figures


def observations(mesh, options):
    """PostgreSQL has one core, the other is its clients': pricing with its caller and those who follow its events, or psql.
    The catalogue does not listen."""
    say("observations")
    mesh.restart(SERVER_CORE, {service: LOAD_CORE for service in EXECUTABLES}, {"autovacuum": "off"})
    mesh.stop("catalog")
    recording.warm_up(mesh, options.observed)
    figures = [recording.measure(mesh, options.observed, changed) for changed in (100, 10)]
    start_events = int(mesh.query("SELECT last_value FROM pricing.event_log_sequence"))
    mesh.start_service("catalog")
    seconds = mesh.wait_for_catalog()
    figures.append({"catalog_follows_s": seconds, "events": start_events})
    return figures


def print_requests(figures, small):
    rows = []
    for kind, large in figures["requests"].items():
        cpu, bench = large["cpu_us"], large["pgbench"]
        growth = large["total_us"] / small["requests"][kind]["total_us"] if small else None
        target = P99_TARGETS.get(kind)
        misses = [name for name, missed in (
            ("CPU", large["ratio"] > RATIO_TARGET), ("p99", target is not None and large["p99"] > target),
            ("growth", growth is not None and kind in GROWTH_KINDS and growth > GROWTH_TARGET)) if missed]
        rows.append([
            kind, f"{large['rate']:,.0f}", f"{cpu['edge']:.0f}", f"{sum(cpu[name] for name in BACKENDS):.0f}",
            f"{cpu['postgres']:.0f}", f"{large['total_us']:.0f}", f"{bench['server_us'] + bench['client_us']:.0f}",
            f"{large['ratio']:.2f}", f"{large['p50']:.2f}", f"{large['p99']:.2f}",
            *([f"{small['requests'][kind]['total_us']:.0f}", f"{small['requests'][kind]['p99']:.2f}", f"{growth:.2f}"]
              if small else []),
            ", ".join(misses) or "met"])
    head = ["request", "/s", "gateway µs", "backend µs", "PG µs", "total µs", "pgbench µs", "ratio", "p50 ms", "p99 ms",
            *(["10,000: µs", "p99 ms", "growth"] if small else []), "targets"]
    fill = figures["fill"]
    table(f"Uncached requests, {fill['products']:,} products, {fill['listings']:,} listings, {fill['observations']:,} "
          f"observations, {fill['deals']:,} deals; CPU at full load, latencies at half", head, rows)
    return all(cells[-1] == "met" for cells in rows)


def print_rest(figures):
    fill = figures["fill"]
    table("Filling, nothing pinned", ["what", "rows", "rows/s"], [
        ["ImportProducts", f"{fill['import']['rows']:,}", f"{fill['import']['per_second']:,.0f}"],
        ["RecordObservations, a year of each listing", f"{fill['year']['rows']:,}", f"{fill['year']['per_second']:,.0f}"]])
    is_met = True
    if "observations" in figures:
        rows = []
        for part in figures["observations"][:2]:
            is_met = is_met and part["ratio"] >= COPY_TARGET
            cpu = part["cpu_us"]
            rows.append([
                f"one observation of each listing, {part['changed']} % changes", f"{part['rows']:,}",
                f"{part['per_second']:,.0f}", f"{part['copy_per_second']:,.0f}", f"{part['ratio']:.2f}",
                f"{cpu['pricing']:.1f}", f"{cpu['postgres']:.1f}", f"{part['copy_cpu_us']:.1f}",
                "met" if part["ratio"] >= COPY_TARGET else "not met"])
        table("Observations, PostgreSQL on one core, its client on the other", [
            "what", "rows", "rows/s", "psql COPY/s", "ratio", "pricing µs", "PG µs", "COPY PG µs", f"target {COPY_TARGET}"], rows)
    if "memory" not in figures:
        return is_met
    rows = []
    for name, idle in figures["memory"]["idle"].items():
        load = figures["memory"]["load"][name]
        starts = figures.get("starts", {}).get(name)
        middle = statistics.median(starts) if starts else None
        misses = [what for what, missed in (
            ("idle", idle > IDLE_TARGET), ("load", load > LOAD_TARGET), ("start", middle is not None and middle > START_TARGET))
            if missed]
        is_met = is_met and not misses
        rows.append([name, f"{idle:.1f}", f"{load:.1f}", f"{middle:.0f}" if middle else "-", ", ".join(misses) or "met"])
    table("Memory (MiB) and start to ready (ms, median of 5)", ["service", "idle", "peak under load", "start", "targets"], rows)
    return is_met


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reuse", action="store_true", help="take a filled database that is there")
    parser.add_argument("--no-small", action="store_true", help="without the 10,000 products beside it")
    parser.add_argument("--only", choices=["fill", "requests", "observations", "starts"])
    parser.add_argument("--seconds", type=float, default=2, help="of each closed-loop load")
    parser.add_argument("--urls", type=int, default=4000, help="different requests of each kind")
    parser.add_argument("--samples", type=int, default=400, help="of them, from how many pgbench draws")
    parser.add_argument("--observed", type=int, default=120_000, help="products whose listings are observed once more")
    parser.add_argument("--folder", type=pathlib.Path, default=PROJECT / ".run")
    parser.add_argument("--binaries", default=str(PROJECT / ".build" / "release"))
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    return parser.parse_args()


def main():
    options = parse()
    try:
        large = measure(options.products, options)
        small = None
        if not options.no_small and options.products > 10_000:
            small = measure(10_000, options)
    except (MeshError, http_load.LoadError) as error:
        print(f"bench-mesh: {error}", file=sys.stderr)
        return 1
    system = environment()
    print(f"{system['cpu']}, commit {system['commit']}")
    is_met = True
    if "requests" in large:
        is_met = print_requests(large, small if small and "requests" in small else None)
    is_met = print_rest(large) and is_met
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"system": system, "large": large, "small": small}, indent=1))
    for text in large.get("bad_plans", []):
        print(f"\nA plan that reads a large table from end to end:\n{text}", file=sys.stderr)
    if large.get("bad_plans"):
        return 1
    return 0 if is_met or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
