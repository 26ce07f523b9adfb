internal import OutboundHTTP

/// Where error reports go: `https://KEY@HOST/PATH/PROJECT` (develop.sentry.dev/sdk/overview, "Parsing the DSN").
package struct SentryDSN: Sendable {
  /// What is wrong with a DSN, without showing it.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  let key: String
  /// Where envelopes are posted to.
  let envelopeURL: String

  package init(_ text: String) throws(Problem) {
    let problem = Problem(description: "expected https://KEY@HOST/PROJECT, as the project's settings show it")
    guard let mark = text.firstRange(of: "://") else { throw problem }
    let scheme = text[..<mark.lowerBound]
    guard scheme == "https" || scheme == "http" else { throw problem }
    let rest = text[mark.upperBound...]
    guard let at = rest.firstIndex(of: "@"), let slash = rest.lastIndex(of: "/"), at < slash else { throw problem }
    // Old DSNs have a secret behind the key, which nobody asks for any more.
    let key = rest[..<at].prefix { $0 != ":" }
    let project = rest[rest.index(after: slash)...]
    let place = rest[rest.index(after: at)..<slash]
    guard !key.isEmpty, key.utf8.count <= 128, key.utf8.allSatisfy(Self.isWord), !project.isEmpty,
      project.utf8.count <= 64, project.utf8.allSatisfy(Self.isWord), !place.isEmpty
    else { throw problem }
    self.key = String(key)
    envelopeURL = "\(scheme)://\(place)/api/\(project)/envelope/"
    guard (try? OutboundURL(envelopeURL)) != nil else { throw problem }
  }

  /// `X-Sentry-Auth`.
  func authorization(client: String) -> String { "Sentry sentry_version=7, sentry_client=\(client), sentry_key=\(key)" }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
