internal import OutboundHTTP

/// Takes out of a text what no report may hold, whatever an error's author let into it: addresses of people and
/// machines, URLs beyond their origin, long numbers, tokens.
///
/// The first defence is that errors describe themselves without values; this is the second.
enum Scrubber {
  /// What is longer is cut.
  static let maximumBytes = 1024

  static func scrubbed(_ text: String) -> String {
    var result = ""
    var word = ""
    // All of a URL is one word, whatever its query holds.
    var isURL = false
    func flush() {
      if !word.isEmpty { result += Self.word(word) }
      word = ""
      isURL = false
    }
    for scalar in text.unicodeScalars.prefix(maximumBytes) {
      if isURL ? endsURL(scalar) : isDivider(scalar) {
        flush()
        result.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar)
      } else {
        word.unicodeScalars.append(scalar)
        if scalar == "/", word.hasSuffix("://") { isURL = true }
      }
    }
    flush()
    return result.utf8.count < text.utf8.count && text.unicodeScalars.count > maximumBytes ? result + "…" : result
  }

  private static func isDivider(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\t", "\n", "\r", "\"", "'", "`", "(", ")", "<", ">", ",", ";", "{", "}", "|", "=": true
    default: scalar.value < 0x20
    }
  }

  private static func endsURL(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value <= 0x20 || scalar == "\"" || scalar == "<" || scalar == ">"
  }

  private static func word(_ word: String) -> String {
    if word.contains("://") { return origin(of: word) }
    if word.contains("@") { return "[address]" }
    let core = trimmed(word)
    if isIPAddress(core) { return word.replacing(core, with: "[ip]") }
    if isNumber(core) { return word.replacing(core, with: "[number]") }
    return isToken(core) ? word.replacing(core, with: "[token]") : word
  }

  /// A URL without user, path and query, where tokens stand.
  private static func origin(of word: String) -> String {
    guard let mark = word.firstRange(of: "://") else { return "[url]" }
    let authority = word[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return "\(word[..<mark.upperBound])\(host)"
  }

  /// Without the punctuation around it.
  private static func trimmed(_ word: String) -> String {
    var core = word[...]
    while let last = core.last, ".:!?]".contains(last) { core.removeLast() }
    while let first = core.first, "[$#".contains(first) { core.removeFirst() }
    return String(core)
  }

  private static func isIPAddress(_ word: String) -> Bool {
    if IPAddress(v4: word) != nil || IPAddress(v6: word) != nil { return true }
    // With a port behind it.
    guard let colon = word.lastIndex(of: ":") else { return false }
    return IPAddress(v4: word[..<colon]) != nil
  }

  /// Telephone numbers, identity numbers, ids of chats.
  private static func isNumber(_ word: String) -> Bool {
    let digits = word.utf8.count { (0x30...0x39).contains($0) }
    let others = word.utf8.count { !(0x30...0x39).contains($0) && $0 != 0x2d && $0 != 0x2b && $0 != 0x2e }
    return digits >= 9 && others == 0
  }

  /// Keys, digests, sealed texts: long words with digits and letters.
  private static func isToken(_ word: String) -> Bool {
    guard word.utf8.count >= 20 else { return false }
    let hasDigit = word.utf8.contains { (0x30...0x39).contains($0) }
    let hasLetter = word.utf8.contains { (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) }
    // Names of types and methods have dots and slashes in between.
    return hasDigit && hasLetter && !word.contains(".") && !word.contains("/")
  }
}
