"""`make up DATA=DIR`: which catalogues a folder holds, and that they are served."""

import gzip

import pytest

import meshes  # it makes the modules of dev/ known
from pipelined import get_all
import real_data

pytestmark = pytest.mark.timeout(300)
PRODUCTS = "id,title,currency\n1,Pen,JPY\n2,Ink,JPY\n"
PRICES = """product_id,observed_at,price
1,2026-01-01T00:00:00Z,250
1,2026-02-01T00:00:00Z,200
none,2026-01-01T00:00:00Z,1
"""


def put(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_the_catalogues_of_a_folder_are_served(mesh, tmp_path):
    put(tmp_path / "Stationery Shop", products=PRODUCTS, prices=PRICES)
    other = put(tmp_path / "books")
    (other / "products.csv.gz").write_bytes(gzip.compress("\ufeffid,title,currency\nb,Book,KWD\n".encode()))
    put(tmp_path / "notes", readme="not a catalogue")
    said = []
    mesh.say = said.append
    real_data.import_all(mesh, tmp_path)
    assert [line.split(" (")[0] for line in "\n".join(said).splitlines() if " done (" in line] == [
        "[1/3] products of stationery-shop done", "[2/3] prices of stationery-shop done", "[3/3] products of books done"]
    assert "line 4: " in "\n".join(said)
    path = "/v1/products?shop=stationery-shop&currency=JPY&sort=price"

    def shown():
        return get_all(mesh, [path], connections=1)[path]["products"]
    meshes.eventually("the catalogue shows the price", lambda: any(
        product.get("price", {}).get("price") == {"amount": "200", "currency": "JPY"} for product in shown()))
    again = []
    mesh.say = again.append
    real_data.import_all(mesh, tmp_path / "Stationery Shop")
    assert "0 created, 0 updated, 2 unchanged" in "\n".join(again) and "0 recorded, 2 known already" in "\n".join(again)


@pytest.mark.parametrize("files, words", [
    ({}, "expected products.csv"), ({"prices": PRICES}, "expected products.csv"),
    ({"products": "id,title\n1,Pen\n"}, "line 2: expected a currency"), ({"products": ""}, "at least one product"),
    ({"products": "id,title,currency\n1,Pen,dollars\n"}, "line 2: expected a currency"),
])
def test_a_folder_without_a_catalogue_is_refused_before_anything_is_imported(tmp_path, files, words):
    put(tmp_path, **files)
    with pytest.raises(meshes.MeshError, match=words):
        real_data.check(tmp_path)
    with pytest.raises(meshes.MeshError, match="expected a folder"):
        real_data.check(tmp_path / "missing")


def test_a_file_that_is_there_twice_is_named(tmp_path):
    put(tmp_path, products=PRODUCTS)
    (tmp_path / "products.csv.gz").write_bytes(gzip.compress(PRODUCTS.encode()))
    with pytest.raises(meshes.MeshError, match="has both products.csv and products.csv.gz"):
        real_data.check(tmp_path)
