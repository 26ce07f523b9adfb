#!/usr/bin/env python3
"""Talks to Fiyatradari's services by gRPC, from nothing but their contracts in `proto/`.

    pip install grpcio grpcio-tools
    python radar.py products --shop anadolu
    python radar.py watch --min-discount 1500
    python radar.py record anadolu ana-1001 1299.00 --currency TRY
    python radar.py history 42

Stubs are generated from the contracts at each start, so the program cannot fall behind them.
"""

import argparse
import datetime
import decimal
import importlib
import importlib.resources
import pathlib
import sys
import tempfile

import grpc
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
DECIMALS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3, "TND": 3}


def stubs(proto: pathlib.Path = PROTO, folder: pathlib.Path | None = None):
    """Generates Python from the contracts and returns the modules of catalog, pricing and what they share."""
    folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="radar-"))
    google = importlib.resources.files("grpc_tools") / "_proto"
    files = [str(file.relative_to(proto)) for file in sorted(proto.glob("fiyatradari/*/v1/*.proto"))]
    arguments = [f"-I{proto}", f"-I{google}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    if protoc.main(["protoc", *arguments, *files]):
        raise SystemExit(f"protoc refused the contracts in {proto}")
    sys.path.insert(0, str(folder))
    load = importlib.import_module
    return {
        "catalog": load("fiyatradari.catalog.v1.catalog_pb2"), "pricing": load("fiyatradari.pricing.v1.pricing_pb2"),
        "market": load("fiyatradari.common.v1.market_pb2"), "money": load("fiyatradari.common.v1.money_pb2"),
        "paging": load("fiyatradari.common.v1.paging_pb2"),
        "catalog_grpc": load("fiyatradari.catalog.v1.catalog_pb2_grpc"),
        "pricing_grpc": load("fiyatradari.pricing.v1.pricing_pb2_grpc"),
    }


class Radar:
    """The two services that know products and prices."""

    def __init__(self, catalog: str, pricing: str, modules=None):
        self.modules = modules or stubs()
        self.channels = [grpc.insecure_channel(catalog), grpc.insecure_channel(pricing)]
        self.catalog = self.modules["catalog_grpc"].CatalogServiceStub(self.channels[0])
        self.pricing = self.modules["pricing_grpc"].PricingServiceStub(self.channels[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for channel in self.channels:
            channel.close()

    def import_products(self, rows, batch=1000):
        """Takes over rows (dicts with the fields of ImportProduct), a thousand with each message of the stream."""
        messages = self.modules["catalog"]

        def requests():
            for start in range(0, len(rows), batch):
                yield messages.ImportProductsRequest(
                    products=[messages.ImportProduct(**row) for row in rows[start:start + batch]])
        return self.catalog.ImportProducts(requests(), timeout=60)

    def products(self, page_size=50, **filters):
        """All products that the filter lets through, page by page."""
        catalog, paging = self.modules["catalog"], self.modules["paging"]
        token = ""
        while True:
            page = self.catalog.ListProducts(catalog.ListProductsRequest(
                filter=catalog.ProductFilter(**filters), order=catalog.PRODUCT_ORDER_NEWEST, include_listings=True,
                page=paging.Page(size=page_size, token=token)), timeout=10)
            yield from page.products
            token = page.next_page_token
            if not token:
                return

    def observation(self, shop, external_id, amount, currency, at, line=0):
        """A price as it was seen; `amount` is a decimal number as text, or None where there was none."""
        pricing, money = self.modules["pricing"], self.modules["money"]
        seen = pricing.Observation(key=pricing.ListingKey(shop=shop, external_id=external_id), line=line)
        seen.observed_at.FromDatetime(at)
        if amount is not None:
            units = int(decimal.Decimal(amount).scaleb(DECIMALS.get(currency, 2)))
            seen.price.CopyFrom(money.Money(currency=currency, minor_units=units))
        return seen

    def record(self, observations, source="push", batch=5000):
        """Sends observations as a stream; each message is one transaction."""
        pricing = self.modules["pricing"]
        observations = list(observations)
        return self.pricing.RecordObservations((
            pricing.RecordObservationsRequest(observations=observations[start:start + batch], source=source)
            for start in range(0, len(observations), batch)), timeout=60)

    def watch_deals(self, after=None, **filters):
        """The call that streams deals as they open, change and close. Its messages without a deal are signs of life,
        and their position is where to go on after an interruption."""
        pricing = self.modules["pricing"]
        return self.pricing.StreamDeals(pricing.StreamDealsRequest(filter=pricing.DealFilter(**filters), after=after))

    def history(self, listing):
        pricing = self.modules["pricing"]
        answer = self.pricing.GetPriceHistory(pricing.GetPriceHistoryRequest(
            listing_id=listing, resolution=pricing.HISTORY_RESOLUTION_CHANGES), timeout=10)
        return answer.listings[0]

    def statistics(self, listing, as_of=None):
        request = self.modules["pricing"].GetPriceStatisticsRequest(listing_id=listing)
        if as_of is not None:
            request.as_of.FromDatetime(as_of)
        return self.pricing.GetPriceStatistics(request, timeout=10)


def text(money):
    decimals = DECIMALS.get(money.currency, 2)
    return f"{decimal.Decimal(money.minor_units).scaleb(-decimals):.{decimals}f} {money.currency}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalog", default="127.0.0.1:9101")
    parser.add_argument("--pricing", default="127.0.0.1:9102")
    commands = parser.add_subparsers(dest="command", required=True)
    products = commands.add_parser("products", help="lists products with their prices")
    products.add_argument("--shop", default="")
    watch = commands.add_parser("watch", help="shows deals as they open and close")
    watch.add_argument("--min-discount", type=int, default=0, help="in basis points: 1500 is 15 %%")
    record = commands.add_parser("record", help="tells a price that was seen now")
    for name in ("shop", "external_id", "price"):
        record.add_argument(name)
    record.add_argument("--currency", default="TRY")
    commands.add_parser("history", help="shows a listing's changes").add_argument("listing", type=int)
    options = parser.parse_args()
    with Radar(options.catalog, options.pricing) as radar:
        try:
            run(radar, options)
        except grpc.RpcError as error:
            raise SystemExit(f"{error.code().name}: {error.details()}") from error
        except KeyboardInterrupt:
            pass


def run(radar, options):
    if options.command == "products":
        for product in radar.products(shop=options.shop):
            price = text(product.price.price) if product.HasField("price") else "no price"
            print(f"{product.id:8}  {price:>16}  {product.title}")
    elif options.command == "watch":
        for message in radar.watch_deals(min_discount_basis_points=options.min_discount):
            if message.HasField("deal"):
                deal = message.deal
                state = "closed" if deal.HasField("closed_at") else "open"
                print(f"{state:6}  -{deal.real_discount_basis_points / 100:.1f} %  {text(deal.price):>16}  "
                      f"{deal.shop}: {deal.product_title}", flush=True)
    elif options.command == "record":
        answer = radar.record([radar.observation(
            options.shop, options.external_id, options.price, options.currency,
            datetime.datetime.now(datetime.timezone.utc))])
        print(f"{answer.recorded} recorded, {answer.duplicates} known already, {answer.rejected} rejected")
        for rejection in answer.rejections:
            print(f"  {rejection.message}")
    else:
        listing = radar.history(options.listing)
        states = radar.modules["market"].Availability.Name
        for point in listing.points:
            print(f"{point.at.ToJsonString()}  {point.price:>12}  {states(point.availability)}")


if __name__ == "__main__":
    main()
