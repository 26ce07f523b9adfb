internal import CSVText

/// Reads a feed that is a table: tabs, commas or semicolons between fields, names in the first row.
struct FeedTable {
  private var reader: CSVReader
  private var header: [String]?
  private let locale: String
  private(set) var isBroken = false

  init(delimiter: CSVReader.Delimiter, locale: String) {
    reader = CSVReader(delimiter: delimiter)
    self.locale = locale
  }

  mutating func append(_ bytes: ArraySlice<UInt8>) { reader.append(bytes) }

  mutating func finish() { reader.finish() }

  /// The next item or fault; nil when more bytes must come first, or at the end.
  mutating func next() -> FeedElement? {
    while !isBroken, let element = reader.next() {
      switch element {
      case .fault(let fault): return .fault(FeedFault(line: fault.line, reason: fault.reason))
      case .row(let row):
        guard let header else {
          let names = row.fields.map {
            FeedFields.name($0.split(whereSeparator: \.isWhitespace).joined(separator: " "))
          }
          guard names.contains("id"), names.contains("price") || names.contains("sale_price") else {
            isBroken = true
            return .fault(
              FeedFault(line: row.line, reason: "the first row must name the columns, among them id and price"))
          }
          self.header = names
          continue
        }
        var fields = FeedFields()
        for (name, value) in zip(header, row.fields) { fields.set(name, value) }
        return fields.item(locale: locale, line: row.line)
      }
    }
    return nil
  }
}
