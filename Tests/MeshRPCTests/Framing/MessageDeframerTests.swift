import NIOCore
import Testing

@testable import MeshRPC

@Suite("Message deframer")
struct MessageDeframerTests {
  static func frame(_ payload: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    let length = UInt32(payload.count)
    return [flag] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + payload
  }

  static let messages: [FramedMessage] = [
    FramedMessage(payload: ByteBuffer(bytes: [1, 2, 3]), isCompressed: false),
    FramedMessage(payload: ByteBuffer(), isCompressed: false),
    FramedMessage(payload: ByteBuffer(bytes: [4]), isCompressed: true),
    FramedMessage(payload: ByteBuffer(bytes: (0..<50).map { UInt8($0) }), isCompressed: false),
    FramedMessage(payload: ByteBuffer(), isCompressed: true),
  ]

  static var wire: [UInt8] {
    messages.flatMap { frame(Array($0.payload.readableBytesView), flag: $0.isCompressed ? 1 : 0) }
  }

  private func all(
    _ deframer: inout MessageDeframer, _ bytes: some Sequence<UInt8>
  ) throws(RPCError) -> [FramedMessage] {
    var input = ByteBuffer(bytes: bytes)
    var messages: [FramedMessage] = []
    while let message = try deframer.next(from: &input) { messages.append(message) }
    #expect(input.readableBytes == 0)
    return messages
  }

  @Test("Messages come out the same however the bytes are cut in two")
  func everyCut() throws {
    let wire = Self.wire
    for cut in 0...wire.count {
      var deframer = MessageDeframer(limit: 50)
      let found = try all(&deframer, wire[..<cut]) + all(&deframer, wire[cut...])
      #expect(found == Self.messages, "cut at \(cut)")
      try deframer.finish()
    }
  }

  @Test("Messages come out the same in pieces of every size", arguments: 1...70)
  func everyPieceSize(size: Int) throws {
    let wire = Self.wire
    var deframer = MessageDeframer(limit: 50)
    var found: [FramedMessage] = []
    for start in stride(from: 0, to: wire.count, by: size) {
      found += try all(&deframer, wire[start..<min(start + size, wire.count)])
      #expect(deframer.bufferedBytes <= 50 + MessageFramer.prefixLength)
    }
    #expect(found == Self.messages)
    #expect(!deframer.isMidMessage)
    #expect(deframer.bufferedBytes == 0)
  }

  @Test("The end of the stream inside a message fails with INTERNAL, and only there")
  func endInside() throws {
    let wire = Self.wire
    var boundaries: Set<Int> = [0]
    var position = 0
    for message in Self.messages {
      position += MessageFramer.prefixLength + message.payload.readableBytes
      boundaries.insert(position)
    }
    for end in 0...wire.count {
      var deframer = MessageDeframer(limit: 50)
      _ = try all(&deframer, wire[..<end])
      let thrown = code { () throws(RPCError) in try deframer.finish() }
      #expect(thrown == (boundaries.contains(end) ? nil : .internal), "end at \(end)")
      #expect(deframer.isMidMessage == !boundaries.contains(end))
    }
  }

  @Test("A message within one buffer is a slice of it, not a copy")
  func noCopy() throws {
    var deframer = MessageDeframer(limit: 100)
    var input = ByteBuffer(bytes: Self.frame([7, 8, 9]))
    let address = input.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    let message = try #require(try deframer.next(from: &input))
    message.payload.withUnsafeReadableBytes {
      #expect(UInt(bitPattern: $0.baseAddress) == address + 5)
    }
  }

  @Test("Every flag but 0 and 1 fails with INTERNAL, whole or in pieces")
  func flags() {
    for flag in UInt8(0)...255 {
      for size in [1, 8] {
        var deframer = MessageDeframer(limit: 100)
        let wire = Self.frame([1, 2, 3], flag: flag)
        let thrown = code { () throws(RPCError) in
          for start in stride(from: 0, to: wire.count, by: size) {
            var input = ByteBuffer(bytes: wire[start..<min(start + size, wire.count)])
            while try deframer.next(from: &input) != nil {}
          }
        }
        #expect(thrown == (flag <= 1 ? nil : .internal))
      }
    }
  }

  @Test("A length over the limit fails before the body arrives", arguments: [11, 12, 1 << 24, Int(UInt32.max)])
  func tooLarge(length: Int) {
    var deframer = MessageDeframer(limit: 10)
    var input = ByteBuffer()
    input.writeInteger(UInt8(0))
    input.writeInteger(UInt32(length))
    #expect(code { () throws(RPCError) in _ = try deframer.next(from: &input) } == .resourceExhausted)
    #expect(deframer.bufferedBytes == 0)
  }

  @Test("A length at the limit is accepted")
  func atLimit() throws {
    var deframer = MessageDeframer(limit: 10)
    #expect(try all(&deframer, Self.frame(Array(repeating: 1, count: 10))).count == 1)
    var strict = MessageDeframer(limit: 0)
    #expect(try all(&strict, Self.frame([])).count == 1)
  }

  @Test("Memory follows what arrived, not what the prefix promises")
  func promisesAreFree() throws {
    var deframer = MessageDeframer(limit: 1 << 30)
    var input = ByteBuffer(bytes: [0, 0x3F, 0xFF, 0xFF, 0xFF, 1, 2, 3])
    #expect(try deframer.next(from: &input) == nil)
    #expect(deframer.bufferedBytes == 8)
    #expect(deframer.partialCapacity < 1024)
  }

  @Test("After an error all calls fail with it")
  func errorsStay() {
    var deframer = MessageDeframer(limit: 10)
    var input = ByteBuffer(bytes: [9, 0, 0, 0, 0] + Self.frame([1]))
    #expect(code { () throws(RPCError) in _ = try deframer.next(from: &input) } == .internal)
    #expect(code { () throws(RPCError) in _ = try deframer.next(from: &input) } == .internal)
    #expect(code { () throws(RPCError) in try deframer.finish() } == .internal)
  }
}
