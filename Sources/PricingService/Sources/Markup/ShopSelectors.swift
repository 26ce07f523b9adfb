/// Where on a shop's pages the facts stand, for shops whose markup says nothing or the wrong thing.
package struct ShopSelectors: Sendable {
  /// One place on a page.
  package struct Place: Sendable {
    let expression: XPathExpression
    /// The attribute to read; nil for the element's text.
    let attribute: String?
  }

  var price: Place?
  var listPrice: Place?
  var seller: Place?
  var availability: Place?
  /// Texts that say so when they stand in `availability`'s place; compared without case.
  var inStock: [String] = []
  var outOfStock: [String] = []
  /// What the page writes decimals with, where currency and locale are not enough.
  var decimalSeparator: Character?

  /// All shops' selectors.
  ///
  /// ```json
  /// {"shops": {"atlas": {
  ///   "price": {"css": ".product-price .now"},
  ///   "list_price": {"xpath": "//del[@class='old']"},
  ///   "seller": {"css": "a.seller", "attribute": "title"},
  ///   "availability": {"css": "#stock", "in_stock": ["Stokta"], "out_of_stock": ["Tükendi"]},
  ///   "decimal_separator": ","}}}
  /// ```
  ///
  /// - Throws: `ShopSelectorsError` that names the shop and field and says what was expected.
  package static func all(json: [UInt8]) throws(ShopSelectorsError) -> [String: ShopSelectors] {
    let root: JSONValue
    do {
      root = try JSONText.parse(json)
    } catch {
      throw ShopSelectorsError(field: "", expected: "\(error)")
    }
    guard let shops = root.members?["shops"]?.members else {
      throw ShopSelectorsError(field: "shops", expected: "an object with a member for each shop")
    }
    var found: [String: ShopSelectors] = [:]
    for (shop, value) in shops { found[shop] = try ShopSelectors(value, shop: shop) }
    return found
  }

  private init(_ value: JSONValue, shop: String) throws(ShopSelectorsError) {
    guard let members = value.members else { throw ShopSelectorsError(field: shop, expected: "an object") }
    for (name, value) in members {
      let field = "\(shop).\(name)"
      switch name {
      case "price": price = try Self.place(value, field: field)
      case "list_price": listPrice = try Self.place(value, field: field)
      case "seller": seller = try Self.place(value, field: field)
      case "availability":
        availability = try Self.place(value, field: field)
        inStock = try Self.texts(value.members?["in_stock"], field: field + ".in_stock")
        outOfStock = try Self.texts(value.members?["out_of_stock"], field: field + ".out_of_stock")
      case "decimal_separator":
        guard let text = value.text, text == "," || text == "." else {
          throw ShopSelectorsError(field: field, expected: "\",\" or \".\"")
        }
        decimalSeparator = text.first
      default:
        throw ShopSelectorsError(
          field: field, expected: "price, list_price, seller, availability or decimal_separator")
      }
    }
  }

  private static func place(_ value: JSONValue, field: String) throws(ShopSelectorsError) -> Place {
    guard let members = value.members else {
      throw ShopSelectorsError(field: field, expected: "an object with \"css\" or \"xpath\"")
    }
    for name in members.keys where !["css", "xpath", "attribute", "in_stock", "out_of_stock"].contains(name) {
      throw ShopSelectorsError(field: "\(field).\(name)", expected: "css, xpath or attribute")
    }
    do {
      let expression: XPathExpression
      switch (members["css"]?.text, members["xpath"]?.text) {
      case (let css?, nil): expression = try CSSSelector.xpath(css)
      case (nil, let xpath?): expression = try XPathExpression(xpath)
      default: throw ShopSelectorsError(field: field, expected: "either \"css\" or \"xpath\", a text")
      }
      return Place(expression: expression, attribute: members["attribute"]?.text?.lowercased())
    } catch let error as ShopSelectorsError {
      throw error
    } catch {
      throw ShopSelectorsError(field: field, expected: "a selector that can be evaluated (\(error))")
    }
  }

  private static func texts(_ value: JSONValue?, field: String) throws(ShopSelectorsError) -> [String] {
    guard let value else { return [] }
    var texts: [String] = []
    for element in value.elements {
      guard case .string(let text) = element, !text.isEmpty else {
        throw ShopSelectorsError(field: field, expected: "a list of texts")
      }
      texts.append(text.lowercased())
    }
    return texts
  }
}

/// What is wrong in a configuration of selectors.
package struct ShopSelectorsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Shop and field, with points between.
  package let field: String
  package let expected: String

  package var description: String { "\(field.isEmpty ? "selectors" : field): expected \(expected)" }
}
