import NIOCore

/// Body bytes that have arrived and wait for their reader, and how the body ended.
struct InboundBody {
  /// One step of reading; without a buffer it is the end.
  struct Piece {
    var buffer: ByteBuffer?
  }

  private var pieces = CircularBuffer<ByteBuffer>(initialCapacity: 0)
  private var isBroken = false
  private var isDiscarded = false
  var hasEnded = false
  var trailers: HeaderBlock?

  /// Small pieces grow together while they wait: each is a slice that keeps a whole read from the socket alive, and a
  /// peer may send its body byte by byte.
  private static let smallPiece = 1024

  mutating func append(_ buffer: ByteBuffer) {
    guard buffer.readableBytes > 0, !isDiscarded, !isBroken else { return }
    var buffer = buffer
    if buffer.readableBytes < Self.smallPiece, let last = pieces.indices.last,
      pieces[last].readableBytes < Self.smallPiece
    {
      var joined = ByteBuffer()
      swap(&joined, &pieces[last])
      joined.writeBuffer(&buffer)
      swap(&joined, &pieces[last])
    } else {
      pieces.append(buffer)
    }
  }

  /// The next piece, the end, or nil when more must arrive first.
  mutating func next() throws -> Piece? {
    if let buffer = pieces.popFirst() { return Piece(buffer: buffer) }
    if isBroken { throw HTTPTransportError(.connectionClosed, "the request was broken off") }
    return hasEnded ? Piece(buffer: nil) : nil
  }

  /// The body will never be complete.
  mutating func fail() {
    isBroken = true
    pieces.removeAll()
  }

  /// Drops what waits and what will come.
  ///
  /// - Returns: the bytes dropped now.
  mutating func discard() -> Int {
    isDiscarded = true
    let count = pieces.reduce(0) { $0 + $1.readableBytes }
    pieces.removeAll()
    return count
  }

  /// Shows another delegate what waits, and the end if it has come.
  mutating func replay(to delegate: any HTTPStreamDelegate) {
    while let buffer = pieces.popFirst() {
      delegate.streamReceived(data: buffer, endStream: hasEnded && trailers == nil && pieces.isEmpty)
      if hasEnded, trailers == nil, pieces.isEmpty { return }
    }
    guard hasEnded else { return }
    if let trailers {
      delegate.streamReceived(trailers: trailers)
    } else {
      delegate.streamReceived(data: ByteBuffer(), endStream: true)
    }
  }
}
