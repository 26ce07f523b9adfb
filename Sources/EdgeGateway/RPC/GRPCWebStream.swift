internal import HTTPTransport
internal import NIOCore
internal import ProtobufBridge

/// One call of gRPC-Web, seen by the server as one of gRPC: its trailers become the last frame of the body, and its
/// base64 bytes. Belongs to the stream's event loop.
final class GRPCWebStream: HTTPStream, HTTPStreamDelegate, @unchecked Sendable {
  let connection: HTTPConnectionInfo
  var delegate: (any HTTPStreamDelegate)?
  private let outer: any HTTPStream
  private let type: GRPCWebType
  /// Added to the response's head.
  private let fields: HeaderBlock
  /// Letters that wait until four are there.
  private var letters: [UInt8] = []

  init(_ outer: any HTTPStream, connection: HTTPConnectionInfo, type: GRPCWebType, fields: HeaderBlock) {
    self.outer = outer
    self.connection = connection
    self.type = type
    self.fields = fields
  }

  var eventLoop: any EventLoop { outer.eventLoop }
  var outboundBufferedBytes: Int { outer.outboundBufferedBytes }

  var enforcesBodyTimeout: Bool {
    get { outer.enforcesBodyTimeout }
    set { outer.enforcesBodyTimeout = newValue }
  }

  // MARK: From the server

  func send(head: HeaderBlock, endStream: Bool) {
    var answer: HeaderBlock = [":status": head[":status"] ?? "200", "content-type": type.contentType]
    answer.append("cache-control", "no-store")
    var trailers = HeaderBlock()
    for (name, value) in head.fields where !name.hasPrefix(":") && name != "content-type" {
      // A response that is nothing but its status has it in the body as all others do.
      if endStream, name == "grpc-status" || name == "grpc-message" {
        trailers.append(name, value)
      } else {
        answer.append(name, value)
      }
    }
    answer.append(contentsOf: fields)
    outer.send(head: answer, endStream: endStream && trailers.isEmpty)
    if endStream, !trailers.isEmpty { send(trailers: trailers) }
  }

  func send(data: ByteBuffer, endStream: Bool) { outer.send(data: written(data), endStream: endStream) }

  /// The last frame: its first bit set, and the trailers as lines of HTTP/1.1.
  func send(trailers: HeaderBlock) {
    var lines = ByteBuffer()
    for (name, value) in trailers.fields { lines.writeString("\(name): \(value)\r\n") }
    var frame = ByteBuffer()
    frame.writeInteger(UInt8(0x80))
    frame.writeInteger(UInt32(lines.readableBytes))
    frame.writeImmutableBuffer(lines)
    outer.send(data: written(frame), endStream: true)
  }

  private func written(_ data: ByteBuffer) -> ByteBuffer {
    guard type == .text, data.readableBytes > 0 else { return data }
    var text: [UInt8] = []
    data.withUnsafeReadableBytes { Base64.append($0, to: &text) }
    return ByteBuffer(bytes: text)
  }

  func reset(_ code: HTTPTransport.HTTP2ErrorCode) { outer.reset(code) }
  func consumed(_ bytes: Int) { outer.consumed(bytes) }

  // MARK: From the client

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    guard type == .text else {
      delegate?.streamReceived(data: data, endStream: endStream)
      return
    }
    guard let bytes = read(data), !endStream || letters.isEmpty else {
      outer.consumed(data.readableBytes)
      let delegate = delegate
      self.delegate = nil
      delegate?.streamClosed(.reset(.protocolError, byPeer: true))
      return fail()
    }
    // The server counts what it is shown.
    outer.consumed(max(0, data.readableBytes - bytes.readableBytes))
    delegate?.streamReceived(data: bytes, endStream: endStream)
  }

  /// Whole groups of four letters; each may end in padding, as clients join texts. Nil for what is no base64.
  private func read(_ data: ByteBuffer) -> ByteBuffer? {
    letters += data.readableBytesView.filter { $0 != 0x0d && $0 != 0x0a }
    var bytes = ByteBuffer()
    bytes.reserveCapacity(letters.count / 4 * 3)
    let whole = letters.count / 4 * 4
    for start in stride(from: 0, to: whole, by: 4) {
      guard let group = letters[start..<start + 4].withUnsafeBytes({ Base64.decode($0) }) else { return nil }
      bytes.writeBytes(group)
    }
    letters.removeFirst(whole)
    return bytes
  }

  private func fail() {
    send(
      head: [":status": "200", "grpc-status": "3", "grpc-message": "the body is not base64"], endStream: true)
  }

  func streamReceived(trailers: HeaderBlock) { delegate?.streamReceived(data: ByteBuffer(), endStream: true) }
  func streamBecameWritable() { delegate?.streamBecameWritable() }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    let delegate = delegate
    self.delegate = nil
    delegate?.streamClosed(reason)
  }
}
