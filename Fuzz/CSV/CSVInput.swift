import CSVText
import Fuzzer
import PricingService

/// CSV that arrives in pieces, and the same as a Merchant feed.
///
/// The first byte of the input is the size of the pieces, the second chooses the delimiter; the rest is the text.
@main
enum CSVInput {
  static func main() {
    Fuzzer.run { input in
      guard input.count >= 2 else { return }
      let text = Array(input.dropFirst(2))
      let size = max(1, Int(input[0]))
      let delimiter: CSVReader.Delimiter = [.comma, .semicolon, .tab][Int(input[1] % 3)]
      let whole = rows(text, size: max(1, text.count), delimiter)
      precondition(whole == rows(text, size: size, delimiter), "the rows depend on how their bytes arrive")
      precondition(items(text, size: max(1, text.count)) == items(text, size: size), "a feed depends on how it arrives")
    }
  }

  static func rows(_ text: [UInt8], size: Int, _ delimiter: CSVReader.Delimiter) -> [CSVReader.Element] {
    var limits = CSVReader.Limits()
    limits.rowBytes = 512
    limits.fields = 20
    var reader = CSVReader(delimiter: delimiter, limits: limits)
    var found: [CSVReader.Element] = []
    var rest = text[...]
    while !rest.isEmpty {
      reader.append(rest.prefix(size))
      rest = rest.dropFirst(size)
      while let element = reader.next() { found.append(element) }
    }
    reader.finish()
    while let element = reader.next() { found.append(element) }
    for case .row(let row) in found {
      precondition(row.fields.count <= limits.fields && !row.fields.isEmpty && row.line > 0)
    }
    return found
  }

  static func items(_ text: [UInt8], size: Int) -> [FeedElement] {
    // A feed that shows itself as XML is another target's.
    guard text.first(where: { $0 > 0x20 }) != UInt8(ascii: "<") else { return [] }
    let reader = FeedReader(locale: "tr-TR")
    var found: [FeedElement] = []
    var rest = text[...]
    while !rest.isEmpty {
      reader.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
      while let element = reader.next() { found.append(element) }
    }
    reader.finish()
    while let element = reader.next() { found.append(element) }
    return found
  }
}
