import MeshMessages
import ProtobufBridge
import Testing

/// Bytes that `protoc --deterministic_output --encode` makes of the same values.
@Suite("Bytes agree with those of the reference implementation")
struct ReferenceBytesTests {
  private func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.utf8).map { $0 < 0x40 ? $0 - 0x30 : $0 - 0x61 + 10 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  private func check<Message: ProtobufMessage>(_ message: Message, _ hexadecimal: String) throws {
    #expect(try message.serializedBytes() == bytes(hexadecimal))
    #expect(try Message(wire: bytes(hexadecimal)) == message)
  }

  @Test("For scalars")
  func scalars() throws {
    try check(
      Samples.scalars,
      "08ffffffffffffffffff01108080808080808080800118ffffffff0f20ffffffffffffffffff0128ffffffff0f30033d07000000410800"
        + "0000000000004df7ffffff51f6ffffffffffffff5d0000c03f6100000000000002c068017213c4b0c49f6e6520262069706c696b20f0"
        + "9fa7b57a030001ff8001fcffffffffffffffff01")
  }

  @Test("For repeated fields, packed and not")
  func lists() throws {
    try check(
      TestingV1.Lists(
        int32Values: [0, -1, 2, .max, .min], sint64Values: [0, -1], fixed32Values: [1], doubleValues: [0.5, -0.0],
        boolValues: [true, false], stringValues: ["", "ü"], bytesValues: [[], [1]],
        colors: [.red, .unspecified, .infraRed], scalars: [.init(int32Value: 1), .init()], unpackedValues: [1, 2],
        farValues: [-5, 5]),
      "0a1b00ffffffffffffffffff0102ffffffff0780808080f8ffffffff01320200013a04010000006210000000000000e03f00000000000000"
        + "806a02010072007202c3bc7a007a010182010c0100fcffffffffffffffff018a010208018a0100900101900102faffffff0f02090a")
  }

  @Test("For members of oneofs with default values")
  func choices() throws {
    try check(
      TestingV1.Choices(choice: .nested(.init(choice: .text(""))), maybeInt: 0, maybeText: "", maybeFlag: false),
      "4a021a00580062007800")
  }

  @Test("For maps, except that defaults in entries are left out")
  func maps() throws {
    let maps = TestingV1.Maps(
      stringToString: ["a": "", "b": "c"], int64ToBool: [-1: true], sint32ToColor: [-3: .green],
      boolToString: [false: "no", true: "yes"], stringToScalars: ["x": .init(int32Value: 5)])
    let reference =
      "0a050a016112000a060a01621201631a0d08ffffffffffffffffff0110013204080510026206080012026e6f6207080112037965736a07"
      + "0a017812020805"
    #expect(try TestingV1.Maps(wire: bytes(reference)) == maps)
    let shorter =
      "0a030a01610a060a01621201631a0d08ffffffffffffffffff01100132040805100262041202" + "6e6f6207080112037965736a07"
      + "0a017812020805"
    #expect(try maps.serializedBytes() == bytes(shorter))
  }
}
