import FoundationEssentials

/// One line of the collection of real price texts (`../shared/data/price-text`).
struct PriceCase: Decodable {
  var hint: String?
  var text: String?
  var currency: String?
  var amount: String?
  var decimalSeparator: String?
  var line: Int

  enum CodingKeys: String, CodingKey {
    case hint, text, currency, amount, line
    case decimalSeparator = "decimal_separator"
  }

  static let path = "../shared/data/price-text/cases.jsonl"

  static func all() throws -> [PriceCase] {
    let data = try Data(contentsOf: URL(filePath: path))
    return try data.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(PriceCase.self, from: Data($0))
    }
  }
}
