"""The requests that are measured, drawn by seed from what the mesh holds."""

import json
import random
import urllib.parse
import urllib.request


class Questions:
    """URLs of each kind. `by_id` tells which kinds are about one product or deal drawn from all."""

    KINDS = ("list", "filter", "sort by price", "next page", "search", "suggest", "product", "history", "statistics",
             "product's deals", "deals", "deal")
    BY_ID = ("product", "history", "statistics", "product's deals")

    def __init__(self, mesh, searches, count, seed=11):
        self.mesh, self.count = mesh, count
        self.random = random.Random(seed)
        self.products = int(mesh.sql("SELECT max(id) FROM catalog.product", "fiyatradari"))
        self.categories = mesh.sql("SELECT path FROM catalog.category ORDER BY path", "fiyatradari").splitlines()
        self.brands = mesh.sql(
            "SELECT brand_key FROM catalog.product TABLESAMPLE SYSTEM (1) WHERE brand_key <> '' LIMIT 400",
            "fiyatradari").splitlines() or ["marka"]
        self.shops = mesh.sql("SELECT DISTINCT shop FROM pricing.listing WHERE id <= 2000", "fiyatradari").splitlines()
        self.searches = searches
        self.deals = mesh.sql(
            "SELECT id FROM pricing.deal TABLESAMPLE SYSTEM (1) LIMIT 5000", "fiyatradari").splitlines() or mesh.sql(
            "SELECT id FROM pricing.deal LIMIT 5000", "fiyatradari").splitlines()

    def urls(self, kind):
        """`count` URLs as bytes."""
        make = getattr(self, "_" + kind.replace(" ", "_").replace("'", ""))
        return [make().encode() for _ in range(self.count if kind != "next page" else min(self.count, 300))]

    def _url(self, path, **parameters):
        return path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")

    def _product_id(self):
        return self.random.randint(1, self.products)

    def _price(self):
        """Lira, from 50 to 50,000, each order of magnitude as often."""
        return int(50 * 1000 ** self.random.random())

    def _list(self):
        if self.random.random() < 0.2:
            return self._url("/v1/products")
        return self._url("/v1/products", category=self.random.choice(self.categories))

    def _filter(self):
        draw = self.random.random()
        if draw < 0.3:
            return self._url("/v1/products", brand=self.random.choice(self.brands))
        if draw < 0.6:
            low = self._price()
            return self._url("/v1/products", category=self.random.choice(self.categories), min_price=low,
                             max_price=low * 2)
        if draw < 0.8:
            return self._url("/v1/products", category=self.random.choice(self.categories), on_sale="true")
        return self._url("/v1/products", shop=self.random.choice(self.shops), min_discount=1500)

    def _sort_by_price(self):
        draw = self.random.random()
        sort = self.random.choice(("price", "-price"))
        if draw < 0.4:
            return self._url("/v1/products", sort=sort, category=self.random.choice(self.categories))
        if draw < 0.6:
            return self._url("/v1/products", sort="price", min_price=self._price())
        if draw < 0.8:
            return self._url("/v1/products", sort=sort, brand=self.random.choice(self.brands))
        return self._url("/v1/products", sort="discount", category=self.random.choice(self.categories))

    def _next_page(self):
        """What follows the first page of a list: the place is in the token."""
        while True:
            url = self._sort_by_price() if self.random.random() < 0.5 else self._list()
            with urllib.request.urlopen(self.mesh.gateway + url) as response:
                token = json.load(response).get("nextPageToken")
            if token:
                return url + ("&" if "?" in url else "?") + urllib.parse.urlencode({"page_token": token})

    def _search(self):
        return self._url("/v1/search", q=self.random.choice(self.searches))

    def _suggest(self):
        text = self.random.choice(self.searches)
        return self._url("/v1/suggest", q=text[:self.random.randint(2, min(9, len(text)))].strip() or text)

    def _product(self):
        return f"/v1/products/{self._product_id()}"

    def _history(self):
        return self._url(f"/v1/products/{self._product_id()}/history", days=self.random.choice((90, 365)))

    def _statistics(self):
        return f"/v1/products/{self._product_id()}/statistics"

    def _products_deals(self):
        return f"/v1/products/{self._product_id()}/deals"

    def _deals(self):
        draw = self.random.random()
        sort = self.random.choice(("score", "discount", "newest"))
        if draw < 0.3:
            return self._url("/v1/deals", sort=sort)
        if draw < 0.7:
            return self._url("/v1/deals", sort=sort, category=self.random.choice(self.categories))
        if draw < 0.85:
            return self._url("/v1/deals", sort=sort, shop=self.random.choice(self.shops))
        return self._url("/v1/deals", sort=sort, min_discount=2000, verdict="genuine")

    def _deal(self):
        return f"/v1/deals/{self.random.choice(self.deals)}"
