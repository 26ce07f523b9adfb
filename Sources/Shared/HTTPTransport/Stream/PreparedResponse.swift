package import NIOCore

/// A response that is sent many times: its head and body made once, as HTTP/2 and as HTTP/1.1 want them.
///
/// What differs from one answer to the next (a date, a request's id) is added as further fields when it is sent.
package final class PreparedResponse: Sendable {
  /// `:status`, then the fields, `content-length` among them.
  package let head: HeaderBlock
  package let body: ByteBuffer
  /// Status line and fields as HTTP/1.1 has them, without the empty line at the end.
  let http1Head: [UInt8]

  /// - Parameters:
  ///   - head: starts with `:status`. Its `content-length`, if it has one, must be the body's or, with an empty body,
  ///     that of the response which a HEAD asks about.
  ///   - body: may be empty.
  package init(head: HeaderBlock, body: ByteBuffer) {
    self.head = head
    self.body = body
    http1Head = Array(unsafeUninitializedCapacity: head.maximumHTTP1HeadSize) { memory, count in
      var writer = HTTP1HeadWriter(UnsafeMutableRawBufferPointer(memory))
      head.writeHTTP1Head(to: &writer)
      count = writer.count
    }
  }

  /// Bytes that it holds, about.
  package var byteCount: Int { body.readableBytes + head.listSize + http1Head.count }
}

extension HTTPStream {
  /// Sends a whole prepared response by the ordinary steps.
  package func send(prepared: PreparedResponse, fields: HeaderBlock, withBody: Bool) {
    var head = prepared.head
    head.append(contentsOf: fields)
    let hasBody = withBody && prepared.body.readableBytes > 0
    send(head: head, endStream: !hasBody)
    if hasBody { send(data: prepared.body, endStream: true) }
  }
}
