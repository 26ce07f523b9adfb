"""The SQL behind a request, as PostgreSQL's own log tells it: run by pgbench, and explained."""

import pathlib
import re
import time
import urllib.request

# What must never be read from end to end: everything that grows with the number of products.
LARGE_TABLES = ("product", "product_price", "listing", "listing_price", "listing_state", "deal", "observation", "event_log")
# Whose services answer the measured requests.
SCHEMAS = ("catalog", "pricing")
_ENTRY = re.compile(r"^@@(\w*)\|(\w+):\s+(.*)", re.S)
_EXECUTE = re.compile(r"^execute [^:]*: (.*)", re.S)
_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
# What every statement holds that only the machinery of events, leases and readiness sends.
_OTHERS = re.compile(r"event_log|event_inbox|event_subscriber|check_schedule|worker|pg_|\bjob\b|FOR NO KEY|deadline")


class Statement:
    """One statement: who sent it, its text and its values as literals."""

    def __init__(self, role, text, values):
        self.role, self.text, self.values = role, text, values

    def literal(self, replace=lambda value: value):
        """The text with its values put in."""
        return re.sub(r"\$(\d+)", lambda match: replace(self.values[int(match[1]) - 1]), self.text)


class StatementLog:
    """Turns the log of statements on and off, and reads it."""

    def __init__(self, mesh):
        self.mesh = mesh
        self.path = pathlib.Path(mesh.folder) / "log" / "postgres.log"

    def __enter__(self):
        for setting in ("log_statement = 'all'", "log_line_prefix = '@@%u|'", "log_min_duration_statement = -1"):
            self.mesh.sql(f"ALTER SYSTEM SET {setting}")
        self.mesh.sql("SELECT pg_reload_conf()")
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        for setting in ("log_statement", "log_line_prefix", "log_min_duration_statement"):
            self.mesh.sql(f"ALTER SYSTEM RESET {setting}")
        self.mesh.sql("SELECT pg_reload_conf()")

    def behind(self, url):
        """The statements that the services send to answer a request, in order."""
        start = self.path.stat().st_size
        urllib.request.urlopen(self.mesh.gateway + url.decode()).read()
        # The log is written before the answer, by the backends themselves.
        with open(self.path, "rb") as file:
            file.seek(start)
            text = file.read().decode(errors="replace")
        statements = []
        for entry in re.split(r"\n(?=@@)", text):
            match = _ENTRY.match(entry.rstrip("\n"))
            if not match or match[1] not in SCHEMAS:
                continue
            role, level, body = match.groups()
            body = body.replace("\n\t", "\n")
            execute = _EXECUTE.match(body)
            if level == "LOG" and execute:
                statements.append(Statement(role, execute[1], []))
            elif level == "DETAIL" and statements and statements[-1].role == role and "arameters: " in body:
                statements[-1].values = [value for _, value in _PARAMETER.findall(body)]
        return [s for s in statements if s.text.lstrip(" (\n").startswith(("SELECT", "WITH")) and not _OTHERS.search(s.text)]


def bench_script(statements, identity=None):
    """A pgbench script of a request's statements; with `identity`, the highest id, the id is drawn for each run."""
    def replace(value):
        if identity and value == f"'{identity[0]}'":
            return ":id"
        if identity and value == f"'{{{identity[0]}}}'":
            return "ARRAY[:id]::bigint[]"
        return value
    lines = [f"\\set id random(1, {identity[1]})"] if identity else []
    return "\n".join(lines + [s.literal(replace) + ";" for s in statements]) + "\n"


def plans(mesh, statement):
    """The plan for these values, and the one for any values, which a prepared statement may come to use."""
    values = ", ".join(statement.values)
    execute = f"EXECUTE explained({values})" if values else "EXECUTE explained"
    texts = []
    for mode in ("force_custom_plan", "force_generic_plan"):
        texts.append(mesh.sql(
            f"SET search_path = {statement.role}; SET plan_cache_mode = {mode};\n"
            f"PREPARE explained AS {statement.text};\nEXPLAIN {execute};", "fiyatradari"))
    return texts


def whole_reads(plan):
    """The large tables that a plan reads from end to end, by a sequential scan."""
    found = re.findall(r"Seq Scan on (\w+)", plan)
    return sorted({name for name in found if re.sub(r"_(\d{4}_?\d{2}.*|default|\d+)$", "", name) in LARGE_TABLES})
