import Fuzzer
import MeshMessages
import ProtobufBridge

/// Protobuf bytes from a peer, read as one of several message types.
///
/// The first byte of the input chooses the type, bit 7 tight limits. Bytes that are accepted must encode to a form that
/// is accepted again and encodes to itself, and their JSON must be the same whether they are unpacked for it or not.
@main
enum ProtobufUnpack {
  static func main() {
    Fuzzer.run { input in
      guard let choice = input.first else { return }
      let bytes = UnsafeRawBufferPointer(rebasing: input.dropFirst())
      let limits =
        choice & 0x80 == 0
        ? DecodingLimits()
        : DecodingLimits(maximumBytes: 512, maximumDepth: 5, maximumElements: 20, maximumMemory: 4096)
      switch choice & 0x7f % 10 {
      case 0: check(TestingV1.Scalars.self, bytes, limits)
      case 1: check(TestingV1.Lists.self, bytes, limits)
      case 2: check(TestingV1.Maps.self, bytes, limits)
      case 3: check(TestingV1.Choices.self, bytes, limits)
      case 4: check(TestingV1.Tree.self, bytes, limits)
      case 5: check(TestingV1.Outer.self, bytes, limits)
      case 6: check(TestingV1.WellKnown.self, bytes, limits)
      case 7: check(TestingV1.Order.self, bytes, limits)
      case 8: check(BenchV1.EchoMessage.self, bytes, limits)
      default: check(GoogleProtobuf.Struct.self, bytes, limits)
      }
    }
  }

  static let transcriber = JSONTranscriber(JSONOptions())

  /// The text, or why there is none.
  static func json(_ body: () throws(ProtobufError) -> [UInt8]) -> [UInt8] {
    do throws(ProtobufError) {
      return try body()
    } catch {
      return Array("\(error)".utf8)
    }
  }

  static func check<Message: ProtobufMessage>(
    _ type: Message.Type, _ bytes: UnsafeRawBufferPointer, _ limits: DecodingLimits
  ) {
    let direct = json { () throws(ProtobufError) in
      try transcriber.json(wire: bytes, layout: Message.layout, limits: limits)
    }
    let unpacked = json { () throws(ProtobufError) in
      try MessageJSON.json(wire: bytes, layout: Message.layout, limits: limits)
    }
    precondition(direct == unpacked, "\(Message.fullName): JSON differs when it is written right from the wire")
    let message: Message
    do {
      message = try Message(wire: bytes, limits: limits)
    } catch {
      precondition(!error.description.isEmpty)
      return
    }
    do {
      let encoded = try message.serializedBytes()
      // Compared as bytes: a NaN does not equal itself.
      let again = try Message(wire: encoded).serializedBytes()
      precondition(again == encoded, "\(Message.fullName): the encoded form is not stable")
    } catch {
      preconditionFailure("\(Message.fullName): accepted bytes do not survive: \(error)")
    }
  }
}
