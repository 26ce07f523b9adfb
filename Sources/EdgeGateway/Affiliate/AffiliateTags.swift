internal import OutboundHTTP
package import ServiceKit

/// What tells shops that a visitor comes from here: for each shop a parameter of its addresses.
package struct AffiliateTags: Sendable {
  private let tags: [String: (parameter: String, value: String)]

  /// - Parameter entries: `SHOP=PARAMETER=VALUE` each, one for a shop.
  /// - Throws: `ServiceError` `.configuration` that names the entry.
  package init(_ entries: [String]) throws(ServiceError) {
    var tags: [String: (parameter: String, value: String)] = [:]
    for entry in entries {
      let parts = entry.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, Self.isPlain(parts[0]), Self.isPlain(parts[1]), Self.isPlain(parts[2]) else {
        throw ServiceError(
          .configuration,
          "AFFILIATE_TAGS: \(entry.prefix(100)): expected SHOP=PARAMETER=VALUE of letters, digits, '-', '_', '.', '~'")
      }
      guard tags.updateValue((String(parts[1]), String(parts[2])), forKey: String(parts[0])) == nil else {
        throw ServiceError(.configuration, "AFFILIATE_TAGS: \(parts[0]) is there twice")
      }
    }
    self.tags = tags
  }

  package static let settings: [Setting] = [
    .list(
      "AFFILIATE_TAGS", maximumCount: 1000,
      help: "What shops know our visitors by: SHOP=PARAMETER=VALUE each, such as amazon.com.tr=tag=radar-21.")
  ]

  /// What needs no encoding in a query (RFC 3986 §2.3).
  private static func isPlain(_ text: Substring) -> Bool {
    (1...100).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
          UInt8(ascii: "~"):
          true
        default: false
        }
      }
  }

  package func hasTag(of shop: String) -> Bool { tags[shop] != nil }

  /// Where a visitor of a shop's page is sent: the page, with the shop's parameter in the place of any that it has by that
  /// name. Nil for what is no address of the web: nobody is sent to `javascript:` or to a header field.
  package func destination(_ page: String, shop: String) -> String? {
    guard page.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), (try? OutboundURL(page)) != nil else { return nil }
    guard let tag = tags[shop] else { return page }
    let fragment = page.firstIndex(of: "#") ?? page.endIndex
    let question = page[..<fragment].firstIndex(of: "?") ?? fragment
    let others = page[question..<fragment].dropFirst().split(separator: "&").filter { pair in
      pair.prefix { $0 != "=" } != tag.parameter
    }
    let query = (others + ["\(tag.parameter)=\(tag.value)"]).joined(separator: "&")
    return "\(page[..<question])?\(query)\(page[fragment...])"
  }
}
