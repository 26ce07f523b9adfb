/// The selectors that reading the demo's shops without markup takes, as the pricing service's configuration has them.
package enum ShopSelectorsFile {
  package static let json = """
    {"shops": {
      "yildiz": {
        "price": {"css": ".price-box > strong.now"},
        "list_price": {"css": ".price-box > del.old"},
        "availability": {"css": "#stock", "in_stock": ["Stokta var"], "out_of_stock": ["Tükendi"]}
      },
      "alpen": {
        "price": {"xpath": "//div[@class='price-box']/strong"},
        "list_price": {"xpath": "//div[@class='price-box']/del"},
        "availability": {"css": "#stock", "in_stock": ["An Lager"], "out_of_stock": ["Nicht lieferbar"]}
      }
    }}

    """
}
