"""`fiyat import` with files that are none, and with rows that are none: what is wrong is said with its line."""

import gzip
import json
import subprocess

import pytest

pytestmark = pytest.mark.timeout(300)


def run(mesh, *arguments):
    return subprocess.run(mesh.fiyat_command(*arguments), env=mesh.fiyat_environment(), capture_output=True, text=True,
                          timeout=120, check=False)


def write(folder, content, name="rows.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name, content, words", [
    ("empty.csv", "", "expected a header line"),
    ("semicolons.csv", "id;title\n1;A\n", "line 1, the header: expected a column id, found id;title"),
    ("html.csv", "<!doctype html>\n<html><body>Not found</body></html>\n", "expected a column id"),
    ("binary.csv", bytes(range(256)) * 40, "the header"),
    ("utf16.csv", "id,title\n1,A\n".encode("utf-16"), "the header"),
    ("plain.csv.gz", "id,title\n1,A\n", "expected a whole gzip file"),
    ("cut.csv.gz", gzip.compress(b"id,title\n" + b"1,A\n" * 9000)[:-9], "expected a whole gzip file"),
])
def test_a_file_that_is_no_table_is_refused_as_a_whole(mesh, tmp_path, name, content, words):
    ran = run(mesh, "import", "products", write(tmp_path, content, name), "--shop", "rubbish")
    assert ran.returncode != 0 and words in ran.stderr and name in ran.stderr, ran.stderr + ran.stdout
    assert len(ran.stderr.splitlines()) <= 2


def test_what_is_no_file_and_what_is_no_shop_is_named(mesh, tmp_path):
    missing = run(mesh, "import", "products", tmp_path / "missing.csv", "--shop", "rubbish")
    assert missing.returncode != 0 and "No such file" in missing.stderr
    folder = run(mesh, "import", "products", tmp_path, "--shop", "rubbish")
    assert folder.returncode != 0 and "expected a file" in folder.stderr
    good = write(tmp_path, "id,title,currency\n1,A,TRY\n")
    shop = run(mesh, "import", "products", good, "--shop", "NOT A SHOP", "--output", "json")
    assert shop.returncode == 0 and json.loads(shop.stdout)["rejections"][0]["line"] == 2
    assert "shop" in json.loads(shop.stdout)["rejections"][0]["reason"]


def test_bad_products_are_told_by_line_and_column_and_the_others_are_taken(mesh, tmp_path):
    rows = ["id,title,currency,gtin_or_sku,url,image,extra",
            "1,Good,TRY,4006381333931,https://shop.test/1,,x",
            ",No id,TRY,,,,",
            "3,,TRY,,,,",
            "4,Bad currency,TL,,,,",
            "5,Bad address,TRY,,javascript:alert(1),,",
            '6,"A title' + "\n" + 'of two lines",TRY,,,,',
            '8,A "quote,TRY,,,,',
            "1,Again,TRY,,,,",
            "x" * 300 + ",Long id,TRY,,,,",
            "10," + "y" * 600 + ",TRY,,,,",
            "11,Short row"]
    content = "\r\n".join(rows).encode() + b"\r\n12,Latin \xe7,TRY,,,,\r\n13,Also good,TRY,,,,"
    ran = run(mesh, "import", "products", write(tmp_path, content), "--shop", "rows", "--output", "json")
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    reasons = {each["line"]: each["reason"] for each in report["rejections"]}
    expected = {3: "id:", 4: "title:", 5: "currency:", 6: "url:", 9: "quote", 10: "id:", 11: "external_id", 12: "title:",
                13: "currency:", 14: "title: expected UTF-8"}
    for line, words in expected.items():
        assert words in reasons.get(line, ""), (line, words, reasons)
    assert report["rejected"] == len(reasons) and report["created"] + report["rejected"] >= report["rows"]
    again = json.loads(
        run(mesh, "import", "products", tmp_path / "rows.csv", "--shop", "rows", "--output", "json").stdout)
    assert again["created"] == again["updated"] == 0 and again["unchanged"] == report["created"]


def test_bad_prices_are_told_by_line_and_column_and_the_others_are_taken(mesh, tmp_path):
    products = write(tmp_path, "id,title,currency\n1,A,TRY\n", "products.csv")
    assert run(mesh, "import", "products", products, "--shop", "prices").returncode == 0
    rows = [("1,2026-01-01T00:00:00Z,100.00,,", None), ("1,2026-01-02T00:00:00Z,0,,", "price: expected more than 0"),
            ("1,2026-01-03T00:00:00Z,-5,,", "price"), ("1,2026-01-04T00:00:00Z,NaN,,", "price"),
            ("1,2026-01-05T00:00:00Z,1e9,,", "price"), ("1,yesterday,10,,", "observed_at"),
            ("1,2999-01-01T00:00:00Z,10,,", "observed_at"), ("1,2026-02-30T00:00:00Z,10,,", "observed_at"),
            ("2,2026-01-06T00:00:00Z,10,,", "listing"), (",2026-01-06T00:00:00Z,10,,", "product_id"),
            ("1,2026-01-07T00:00:00Z,10,,maybe", "availability"), ("1,2026-01-08T00:00:00Z,10 EUR,,", "price"),
            ("1,2026-01-09T00:00:00Z,99999999999999999999,,", "price"), ("1,2026-01-10T00:00:00Z,10,0,", "list_price"),
            ("1,2026-01-11T00:00:00Z,101.005,,", "price"), ("1,2026-01-12T00:00:00Z,,,unavailable", None),
            ("1,2026-01-01T00:00:00Z,100.00,,", None)]
    text = "product_id,observed_at,price,list_price,availability\n" + "".join(f"{row}\n" for row, _ in rows)
    ran = run(mesh, "import", "prices", write(tmp_path, text, "prices.csv"), "--shop", "prices", "--currency", "TRY",
              "--output", "json")
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    reasons = {each["line"]: each["reason"] for each in report["rejections"]}
    for line, (row, words) in enumerate(rows, 2):
        assert (words in reasons.get(line, "")) if words else line not in reasons, (line, row, reasons.get(line))
    assert (report["recorded"], report["known already"]) == (2, 1)
