"""Takes the catalogues of a folder into a mesh: products.csv and prices.csv, plain or .gz, of one shop or of several.

The folder holds the two files itself, or folders that do; a folder's name is its shop's. The formats are in
docs/import.md.
"""

import csv
import gzip
import pathlib
import re
import subprocess
import sys
import time

from mesh import MeshError


def one_of(folder, name):
    """The file of this name, plain or compressed; None without one."""
    found = [path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()]
    if len(found) > 1:
        raise MeshError(f"{folder} has both {found[0].name} and {found[1].name}; remove the one that is not meant")
    return found[0] if found else None


def shop_name(folder):
    """The folder's name as a shop's name may be written."""
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.name.lower()).strip("-")[:64]
    if not name:
        raise MeshError(f"{folder}: expected a name with letters or digits, as it becomes the shop's name")
    return name


def catalogues(folder):
    """(shop, products file, prices file or None) of each catalogue in a folder."""
    folder = pathlib.Path(folder).resolve()
    if not folder.is_dir():
        raise MeshError(f"DATA: expected a folder, and {folder} is none")
    places = [folder] if one_of(folder, "products") else sorted(path for path in folder.iterdir() if path.is_dir())
    found = [(shop_name(place), one_of(place, "products"), one_of(place, "prices"))
             for place in places if one_of(place, "products")]
    if not found:
        raise MeshError(f"DATA: expected products.csv or products.csv.gz in {folder} or in folders below it")
    shops = [shop for shop, _, _ in found]
    if len(set(shops)) < len(shops):
        raise MeshError(f"DATA: two folders would be the same shop: {', '.join(shops)}")
    return found


def currency_of(products):
    """What the first product's prices are in; prices have no column of their own for it."""
    opener = gzip.open if products.suffix == ".gz" else open
    try:
        with opened(opener, products) as file:
            for row in csv.DictReader(file):
                currency = (row.get("currency") or "").strip()
                if re.fullmatch("[A-Z]{3}", currency):
                    return currency
                raise MeshError(f"{products}, line 2: expected a currency (ISO 4217) in the column currency")
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise MeshError(f"{products}: {error}") from error
    raise MeshError(f"{products}: expected at least one product")


def opened(opener, path):
    return opener(path, "rt", encoding="utf-8-sig", newline="")


def check(folder):
    """What `import_all` would import, with each shop's currency; `MeshError` for what cannot be."""
    return [(shop, currency_of(products), products, prices) for shop, products, prices in catalogues(folder)]


def import_all(mesh, folder):
    """Imports everything, with a progress bar on a terminal; a second time changes nothing."""
    found = check(folder)
    currencies = {shop: currency for shop, currency, _, _ in found}
    steps = [(shop, kind, file) for shop, _, products, prices in found
             for kind, file in (("products", products), ("prices", prices)) if file]
    for index, (shop, kind, file) in enumerate(steps, 1):
        mesh.say(f"[{index}/{len(steps)}] {kind} of {shop} from {file.name} …")
        started = time.monotonic()
        more = ["--currency", currencies[shop]] if kind == "prices" else []
        ran = subprocess.run(
            mesh.fiyat_command("import", kind, file, "--shop", shop, *more), env=mesh.fiyat_environment(), text=True,
            stdout=subprocess.PIPE, stderr=None if sys.stderr.isatty() else subprocess.PIPE, check=False)
        if ran.returncode != 0:
            raise MeshError(f"the import of {file} failed: {(ran.stderr or '').strip() or 'see above'}")
        mesh.say("".join(f"      {line}\n" for line in ran.stdout.splitlines())
                 + f"[{index}/{len(steps)}] {kind} of {shop} done ({time.monotonic() - started:.1f} s)")
