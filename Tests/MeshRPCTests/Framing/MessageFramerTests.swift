import NIOCore
import Testing

@testable import MeshRPC

@Suite("Message framer")
struct MessageFramerTests {
  @Test("A body is written behind its prefix, and other bytes stay")
  func body() throws {
    var buffer = ByteBuffer(bytes: [9])
    try MessageFramer.write(into: &buffer) { $0.writeBytes([1, 2, 3]) }
    try MessageFramer.write(into: &buffer, isCompressed: true) { _ in }
    #expect(Array(buffer.readableBytesView) == [9, 0, 0, 0, 0, 3, 1, 2, 3, 1, 0, 0, 0, 0])
  }

  @Test("A prefix alone counts the bytes to come", arguments: [0, 1, 255, 256, 65_536, Int(UInt32.max)])
  func prefix(length: Int) throws {
    var buffer = ByteBuffer()
    try MessageFramer.writePrefix(length: length, isCompressed: true, into: &buffer)
    #expect(buffer.readInteger(as: UInt8.self) == 1)
    #expect(buffer.readInteger(as: UInt32.self) == UInt32(length))
    #expect(buffer.readableBytes == 0)
  }

  @Test("A message over the limit fails with RESOURCE_EXHAUSTED and leaves nothing behind")
  func limit() throws {
    var buffer = ByteBuffer(bytes: [9])
    let error = #expect(throws: RPCError.self) {
      try MessageFramer.write(into: &buffer, limit: 2) { $0.writeBytes([1, 2, 3]) }
    }
    #expect(error?.code == .resourceExhausted)
    #expect(Array(buffer.readableBytesView) == [9])
    try MessageFramer.write(into: &buffer, limit: 3) { $0.writeBytes([1, 2, 3]) }
    #expect(buffer.readableBytes == 9)
    let thrown = code { () throws(RPCError) in
      try MessageFramer.writePrefix(length: Int(UInt32.max) + 1, isCompressed: false, limit: .max, into: &buffer)
    }
    #expect(thrown == .resourceExhausted)
    #expect(buffer.readableBytes == 9)
  }

  struct Broken: Error {}

  @Test("A body that fails leaves nothing behind")
  func bodyFails() {
    var buffer = ByteBuffer(bytes: [9])
    #expect(throws: Broken.self) {
      try MessageFramer.write(into: &buffer) { buffer in
        buffer.writeBytes([1, 2, 3])
        throw Broken()
      }
    }
    #expect(Array(buffer.readableBytesView) == [9])
  }

  @Test("What the framer writes the deframer reads")
  func roundTrip() throws {
    var buffer = ByteBuffer()
    for length in [0, 1, 100, 70_000] {
      try MessageFramer.write(into: &buffer) { $0.writeRepeatingByte(UInt8(length & 0xFF), count: length) }
    }
    var deframer = MessageDeframer(limit: 70_000)
    for length in [0, 1, 100, 70_000] {
      let message = try #require(try deframer.next(from: &buffer))
      #expect(message.payload == ByteBuffer(repeating: UInt8(length & 0xFF), count: length))
    }
    #expect(try deframer.next(from: &buffer) == nil)
  }
}
