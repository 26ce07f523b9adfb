extension Scenario {
  /// What runs without `--scenario`: people who look around, as a file that can be copied and changed.
  static let standardText = """
    {
      "name": "browse",
      "think": {"minimum": "500ms", "maximum": "1500ms"},
      "headers": {"Accept-Encoding": "gzip"},
      "variables": {
        "product": {"from": "/v1/products?limit=200", "field": "products.id"},
        "category": {"from": "/v1/categories", "field": "categories.path", "values": ["elektronik"]},
        "query": {"values": ["kulaklık", "bluetooth", "telefon", "kahve", "çanta", "ayakkabı", "oyuncak", "kitap"]},
        "prefix": {"values": ["ku", "te", "ka", "bl", "ay", "ki", "ça", "oy"]}
      },
      "requests": [
        {"name": "list", "weight": 20, "path": "/v1/products?limit=20"},
        {"name": "list-filtered", "weight": 10, "path": "/v1/products?category={category}&limit=20"},
        {"name": "list-by-price", "weight": 8, "path": "/v1/products?sort=price&currency=TRY&limit=20"},
        {"name": "search", "weight": 10, "path": "/v1/search?q={query}&limit=20"},
        {"name": "suggest", "weight": 10, "path": "/v1/suggest?q={prefix}"},
        {"name": "product", "weight": 20, "path": "/v1/products/{product}"},
        {"name": "history", "weight": 6, "path": "/v1/products/{product}/history"},
        {"name": "statistics", "weight": 4, "path": "/v1/products/{product}/statistics"},
        {"name": "deals", "weight": 10, "path": "/v1/deals?limit=20"},
        {"name": "categories", "weight": 2, "path": "/v1/categories"}
      ]
    }
    """
}
