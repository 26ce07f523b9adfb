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


class SampledQuestions:
    """The statements of many requests of one kind as pgbench runs them: one script for each shape (the same texts), its
    values drawn for each run from a table of all that were seen. So each shape is prepared once, as the services do it.

    The drawing costs something: `draw` holds scripts that only draw, to be measured alone and taken off.
    """

    SCHEMA = "bench"

    def __init__(self, mesh, role, requests):
        self.mesh, self.role = mesh, role
        shapes = {}
        for statements in requests:
            key = tuple((s.text, tuple(value == "NULL" for value in s.values)) for s in statements)
            shapes.setdefault(key, []).append([value for s in statements for value in s.values if value != "NULL"])
        mesh.sql(f"DROP SCHEMA IF EXISTS {self.SCHEMA} CASCADE; CREATE SCHEMA {self.SCHEMA}; "
                 f"GRANT USAGE ON SCHEMA {self.SCHEMA} TO {role}", "fiyatradari")
        self.scripts, self.draw = [], []
        for number, (key, values) in enumerate(shapes.items()):
            lookup = self._table(number, values)
            self.scripts.append((lookup + self._texts(key), len(values)))
            self.draw.append((lookup or "\\set i 0\n", len(values)))

    def _table(self, number, values):
        """Keeps the values of a shape, and says how a script draws a row of them."""
        width = len(values[0])
        if width == 0:
            return ""
        name = f"{self.SCHEMA}.question{number}"
        columns = [f"p{column + 1}" for column in range(width)]
        rows = ", ".join(f"({index + 1}, {', '.join(row)})" for index, row in enumerate(values))
        self.mesh.sql(
            f"CREATE TABLE {name} (i int PRIMARY KEY, {', '.join(f'{column} text' for column in columns)}); "
            f"INSERT INTO {name} VALUES {rows}; GRANT SELECT ON {name} TO {self.role}; ANALYZE {name}", "fiyatradari")
        return (f"\\set i random(1, {len(values)})\n"
                f"SELECT {', '.join(columns)} FROM {name} WHERE i = :i \\gset\n")

    @staticmethod
    def _texts(key):
        """The statements with variables in place of their values, which are numbered through."""
        texts, before = [], 0
        for text, is_null in key:
            places, given = {}, 0
            for index, absent in enumerate(is_null):
                given += not absent
                places[index + 1] = "NULL" if absent else f":p{before + given}"
            before += given
            texts.append(re.sub(r"\$(\d+)", lambda match, places=places: places[int(match[1])], text) + ";\n")
        return "".join(texts)

    def close(self):
        self.mesh.sql(f"DROP SCHEMA IF EXISTS {self.SCHEMA} CASCADE", "fiyatradari")


def identity_script(statements, identity, highest):
    """A pgbench script of a request about one product, whose id is drawn for each run."""
    def replace(value):
        if value == f"'{identity}'":
            return ":id"
        return "ARRAY[:id]::bigint[]" if value == f"'{{{identity}}}'" else value
    return f"\\set id random(1, {highest})\n" + "".join(s.literal(replace) + ";\n" for s in statements)


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
