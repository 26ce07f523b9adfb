internal import CHiredis
internal import NIOCore

/// hiredis' reply parser as bytes in, Swift values out. No socket, no C reply objects.
///
/// Not thread-safe: its connection's event loop owns it. After it threw, the stream is out of step: close.
final class ReplyReader {
  private let reader: UnsafeMutablePointer<redisReader>
  private let limits: ReplyLimits
  private var builder: ReplyBuilder
  /// What was fed last: large strings become slices of it, not copies.
  private var chunk = ByteBuffer()
  /// A copy of a part of it that small strings share, and where in the chunk that part begins.
  private var piece = ByteBuffer()
  private var pieceStart = 0
  private var isBroken = false

  /// - Throws: `RedisError` with `.protocolViolation` when memory for the parser is refused.
  init(limits: ReplyLimits) throws {
    guard let reader = redisReaderCreateWithFunctions(ReplyCallbacks.table) else {
      throw RedisError(.protocolViolation, "no memory for a reply parser")
    }
    self.reader = reader
    self.limits = limits
    self.builder = ReplyBuilder(limits: limits)
    reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    redisReaderFree(reader)
  }

  /// Takes the next bytes of the stream.
  func feed(_ bytes: ByteBuffer) throws {
    try checkUsable()
    chunk = bytes
    piece = ByteBuffer()
    let status = bytes.withUnsafeReadableBytes {
      redisReaderFeed(reader, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard status == REDIS_OK else { throw broken() }
  }

  /// The next whole reply, or nil when more bytes are needed.
  func next() throws -> RESPValue? {
    try checkUsable()
    var object: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw broken() }
    if object != nil {
      guard let reply = builder.take() else { throw broken() }
      return reply
    }
    try checkBacklog()
    return nil
  }

  /// The C side buffers whatever is announced: look at what waits there and refuse what can never be accepted, before
  /// it arrives. It also searches a line's end from its start at each feed, so a line must not grow without bound.
  private func checkBacklog() throws {
    let waiting = Int(reader.pointee.len) - Int(reader.pointee.pos)
    guard waiting > 0, let base = reader.pointee.buf else {
      chunk = ByteBuffer()
      return
    }
    let start = UnsafeRawBufferPointer(start: base + Int(reader.pointee.pos), count: waiting)
    let isString = withUnsafePointer(to: &reader.pointee.rstack.0) { stack in
      reader.pointee.ridx >= 0 && stack[Int(reader.pointee.ridx)].type == REDIS_REPLY_STRING
    }
    if isString, let end = start.prefix(32).firstIndex(of: UInt8(ascii: "\r")) {
      // hiredis keeps the length line until the string is whole.
      let announced = Int(String(decoding: start[..<end], as: UTF8.self)) ?? -1
      if announced > limits.stringBytes {
        isBroken = true
        throw RedisError(.protocolViolation, "the peer announced a string of more than \(limits.stringBytes) bytes")
      }
    } else if waiting > (isString ? 32 : limits.lineBytes) {
      isBroken = true
      throw RedisError(.protocolViolation, "the peer sent a line of more than \(limits.lineBytes) bytes")
    }
  }

  private func checkUsable() throws {
    if isBroken { throw RedisError(.protocolViolation, "the stream is out of step after an earlier violation") }
  }

  private func broken() -> RedisError {
    isBroken = true
    if let violation = builder.violation {
      return RedisError(.protocolViolation, "the peer sent \(violation); raise ReplyLimits if that is wanted")
    }
    // hiredis' text names at most the offending byte.
    let text = withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return RedisError(.protocolViolation, "the peer's bytes are no RESP2: \(text)")
  }

  // MARK: Called by hiredis through ReplyCallbacks

  func string(_ type: CInt, _ start: UnsafeRawPointer, _ length: Int) -> Bool {
    guard builder.admit(length) else { return false }
    let bytes = UnsafeRawBufferPointer(start: start, count: length)
    switch type {
    case REDIS_REPLY_STATUS:
      return builder.append(.status(bytes.elementsEqual("OK".utf8) ? "OK" : String(decoding: bytes, as: UTF8.self)))
    case REDIS_REPLY_ERROR:
      return builder.append(.error(RedisServerError(message: String(decoding: bytes, as: UTF8.self))))
    default:
      return builder.append(.bulk(part(start, length) ?? ByteBuffer(bytes: bytes)))
    }
  }

  func integer(_ value: Int64) -> Bool {
    builder.append(.integer(value))
  }

  func null() -> Bool {
    builder.append(.null)
  }

  func array(_ count: Int) -> Bool {
    builder.beginArray(count)
  }

  /// The string as a part of the chunk it came in, when it lies there whole.
  ///
  /// A slice keeps all that it is cut from alive, which a small value kept in some cache must not do with the chunk. So
  /// only a string that is at least a quarter of it is cut from the chunk; small ones share a copy of the bytes around
  /// them, which costs them a tenth of the allocations and holds little.
  private func part(_ start: UnsafeRawPointer, _ length: Int) -> ByteBuffer? {
    let isLarge = length >= 512
    guard isLarge ? length >= chunk.storageCapacity / 4 : length <= Self.maximumShared, length > 0,
      let base = reader.pointee.buf
    else { return nil }
    let offset = UnsafeRawPointer(base).distance(to: start)
    let fromEnd = Int(reader.pointee.len) - offset
    let index = chunk.writerIndex - fromEnd
    guard index >= chunk.readerIndex else { return nil }
    if isLarge { return chunk.getSlice(at: index, length: length) }
    if index < pieceStart || index + length > pieceStart + piece.readableBytes {
      guard let bytes = chunk.viewBytes(at: index, length: min(Self.pieceBytes, chunk.writerIndex - index)) else {
        return nil
      }
      piece = ByteBuffer(bytes: bytes)
      pieceStart = index
    }
    return piece.getSlice(at: index - pieceStart, length: length)
  }

  /// The longest string that shares a copy with others, and how much they share.
  private static let maximumShared = 160
  private static let pieceBytes = 1024
}
