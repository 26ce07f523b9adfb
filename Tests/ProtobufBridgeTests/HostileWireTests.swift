import MeshMessages
import ProtobufBridge
import Testing

/// Bytes that must be refused, and how.
enum HostileWire {
  struct Case: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: [UInt8]
    let code: ProtobufError.Code
    var path = ""
    var testDescription: String { what }
  }

  static let scalars: [Case] = [
    Case(what: "a tag cut short", bytes: [0x88], code: .malformedWire),
    Case(what: "a tag without a value", bytes: [0x08], code: .malformedWire, path: "int32_value"),
    Case(what: "a varint cut short", bytes: [0x08, 0x80], code: .malformedWire, path: "int32_value"),
    Case(
      what: "a varint of eleven bytes", bytes: [0x08] + Array(repeating: 0x80, count: 10) + [0], code: .malformedWire,
      path: "int32_value"),
    Case(
      what: "a varint above 64 bits", bytes: [0x08] + Array(repeating: 0xff, count: 9) + [2], code: .malformedWire,
      path: "int32_value"),
    Case(what: "a tag of six bytes", bytes: [0x88, 0x80, 0x80, 0x80, 0x80, 0x00, 0], code: .malformedWire),
    Case(what: "field number 0", bytes: [0x00, 0x01], code: .malformedWire),
    Case(what: "field number 2^29", bytes: [0x80, 0x80, 0x80, 0x80, 0x10, 0], code: .malformedWire),
    Case(what: "wire type 6", bytes: [0x0e, 0], code: .malformedWire, path: "int32_value"),
    Case(what: "wire type 7 of an unknown field", bytes: [0xff, 0x01], code: .malformedWire),
    Case(what: "a group", bytes: [0x0b, 0x0c], code: .malformedWire, path: "int32_value"),
    Case(what: "an unknown group", bytes: [0xa3, 0x06, 0xa4, 0x06], code: .malformedWire),
    Case(what: "an unknown group's end", bytes: [0xa4, 0x06], code: .malformedWire),
    Case(what: "a fixed32 cut short", bytes: [0x3d, 1, 2, 3], code: .malformedWire, path: "fixed32_value"),
    Case(what: "a fixed64 cut short", bytes: [0x41, 1, 2, 3, 4, 5, 6, 7], code: .malformedWire, path: "fixed64_value"),
    Case(what: "a string longer than the message", bytes: [0x72, 5, 0x61], code: .malformedWire, path: "string_value"),
    Case(
      what: "a length of 2^35", bytes: [0x7a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], code: .malformedWire,
      path: "bytes_value"),
    Case(
      what: "a length that would wrap around",
      bytes: [0x7a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], code: .malformedWire,
      path: "bytes_value"),
    Case(what: "a string for a number", bytes: [0x0a, 1, 0x61], code: .malformedWire, path: "int32_value"),
    Case(what: "a number for a string", bytes: [0x70, 1], code: .malformedWire, path: "string_value"),
    Case(what: "a NUL in a string", bytes: [0x72, 3, 0x61, 0, 0x62], code: .invalidString, path: "string_value"),
    Case(
      what: "a NUL behind eight letters", bytes: [0x72, 10] + Array("12345678".utf8) + [0, 0x62],
      code: .invalidString, path: "string_value"),
    Case(what: "a lone continuation byte", bytes: [0x72, 1, 0x80], code: .invalidString, path: "string_value"),
    Case(what: "an over-long slash", bytes: [0x72, 2, 0xc0, 0xaf], code: .invalidString, path: "string_value"),
    Case(what: "a surrogate", bytes: [0x72, 3, 0xed, 0xa0, 0x80], code: .invalidString, path: "string_value"),
    Case(what: "U+110000", bytes: [0x72, 4, 0xf4, 0x90, 0x80, 0x80], code: .invalidString, path: "string_value"),
    Case(what: "a character cut short", bytes: [0x72, 2, 0xe2, 0x82], code: .invalidString, path: "string_value"),
  ]

  static let lists: [Case] = [
    Case(what: "a packed varint cut short", bytes: [0x0a, 2, 1, 0x80], code: .malformedWire, path: "int32_values"),
    Case(
      what: "packed fixed32 of 5 bytes", bytes: [0x3a, 5, 1, 2, 3, 4, 5], code: .malformedWire, path: "fixed32_values"),
    Case(
      what: "packed doubles of 9 bytes", bytes: [0x62, 9] + Array(repeating: 0, count: 9), code: .malformedWire,
      path: "double_values"),
    Case(
      what: "a packed run longer than the message", bytes: [0x0a, 9, 1], code: .malformedWire, path: "int32_values"),
    Case(
      what: "a bad string in the second child", bytes: [0x8a, 1, 0, 0x8a, 1, 3, 0x72, 1, 0xff], code: .invalidString,
      path: "scalars.string_value"),
  ]
}

