internal import HTTPTypes
internal import PostgresClient
internal import Sodium

/// What tells one visitor from another while an event waits to be written: a digest of where the request comes from, as far
/// as limits look at it (of IPv6 the first 64 bits), and of the browser's name. It is never stored.
struct VisitorMark: Sendable, Hashable {
  /// Browsers' names are shorter; what is beyond tells nobody apart.
  private static let maximumAgentBytes = 512

  /// SHA-256.
  private let digest: [UInt8]

  init(_ subject: RateSubject, agent: String) {
    digest = SHA256.hash(Array(subject.text.utf8) + [0] + agent.utf8.prefix(Self.maximumAgentBytes))
  }

  init(_ request: GatewayRequest) {
    self.init(request.client.subject, agent: request.head.headerFields[.userAgent] ?? "")
  }

  /// The visitor's id on the day of this salt. Without the salt nobody can make it again or tell whose it is.
  ///
  /// - Throws: `SodiumError` `.unavailable`.
  func visitor(salt: [UInt8]) throws(SodiumError) -> UUIDBytes {
    let code = try HMACSHA256.code(of: [digest], key: salt)
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    return UUIDBytes(high: number(code[0..<8]), low: number(code[8..<16]))
  }
}

/// Whether somebody does not want to be counted.
enum TrackingWish {
  /// `DNT: 1` (Tracking Preference Expression §5.2) or `Sec-GPC: 1` (Global Privacy Control §3.2).
  static func isRefused(_ fields: HTTPFields) -> Bool {
    fields[values: .doNotTrack].contains("1") || fields[values: .globalPrivacyControl].contains("1")
  }

  /// Whether a browser only fetches ahead what its user may go to (`Sec-Purpose: prefetch`).
  static func isAhead(_ fields: HTTPFields) -> Bool { fields[.secPurpose]?.hasPrefix("prefetch") ?? false }
}

extension HTTPField.Name {
  static let doNotTrack = HTTPField.Name("DNT") ?? .xContentTypeOptions
  static let globalPrivacyControl = HTTPField.Name("Sec-GPC") ?? .xContentTypeOptions
  static let secPurpose = HTTPField.Name("Sec-Purpose") ?? .xContentTypeOptions
}
