internal import HTTPTypes
internal import MeshMessages

/// Products, found by words, by shop and its id, or newest first.
struct ProductsPage: Sendable {
  struct Filter: Sendable {
    var query = ""
    var shop = ""
    var externalID = ""
    var status = ""

    var items: [(name: String, value: String)] {
      [("q", query), ("shop", shop), ("external_id", externalID), ("status", status)]
    }
  }

  let layout: OperatorLayout
  let filter: Filter
  let products: [CatalogV1.Product]
  let token: String
  let next: String

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let states = [
      OperatorParts.Choice(value: "", label: context(.active)),
      OperatorParts.Choice(value: "retired", label: context(.retired)),
    ]
    return layout.response(
      """
      \(parts.filters("/admin/products", [
        parts.filter("q", .words, filter.query, maximum: 200),
        parts.filter("shop", .shop, filter.shop, maximum: 64),
        parts.filter("external_id", .externalID, filter.externalID, maximum: 200),
        parts.select("status", .state, filter.status, states),
      ]))
      \(table)
      \(parts.pages("/admin/products", filter.items, token: token, next: next))
      """)
  }

  private var table: HTML {
    let parts = layout.parts
    let context = parts.context
    return parts.table(
      .products,
      [
        .init(.product), .init(.number), .init(.brand), .init(.category), .init(.state), .init(.price, isNumber: true),
        .init(.changed),
      ],
      products.map { product in
        [
          "<a href=\"\(context.path("/admin/products/\(product.id)"))\">\(product.title)</a>", "\(product.id)",
          "\(product.brand)", "\(product.category)", Self.state(product, parts),
          product.price?.price.map { "\(context.language.price($0))" } ?? "—",
          parts.moment(product.updatedAt?.seconds),
        ]
      }, none: .productsNone)
  }

  static func state(_ product: CatalogV1.Product, _ parts: OperatorParts) -> HTML {
    product.status == .retired
      ? parts.mark(parts.context(.retired), .plain) : parts.mark(parts.context(.active), .good)
  }
}

/// One product with its listings, to be changed.
struct ProductEditPage: Sendable {
  static let priorities: [(word: String, value: CommonV1.PriorityClass, phrase: OperatorPhrase)] = [
    ("", .unspecified, .priorityDefault), ("hot", .hot, .priorityHot), ("normal", .normal, .priorityNormal),
    ("cold", .cold, .priorityCold),
  ]

  let layout: OperatorLayout
  let product: CatalogV1.Product
  let form: FormMarkup
  var status = HTTPResponse.Status.ok

  /// The fields that can be changed, as the catalogue calls them.
  static let fields = ["title", "brand", "gtin", "category", "image_url", "priority"]

  /// The fields as they are now.
  static func values(_ product: CatalogV1.Product) -> [String: String] {
    [
      "title": product.title, "brand": product.brand, "gtin": product.gtin, "category": product.category,
      "image_url": product.imageUrl, "version": "\(product.version)",
      "priority": priorities.first { $0.value == product.priority }?.word ?? "",
    ]
  }

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let path = "/admin/products/\(product.id)"
    let end =
      product.status == .retired
      ? parts.act(path + "/revive", .revive, subject: product.title)
      : parts.ask(path + "/retire", .retire, subject: product.title)
    return layout.response(
      """
      <p>\(ProductsPage.state(product, parts)) <a href="\(context.path("/p/\(product.id)"))">\(context(.shopperPage))</a></p>
      <section class="panel" aria-labelledby="t-facts"><h2 id="t-facts">\(context(.facts))</h2>
      \(form.form(path, fields, button: context(.save), cancel: "/admin/products"))</section>
      <section aria-labelledby="t-listings"><div class="heading"><h2 id="t-listings">\(context(.listings))</h2>
      \(parts.act(path + "/check", .checkAll, subject: product.title))</div>
      \(listings)</section>
      <section aria-labelledby="t-end"><h2 id="t-end">\(context(.retireTitle))</h2>
      <p>\(context(.retireText))</p><p>\(end)</p></section>
      """, status: status)
  }

  private var fields: HTML {
    let context = layout.parts.context
    let priorities = Self.priorities.map { (value: $0.word, label: context($0.phrase)) }
    return form.hidden("version", form.values["version"] ?? "")
      + form.field("title", context(.title), .init(autocomplete: "off", maximum: 500))
      + form.field("brand", context(.brand), isRequired: false)
      + form.field(
        "gtin", context(.gtin), .init(autocomplete: "off", inputmode: "numeric", maximum: 14), isRequired: false)
      + form.field(
        "category", context(.category), .init(autocomplete: "off", maximum: 500), hint: context(.categoryHint),
        isRequired: false)
      + form.field("image_url", context(.image), .address, isRequired: false)
      + form.select("priority", context(.priority), priorities)
  }

  private var listings: HTML {
    let parts = layout.parts
    let context = parts.context
    return parts.table(
      .listings,
      [.init(.listing), .init(.shop), .init(.externalID), .init(.address), .init(.sourceKind), .init(.acts)],
      product.listings.map { listing in
        let link: HTML =
          WebAddress.link(listing.url).map {
            "<a href=\"\($0)\" rel=\"noreferrer nofollow\">\(WebAddress.origin($0) ?? $0)</a>"
          } ?? "\(listing.url)"
        return [
          "<a href=\"\(context.path("/admin/runs?listing=\(listing.id)"))\">\(listing.id)</a>", "\(listing.shop)",
          "\(listing.externalId)", link, "\(listing.source)",
          parts.act(
            "/admin/listings/\(listing.id)/check", .checkNow, subject: "\(listing.id)",
            back: "/admin/products/\(product.id)")
            + parts.ask(
              "/admin/listings/\(listing.id)/remove", .remove, subject: "\(listing.id)"),
        ]
      }, none: .listingsNone)
  }
}
