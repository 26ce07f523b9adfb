internal import Sodium

/// Signs what webhooks get, so that a receiver knows whom it is from and when it was sent (docs/webhooks.md).
enum WebhookSignature {
  static let timestampField = "fiyatradari-timestamp"
  static let signatureField = "fiyatradari-signature"

  /// `v1=` and the HMAC-SHA256 over timestamp, a dot, and the body, in hexadecimal.
  static func make(timestamp: Int64, body: [UInt8], key: [UInt8]) throws(SodiumError) -> String {
    "v1=" + Hexadecimal.text(try HMACSHA256.code(of: [Array("\(timestamp).".utf8), body], key: key))
  }
}
