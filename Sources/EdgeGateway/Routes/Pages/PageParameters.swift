internal import MeshMessages

/// Parameters of pages. Forms send what was left empty too, so an empty text is none.
enum PageParameters {
  static let productID = Parameter<Int64>.id("id", in: .path, "The product's id.")
  static let span = Parameter<ChartSpan>.choice(
    "days", ChartSpan.allCases.map { ($0.rawValue, $0) }, "How far the chart goes back; 90 if not given.")
  static let theme = Parameter<ChartSVG.Look>.choice(
    "theme", [("light", .light), ("dark", .dark)], "The chart's colours; light if not given.")
  static let language = Parameter<Language>.choice(
    "lang", Language.allCases.map { ($0.code, $0) }, "The chart's language; Turkish if not given.")
  /// `7.svg`
  static let chartFile = file("file", "The product's id and .svg.", "a product's id and .svg", suffix: ".svg")
  /// `0.xml`
  static let sitemapFile = file("part", "The part's number and .xml.", "a part's number and .xml", suffix: ".xml")
  static let assetFile = Parameter<String>.text("file", in: .path, length: 1...100, "A file of the pages.")
  static let categoryPath = Parameter<String>.text("path", in: .path, length: 1...500, "The category's path.")

  static let query = Parameter<String>.text("q", length: 1...200, "What to look for.").orBlank
  static let category = CommonParameters.category.orBlank
  static let brand = Parameter<String>.text("brand", length: 1...200, "A brand's name.").orBlank
  static let shop = CommonParameters.shop.orBlank
  static let discount = CommonParameters.minDiscount.orBlank
  static let verdict = Parameter<CommonV1.Verdict>.choice(
    "verdict", [("unknown", .unknown), ("genuine", .genuine), ("inflated", .inflated)], "Only deals judged so."
  ).orBlank
  static let dealSort = Parameter<PricingV1.DealOrder>.choice(
    "sort", [("score", .score), ("discount", .discount), ("newest", .newest)], "By score if not given."
  ).orBlank
  static let listSort = Parameter<CatalogV1.ProductOrder>.choice("sort", orders, "Newest first if not given.").orBlank
  static let searchSort = Parameter<CatalogV1.ProductOrder>.choice(
    "sort", [("relevance", .relevance)] + orders, "By relevance if not given."
  ).orBlank
  static let least = Parameter<String>.price("min_price", "The least price, in TRY.").orBlank
  static let most = Parameter<String>.price("max_price", "The highest price, in TRY.").orBlank
  static let onSale = Parameter<Bool>.boolean("on_sale", "Only products with an open deal.").orBlank
  static let token = CommonParameters.pageToken.orBlank

  private static let orders: [(String, CatalogV1.ProductOrder)] = [
    ("price", .price), ("-price", .priceDescending), ("discount", .discount), ("newest", .newest),
    ("updated", .updated),
  ]

  private static func file(_ name: String, _ help: String, _ expected: String, suffix: String) -> Parameter<Int64> {
    Parameter(
      name, in: .path, isRequired: true, .text(length: 5...23, pattern: "0-9.a-z"), help, expected: expected,
      parse: { text in
        guard text.hasSuffix(suffix) else { return nil }
        let digits = text.dropLast(suffix.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(digits)
      })
  }
}

extension Parameter {
  /// The same where an empty text means that nothing was given.
  fileprivate var orBlank: Parameter<Value?> {
    let parse = parse
    return Parameter<Value?>(
      declaration.name, in: declaration.place, isRequired: false, declaration.schema, declaration.help,
      expected: String(declaration.expected.dropFirst("expected ".count)),
      parse: { text in text.isEmpty ? .some(nil) : parse(text).map { .some($0) } })
  }
}

extension Parameter where Value == String {
  /// An amount as a person types it, in liras: `1.299,90`, `1299.90`, `1299`. The value is a plain decimal text.
  fileprivate static func price(_ name: String, _ help: String) -> Parameter {
    Parameter(
      name, in: .query, isRequired: false, .amount, help, expected: "an amount such as 1299 or 1299,90",
      parse: { TypedAmount.plain($0) })
  }
}

/// Amounts as people type them into a form.
enum TypedAmount {
  /// `1.299,90` and `1,299.90` are `1299.90`; nil for what could be read in two ways or not at all.
  static func plain(_ text: String) -> String? {
    let trimmed = text.filter { $0 != " " }
    guard (1...20).contains(trimmed.utf8.count) else { return nil }
    let marks = trimmed.filter { $0 == "." || $0 == "," }
    let parts = trimmed.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }
    guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let last = parts.last
    else { return nil }
    let groups = { (parts: ArraySlice<Substring>) in
      parts.count == 1 || (parts[0].count <= 3 && parts.dropFirst().allSatisfy { $0.count == 3 })
    }
    // The last mark begins decimals when there are one or two digits behind it and no other mark is like it.
    if let mark = marks.last, last.count <= 2, !marks.dropLast().contains(mark), groups(parts.dropLast()) {
      return parts.dropLast().joined() + "." + last
    }
    return groups(parts[...]) && Set(marks).count <= 1 ? parts.joined() : nil
  }
}
