/// The shops whose pages the bot may track, by configuration.
struct ShopDirectory: Sendable {
  /// A page that is known to be a shop's.
  struct Page: Hashable, Sendable {
    var shop: String
    var externalID: String
    var currency: String
    /// Normalised: https, host, path; no query.
    var url: String
    /// Words of the path, for a title while nothing better is known.
    var words: String
  }

  private struct Entry: Sendable {
    var shop: String
    var currency: String
    var prefix: String
    var suffix: String
  }

  private var entries: [String: [Entry]] = [:]

  /// A setting that cannot be read.
  struct Malformed: Error, Sendable {
    var line: String
  }

  /// - Parameter lines: `HOST=SHOP,CURRENCY,PATH` with `{id}` in PATH; HOST may have a port and is then that port's alone.
  /// - Throws: `Malformed`.
  init(_ lines: [String]) throws(Malformed) {
    for line in lines {
      let halves = line.split(separator: "=", maxSplits: 1).map(String.init)
      guard halves.count == 2 else { throw Malformed(line: line) }
      let parts = halves[1].split(separator: ",").map(String.init)
      guard parts.count == 3, !halves[0].isEmpty, Self.isShop(parts[0]), Money.isCurrencyCode(parts[1]),
        parts[2].hasPrefix("/"), let mark = parts[2].firstRange(of: "{id}")
      else { throw Malformed(line: line) }
      let entry = Entry(
        shop: parts[0], currency: parts[1], prefix: String(parts[2][..<mark.lowerBound]),
        suffix: String(parts[2][mark.upperBound...]))
      entries[Self.bare(halves[0].lowercased()), default: []].append(entry)
    }
  }

  var isEmpty: Bool { entries.isEmpty }

  /// The page that a URL means; nil when it belongs to none of the shops.
  ///
  /// - Parameters:
  ///   - host: in lower case.
  ///   - authority: host with port, where it is not the scheme's own.
  ///   - target: path and query.
  func page(scheme: String, host: String, authority: String, target: String) -> Page? {
    let path = String(target.prefix { $0 != "?" && $0 != "#" })
    for entry in entries[Self.bare(authority.lowercased())] ?? entries[Self.bare(host)] ?? [] {
      guard let start = path.firstRange(of: entry.prefix)?.upperBound else { continue }
      let rest = path[start...]
      var id = rest.prefix { Self.mayStandInID($0) }
      if !entry.suffix.isEmpty {
        guard let end = rest.firstRange(of: entry.suffix)?.lowerBound else { continue }
        id = rest[..<end]
        guard id.allSatisfy({ Self.mayStandInID($0) }) else { continue }
      }
      guard (1...200).contains(id.count) else { continue }
      return Page(
        shop: entry.shop, externalID: String(id), currency: entry.currency,
        url: scheme + "://" + authority + path, words: Self.words(path, without: String(id)))
    }
    return nil
  }

  private static func bare(_ host: String) -> String { host.hasPrefix("www.") ? String(host.dropFirst(4)) : host }

  private static func isShop(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0) }
  }

  private static func mayStandInID(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
  }

  /// "/elektronik/sony-wh-1000xm5-p-7" gives "sony wh 1000xm5".
  private static func words(_ path: String, without id: String) -> String {
    let longest = path.split(separator: "/").filter { $0 != id }.max { $0.count < $1.count } ?? ""
    let words = longest.split { $0 == "-" || $0 == "_" }.filter { $0 != id && $0.count > 1 }
    return words.joined(separator: " ").tamed(limit: 200)
  }
}
