internal import CSVText

/// Reads a Google Merchant feed of any form, chunk by chunk. What is wrong with one item is reported and never stops
/// the rest. To be used by one task.
package final class FeedReader {
  private enum Form {
    /// Too few bytes yet to tell.
    case unknown([UInt8])
    case table(FeedTable)
    case xml(FeedXML)
    case broken(FeedFault?)
  }

  private var form = Form.unknown([])
  private let locale: String

  /// - Parameter locale: of the shop, for prices that are not written as Google wants them.
  package init(locale: String) { self.locale = locale }

  package func append(_ bytes: [UInt8]) {
    switch form {
    case .unknown(let earlier):
      let start = earlier + bytes
      // The names of the columns stand in the first line, and XML shows itself by its first character.
      if start.count >= 4_096 || start.contains(0x0a) || start.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") {
        decide(start)
      } else {
        form = .unknown(start)
      }
    case .table(var table):
      form = .broken(nil)
      table.append(bytes[...])
      form = .table(table)
    case .xml(let xml): xml.append(bytes[...])
    case .broken: break
    }
  }

  /// Nothing more comes.
  package func finish() {
    if case .unknown(let start) = form { decide(start) }
    switch form {
    case .table(var table):
      form = .broken(nil)
      table.finish()
      form = .table(table)
    case .xml(let xml): xml.finish()
    case .unknown, .broken: break
    }
  }

  /// The next item or fault; nil when more bytes must come first, or at the end.
  package func next() -> FeedElement? {
    switch form {
    case .unknown: return nil
    case .broken(let fault):
      form = .broken(nil)
      return fault.map { .fault($0) }
    case .table(var table):
      form = .broken(nil)
      defer { form = .table(table) }
      return table.next()
    case .xml(let xml): return xml.next()
    }
  }

  private func decide(_ start: [UInt8]) {
    let text = start.starts(with: [0xef, 0xbb, 0xbf]) ? start[3...] : start[...]
    if text.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") {
      do {
        let xml = try FeedXML(locale: locale)
        // libxml2 wants the declaration at the very start.
        xml.append(text.drop { $0 <= 0x20 })
        form = .xml(xml)
      } catch {
        form = .broken(FeedFault(line: 1, reason: error.description))
      }
      return
    }
    // As much as is looked at however the bytes arrive.
    let line = text.prefix(4_096).prefix { $0 != 0x0a }
    let counts = [CSVReader.Delimiter.tab, .comma, .semicolon].map { delimiter in
      (delimiter, line.count { $0 == delimiter.rawValue })
    }
    let delimiter = counts.max { $0.1 < $1.1 }?.0 ?? .tab
    var table = FeedTable(delimiter: delimiter, locale: locale)
    table.append(start[...])
    form = .table(table)
  }
}
