/// What a server answered, whatever its status.
package struct OutboundResponse: Sendable {
  /// 200 to 999.
  package let status: Int
  /// In lower case; `content-encoding` and `content-length` are those of the wire.
  package let headers: OutboundHeaders
  /// Decompressed.
  package let body: [UInt8]
  /// Where the response came from, after redirects.
  package let url: OutboundURL
}
