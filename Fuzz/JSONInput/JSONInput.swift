import Fuzzer
import MeshMessages
import ProtobufBridge

/// JSON from a client, read as one of several message types.
///
/// The first byte of the input chooses the type. Text that is accepted must print to a form that is accepted again and
/// prints to itself, and the message must survive its wire form as well.
@main
enum JSONInput {
  static func main() {
    Fuzzer.run { input in
      guard let choice = input.first else { return }
      let text = UnsafeRawBufferPointer(rebasing: input.dropFirst())
      switch choice % 10 {
      case 0: check(TestingV1.Scalars.self, text)
      case 1: check(TestingV1.Lists.self, text)
      case 2: check(TestingV1.Maps.self, text)
      case 3: check(TestingV1.Choices.self, text)
      case 4: check(TestingV1.Tree.self, text)
      case 5: check(TestingV1.Outer.self, text)
      case 6: check(TestingV1.WellKnown.self, text)
      case 7: check(TestingV1.Order.self, text)
      case 8: check(BenchV1.EchoMessage.self, text)
      default: check(GoogleProtobuf.Struct.self, text)
      }
    }
  }

  static func check<Message: ProtobufMessage>(_ type: Message.Type, _ text: UnsafeRawBufferPointer) {
    let message: Message
    do {
      message = try Message(json: text)
    } catch {
      precondition(!error.description.isEmpty)
      return
    }
    do {
      let printed = try message.jsonBytes()
      let reread = try Message(json: printed)
      // Compared as bytes: a NaN does not equal itself.
      let again = try reread.jsonBytes()
      precondition(again == printed, "\(Message.fullName): the printed form is not stable")
      let wire = try message.serializedBytes()
      let unpacked = try Message(wire: wire)
      let afterWire = try unpacked.jsonBytes()
      precondition(afterWire == printed, "\(Message.fullName): the wire form says something else")
    } catch {
      preconditionFailure("\(Message.fullName): accepted text does not survive: \(error)")
    }
  }
}
