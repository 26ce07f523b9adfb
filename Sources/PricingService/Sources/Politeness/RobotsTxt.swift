/// What a site's robots.txt allows one robot (RFC 9309).
struct RobotsTxt: Sendable, Hashable {
  private struct Rule: Sendable, Hashable {
    var allows: Bool
    /// Percent-encoding made uniform; may hold `*` and end with `$`.
    var pattern: [UInt8]
  }

  private var rules: [Rule] = []
  /// Seconds between requests that the site asks for; no part of the RFC, yet what many shops write.
  private(set) var crawlDelay: Duration?

  /// The most bytes that are read, as much as the RFC asks for (§2.5).
  static let maximumBytes = 512 * 1_024
  private static let maximumRules = 5_000

  static let allowsAll = RobotsTxt()

  private init() {}

  /// - Parameter robot: the product token, such as `Fiyatradari`; compared without case (§2.2.1).
  init(_ bytes: [UInt8], robot: String) {
    var own = Group()
    var others = Group()
    var inOwn = false
    var inOthers = false
    var namesOpen = false
    var sawOwn = false
    let text = String(decoding: bytes.prefix(Self.maximumBytes), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      let content = line.prefix { $0 != "#" }
      guard let colon = content.firstIndex(of: ":") else { continue }
      let key = Self.trimmed(content[..<colon]).lowercased()
      let value = Self.trimmed(content[content.index(after: colon)...])
      if key == "user-agent" {
        if !namesOpen { (inOwn, inOthers) = (false, false) }
        namesOpen = true
        if value == "*" {
          inOthers = true
        } else if Self.token(value) == robot.lowercased() {
          inOwn = true
          sawOwn = true
        }
        continue
      }
      guard key == "allow" || key == "disallow" || key == "crawl-delay" else { continue }
      namesOpen = false
      if inOwn { own.add(key, value) }
      if inOthers { others.add(key, value) }
    }
    // Groups for the same robot count together; those for everybody only when there is none for it (§2.2.1).
    let group = sawOwn ? own : others
    rules = group.rules
    crawlDelay = group.crawlDelay
  }

  private struct Group {
    var rules: [Rule] = []
    var crawlDelay: Duration?
    /// Of all patterns together: hostile ones full of stars must stay cheap to match.
    var bytes = 0

    mutating func add(_ key: String, _ value: String) {
      if key == "crawl-delay" {
        if let seconds = Int(value), (0...86_400).contains(seconds) { crawlDelay = .seconds(min(seconds, 60)) }
      } else if !value.isEmpty, value.utf8.count <= 2_048, rules.count < RobotsTxt.maximumRules,
        bytes + value.utf8.count <= 128 * 1_024
      {
        bytes += value.utf8.count
        rules.append(Rule(allows: key == "allow", pattern: RobotsTxt.uniform(value)))
      }
    }
  }

  /// Whether a path with its query may be fetched: the longest rule that matches decides, and Allow wins a tie (§2.2.2).
  func allows(_ target: String) -> Bool {
    let path = Self.uniform(target)
    if path == Array("/robots.txt".utf8) { return true }
    var longest = -1
    var allowed = true
    for rule in rules where Self.matches(rule.pattern, path) {
      if rule.pattern.count > longest || rule.pattern.count == longest && rule.allows {
        longest = rule.pattern.count
        allowed = rule.allows
      }
    }
    return allowed
  }

  /// A pattern matches from the start; `*` stands for anything, `$` at the end for the end. Linear but for the last star.
  private static func matches(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
    let star = UInt8(ascii: "*")
    let isAnchored = pattern.last == UInt8(ascii: "$")
    let pattern = isAnchored ? Array(pattern.dropLast()) : pattern + [star]
    var (p, s) = (0, 0)
    var (lastStar, resume) = (-1, 0)
    while s < path.count {
      if p < pattern.count, pattern[p] == star {
        lastStar = p
        resume = s
        p += 1
      } else if p < pattern.count, pattern[p] == path[s] {
        p += 1
        s += 1
      } else if lastStar >= 0 {
        p = lastStar + 1
        resume += 1
        s = resume
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == star { p += 1 }
    return p == pattern.count
  }

  /// Percent-encoded characters that need no encoding are decoded, others outside ASCII encoded (§2.2.2).
  private static func uniform(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    let source = Array(text.utf8)
    var index = 0
    while index < source.count {
      let byte = source[index]
      if byte == UInt8(ascii: "%"), index + 2 < source.count, let high = hex(source[index + 1]),
        let low = hex(source[index + 2])
      {
        let value = high << 4 | low
        if isUnreserved(value) { bytes.append(value) } else { append(value, to: &bytes) }
        index += 3
      } else {
        if byte < 0x80 { bytes.append(byte) } else { append(byte, to: &bytes) }
        index += 1
      }
    }
    return bytes
  }

  private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: "-._~".utf8.contains(byte)
    }
  }

  /// The letters that a robot's name begins with.
  private static func token(_ value: String) -> String {
    String(value.prefix { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == "_") }).lowercased()
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