@Suite("Hostile wire bytes are refused before protobuf-c sees them")
struct HostileWireTests {
  @Test("In a message of scalars", arguments: HostileWire.scalars)
  func scalars(_ example: HostileWire.Case) {
    #expect {
      try TestingV1.Scalars(wire: example.bytes)
    } throws: { error in
      guard let error = error as? ProtobufError else { return false }
      return error.code == example.code && error.path == example.path
    }
  }

  @Test("In a message of lists", arguments: HostileWire.lists)
  func lists(_ example: HostileWire.Case) {
    #expect {
      try TestingV1.Lists(wire: example.bytes)
    } throws: { error in
      guard let error = error as? ProtobufError else { return false }
      return error.code == example.code && error.path == example.path
    }
  }

  private func nested(_ depth: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 1..<depth {
      var head: [UInt8] = [0x12]
      var count = bytes.count
      while count >= 0x80 {
        head.append(UInt8(count & 0x7f) | 0x80)
        count >>= 7
      }
      head.append(UInt8(count))
      bytes = head + bytes
    }
    return bytes
  }

  @Test("One hundred levels are accepted, one more is refused")
  func depth() throws {
    let deepest = try TestingV1.Tree(wire: nested(100))
    #expect(try deepest.serializedBytes() == nested(100))
    #expect(throws: ProtobufError.self) { try TestingV1.Tree(wire: nested(101)) }
    #expect(throws: ProtobufError.self) { try TestingV1.Tree(wire: nested(5), limits: DecodingLimits(maximumDepth: 4)) }
  }

  @Test("Sizes, element counts and memory are bounded")
  func limits() throws {
    let payload = try BenchV1.EchoMessage(payload: Array(repeating: 1, count: 100)).serializedBytes()
    #expect(throws: ProtobufError.self) {
      try BenchV1.EchoMessage(wire: payload, limits: DecodingLimits(maximumBytes: 101))
    }
    #expect(try BenchV1.EchoMessage(wire: payload, limits: DecodingLimits(maximumBytes: 102)).payload.count == 100)

    let packed: [UInt8] = [0x0a, 100] + Array(repeating: 1, count: 100)
    #expect(throws: ProtobufError.self) {
      try TestingV1.Lists(wire: packed, limits: DecodingLimits(maximumElements: 99))
    }
    #expect(try TestingV1.Lists(wire: packed, limits: DecodingLimits(maximumElements: 100)).int32Values.count == 100)

    // Children of three bytes each whose structs take over a hundred.
    let children = Array(repeating: [0x8a, 0x01, 0x00] as [UInt8], count: 100_000).flatMap { $0 }
    #expect {
      try TestingV1.Lists(wire: children, limits: DecodingLimits(maximumMemory: 10 << 20))
    } throws: { error in
      (error as? ProtobufError)?.code == .limitExceeded
    }
    #expect(try TestingV1.Lists(wire: children).scalars.count == 100_000)
  }

  @Test("A singular message given twice is merged, given without end it is refused")
  func merging() throws {
    let first = try TestingV1.Outer(middle: .init(inners: [.init()])).serializedBytes()
    let second = try TestingV1.Outer(middle: .init(inner: .init(kind: .round), inners: [.init()])).serializedBytes()
    let merged = try TestingV1.Outer(wire: first + second)
    #expect(merged.middle?.inner?.kind == .round)
    #expect(merged.middle?.inners.count == 2)
    #expect {
      try TestingV1.Outer(wire: Array(repeating: first, count: 70).flatMap { $0 })
    } throws: { error in
      (error as? ProtobufError)?.code == .limitExceeded
    }
  }

  @Test("The last of several values counts, also between members of a oneof")
  func lastWins() throws {
    #expect(try TestingV1.Scalars(wire: [0x08, 1, 0x08, 2]).int32Value == 2)
    #expect(try TestingV1.Scalars(wire: [0x72, 1, 0x61, 0x72, 1, 0x62]).stringValue == "b")
    #expect(try TestingV1.Choices(wire: [0x08, 1, 0x1a, 1, 0x61]).choice == .text("a"))
    #expect(try TestingV1.Choices(wire: [0x1a, 1, 0x61, 0x08, 7]).choice == .number(7))
    let scalars = try TestingV1.Choices(choice: .scalars(Samples.scalars)).serializedBytes()
    #expect(try TestingV1.Choices(wire: scalars + [0x08, 7]).choice == .number(7))
  }

  @Test("Packed and unpacked forms are both read, whichever the field declares")
  func packing() throws {
    #expect(try TestingV1.Lists(wire: [0x08, 1, 0x08, 2, 0x0a, 2, 3, 4]).int32Values == [1, 2, 3, 4])
    #expect(try TestingV1.Lists(wire: [0x92, 0x01, 2, 1, 2, 0x90, 0x01, 3]).unpackedValues == [1, 2, 3])
  }

  @Test("A map entry without key or value has their defaults")
  func incompleteEntries() throws {
    #expect(try TestingV1.Maps(wire: [0x0a, 0]).stringToString == ["": ""])
    #expect(try TestingV1.Maps(wire: [0x6a, 0]).stringToScalars == ["": .init()])
    #expect(try TestingV1.Maps(wire: [0x0a, 3, 0x0a, 1, 0x61, 0x0a, 3, 0x0a, 1, 0x61]).stringToString == ["a": ""])
  }

  @Test("Mutated messages are read or refused, and what was read can be written and read again")
  func mutation() throws {
    var random = SplitMix(seed: 42)
    let seeds = [
      try Samples.scalars.serializedBytes(), try Samples.lists.serializedBytes(), try Samples.maps.serializedBytes(),
      try Samples.tree.serializedBytes(), try Samples.choices[16].serializedBytes(),
    ]
    var accepted = 0
    for round in 0..<4_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0...Int(random.next() % 4) {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
        case 2: bytes.remove(at: place)
        default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        }
      }
      accepted += check(TestingV1.Scalars.self, bytes) + check(TestingV1.Lists.self, bytes)
      accepted += check(TestingV1.Maps.self, bytes) + check(TestingV1.Tree.self, bytes)
      accepted += check(TestingV1.Choices.self, bytes) + check(TestingV1.WellKnown.self, bytes)
    }
    #expect(accepted > 200)
  }

  /// 1 if the bytes were accepted.
  private func check<Message: ProtobufMessage>(_ type: Message.Type, _ bytes: [UInt8]) -> Int {
    guard let message = try? Message(wire: bytes) else { return 0 }
    do {
      let again = try message.serializedBytes()
      #expect(try Message(wire: again).serializedBytes() == again)
      _ = try? message.jsonBytes()
    } catch {
      Issue.record("what was read could not be written and read again: \(error)")
    }
    return 1
  }
}

/// A small generator of random numbers with a seed, so that a failure repeats (Steele et al., SplitMix64).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
