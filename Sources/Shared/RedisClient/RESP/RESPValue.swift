package import NIOCore

/// A reply in RESP2 (https://redis.io/docs/reference/protocol-spec).
package enum RESPValue: Hashable, Sendable {
  /// `+text`: a status such as `OK`.
  case status(String)
  /// `$n`: a string of any bytes.
  case bulk(ByteBuffer)
  /// `:n`
  case integer(Int64)
  /// `*n`
  case array([RESPValue])
  /// `$-1` or `*-1`
  case null
  /// `-text`: an error inside an array; at the top level the client throws it.
  case error(RedisServerError)
}
