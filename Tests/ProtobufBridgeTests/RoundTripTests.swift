import MeshMessages
import ProtobufBridge
import Testing

@Suite("Messages survive encoding and decoding")
struct RoundTripTests {
  private func check<Message: ProtobufMessage>(_ message: Message) throws {
    let bytes = try message.serializedBytes()
    #expect(try Message(wire: bytes) == message)
    #expect(try Message(wire: bytes).serializedBytes() == bytes)
  }

  @Test("An empty message takes no bytes")
  func empty() throws {
    #expect(try TestingV1.Scalars().serializedBytes() == [])
    #expect(try TestingV1.Scalars(wire: []) == TestingV1.Scalars())
    #expect(try GoogleProtobuf.Empty(wire: GoogleProtobuf.Empty().serializedBytes()) == GoogleProtobuf.Empty())
  }

  @Test("Every scalar type keeps its value")
  func scalars() throws { try check(Samples.scalars) }

  @Test("Every repeated type keeps its values, packed and unpacked")
  func lists() throws { try check(Samples.lists) }

  @Test("Maps of every key type keep their entries")
  func maps() throws { try check(Samples.maps) }

  @Test("Each member of a oneof keeps its value and its presence", arguments: Samples.choices)
  func choices(_ message: TestingV1.Choices) throws { try check(message) }

  @Test("Messages of their own type keep their shape")
  func recursive() throws { try check(Samples.tree) }

  @Test("Fields named as keywords keep their values")
  func names() throws { try check(Samples.names) }

  @Test("A parent keeps its children in order")
  func order() throws { try check(Samples.order) }

  @Test("Negative zero is not taken for absent")
  func negativeZero() throws {
    let message = TestingV1.Scalars(floatValue: -0.0, doubleValue: -0.0)
    let bytes = try message.serializedBytes()
    #expect(bytes == [0x5d, 0, 0, 0, 0x80, 0x61, 0, 0, 0, 0, 0, 0, 0, 0x80])
    let decoded = try TestingV1.Scalars(wire: bytes)
    #expect(decoded.floatValue.sign == .minus)
    #expect(decoded.doubleValue.sign == .minus)
  }

  @Test("NaN stays NaN")
  func nan() throws {
    let bytes = try TestingV1.Scalars(floatValue: .nan, doubleValue: .nan).serializedBytes()
    let decoded = try TestingV1.Scalars(wire: bytes)
    #expect(decoded.floatValue.isNaN && decoded.doubleValue.isNaN)
  }

  @Test("Packing writes into the caller's buffer and says how much")
  func pack() throws {
    let message = BenchV1.EchoMessage(payload: [1, 2, 3])
    var buffer = [UInt8](repeating: 0xee, count: 8)
    let count = try message.withEncoding { encoding in
      #expect(encoding.byteCount == 5)
      return buffer.withUnsafeMutableBytes { encoding.pack(into: $0) }
    }
    #expect(count == 5)
    #expect(buffer == [0x0a, 3, 1, 2, 3, 0xee, 0xee, 0xee])
  }

  @Test("A message may be encoded while another one is")
  func nestedEncoding() throws {
    let outer = BenchV1.EchoMessage(payload: [1])
    let inner = BenchV1.EchoMessage(payload: [2, 2])
    try outer.withEncoding { encoding in
      let innerBytes = try inner.serializedBytes()
      #expect(innerBytes == [0x0a, 2, 2, 2])
      var buffer = [UInt8](repeating: 0, count: 3)
      buffer.withUnsafeMutableBytes { _ = encoding.pack(into: $0) }
      #expect(buffer == [0x0a, 1, 1])
    }
  }

  @Test("A string with a NUL is refused with the path to its field")
  func nulInString() {
    let message = TestingV1.Order(items: [.init(), .init(name: "a\0b")])
    #expect {
      try message.serializedBytes()
    } throws: { error in
      guard let error = error as? ProtobufError else { return false }
      return error.code == .invalidString && error.path == "items[1].name"
    }
  }

  @Test("Fields that the type does not have survive, in order and behind the known ones")
  func unknownFields() throws {
    let full = try Samples.scalars.serializedBytes()
    let asNames = try GoogleProtobuf.Empty(wire: full)
    #expect(!asNames.unknownFields.isEmpty)
    #expect(try asNames.serializedBytes() == full)
    #expect(try TestingV1.Scalars(wire: asNames.serializedBytes()) == Samples.scalars)
  }
}
