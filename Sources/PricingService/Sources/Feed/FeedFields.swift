/// Makes items of fields as they are written in a feed.
struct FeedFields: Sendable {
  /// By name without prefix, lower case, blanks as `_`.
  private var values: [String: String] = [:]

  static let known: Set<String> = [
    "id", "title", "link", "price", "sale_price", "sale_price_effective_date", "availability", "gtin", "mpn", "brand",
    "seller_name", "external_seller_id",
  ]

  /// `g:sale_price`, `Sale price` and `sale_price` are one name.
  static func name(_ written: String) -> String {
    var rest = written.lowercased()[...]
    if rest.hasPrefix("g:") { rest = rest.dropFirst(2) }
    return String(rest.map { $0 == " " || $0 == "-" ? "_" : $0 })
  }

  var isEmpty: Bool { values.isEmpty }

  /// The first value of a name counts.
  mutating func set(_ name: String, _ value: String) {
    let trimmed = value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if Self.known.contains(name), !trimmed.isEmpty, values[name] == nil { values[name] = trimmed }
  }

  /// The item, or what is wrong with it.
  func item(locale: String, line: Int) -> FeedElement {
    func fault(_ reason: String) -> FeedElement { .fault(FeedFault(line: line, reason: reason)) }
    var item = FeedItem()
    guard let id = values["id"], id.utf8.count <= 200 else { return fault("id: expected 1 to 200 bytes") }
    item.id = id
    item.title = String((values["title"] ?? "").prefix(1_000))
    item.link = String((values["link"] ?? "").prefix(2_048))
    item.gtin = String((values["gtin"] ?? "").prefix(50))
    item.mpn = String((values["mpn"] ?? "").prefix(100))
    item.brand = String((values["brand"] ?? "").prefix(200))
    item.seller = String((values["seller_name"] ?? values["external_seller_id"] ?? "").prefix(200))
    if let text = values["availability"] {
      guard let availability = AvailabilityText.read(text) else {
        return fault("availability: expected in_stock, out_of_stock, preorder or backorder")
      }
      item.availability = availability
    }
    for name in ["price", "sale_price"] {
      guard let text = values[name] else { continue }
      guard let money = Self.money(text, locale: locale) else {
        return fault("\(name): expected an amount and a currency, such as 1299.00 TRY")
      }
      guard money.units > 0 else { return fault("\(name): expected more than zero") }
      if item.currency.isEmpty { item.currency = money.currency }
      guard item.currency == money.currency else { return fault("\(name): expected one currency in all prices") }
      if name == "price" { item.price = money.units } else { item.salePrice = money.units }
    }
    guard item.price != nil || item.salePrice != nil || item.availability == .outOfStock else {
      return fault("price: missing")
    }
    if let text = values["sale_price_effective_date"] {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, let from = ISODate.seconds(parts[0]), let until = ISODate.seconds(parts[1]), from < until
      else { return fault("sale_price_effective_date: expected two ISO 8601 times with a slash between") }
      item.saleFrom = from
      item.saleUntil = until
    }
    return .item(item)
  }

  /// `1299.00 TRY`, as Google wants it, or as the shop's people write it (`1.299,00 TL`).
  private static func money(_ text: String, locale: String) -> (units: Int64, currency: String)? {
    let parts = text.split(separator: " ")
    if parts.count == 2 {
      for (amount, code) in [(parts[0], parts[1]), (parts[1], parts[0])] {
        if let currency = Currency(code.uppercased()), let value = ExactDecimal(amount),
          !isThousands(amount, currency: currency)
        {
          return value.minorUnits(digits: currency.decimals).map { ($0, currency.code) }
        }
      }
    }
    do {
      let reading = try PriceText(locale: locale).read(text)
      guard let code = reading.currency, reading.currencyText != nil, let units = reading.minorUnits else { return nil }
      return (units, code)
    } catch {
      return nil
    }
  }

  /// `1.299` of a currency with two decimals: not what Google wants, and it may be more than a thousand.
  private static func isThousands(_ amount: Substring, currency: Currency) -> Bool {
    let parts = amount.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[1].utf8.count == 3 && currency.decimals < 3 && parts[0] != "0"
  }
}
