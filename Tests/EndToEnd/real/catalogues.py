"""Real catalogues as a person would read them: the files' rows, what an import must make of them, and nothing else."""

from __future__ import annotations

import csv
import datetime
import decimal
import gzip
import pathlib

from reference.pricing_rules import observe

DATA = pathlib.Path(__file__).resolve().parents[4] / "shared" / "data"


def table(path: pathlib.Path):
    """(line, row) of a CSV file, the header being line 1; a row's line is the one that it begins on."""
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else open(
        path, encoding="utf-8", newline="")
    with opened as file:
        reader = csv.DictReader(file)
        line = 2
        for row in reader:
            yield line, row
            line = reader.line_num + 1


def milliseconds(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def minor_units(text: str) -> int | None:
    """`14.7`, `$1,234.56` as cents; None for nothing."""
    if not text:
        return None
    return int(decimal.Decimal(text.replace("$", "").replace(",", "")) * 100)


class Catalogue:
    """A shop's catalogue: files, rows, and the observations that stand in them, by the shop's own ids."""

    def __init__(self, shop: str, folder: pathlib.Path, compressed: bool):
        end = ".csv.gz" if compressed else ".csv"
        self.shop, self.products_file, self.prices_file = shop, folder / f"products{end}", folder / f"prices{end}"
        self.products = {row["id"]: row for _, row in table(self.products_file)}
        self.rows = list(table(self.prices_file))
        self.observations: dict[str, list] = {id: [] for id in self.products}
        # Lines of prices that are none.
        self.refused: list[int] = []
        for line, row in self.rows:
            price = minor_units(row["price"])
            if price is not None and price <= 0:
                self.refused.append(line)
                continue
            availability = {"": None, "unavailable": "out_of_stock"}.get(row["availability"], row["availability"])
            self.observations[row["product_id"]].append(
                observe(milliseconds(row["observed_at"]), price, minor_units(row["list_price"]), availability))

    def subset(self, shop: str, ids, folder: pathlib.Path, arrange):
        """The same of some products as files of another shop, with the rows of prices in the order of `arrange`."""
        wanted = set(ids)
        written = []
        for name, rows in (("products", list(self.products.values())),
                           ("prices", arrange([row for _, row in self.rows if row["product_id"] in wanted]))):
            rows = [row for row in rows if name == "prices" or row["id"] in wanted]
            path = folder / f"{shop}-{name}.csv"
            with open(path, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
            written.append(path)
        return written
