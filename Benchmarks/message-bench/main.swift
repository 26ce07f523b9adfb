// Prints what encoding, decoding and JSON cost per message: swift run -c release message-bench
import MeshMessages
import ProtobufBridge

/// Nanoseconds for one call of `body`: the best of seven runs.
func nanoseconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  var best = Duration.seconds(1000)
  for _ in 0..<7 {
    best = min(best, try clock.measure { for _ in 0..<count { try body() } })
  }
  return Double(best.components.attoseconds) / 1e9 / Double(count)
    + Double(best.components.seconds) * 1e9 / Double(count)
}

func report(_ name: String, _ value: Double) {
  let text = String(Int(value.rounded()))
  print(name + String(repeating: " ", count: max(1, 44 - name.count - text.count)) + text + " ns")
}

func measure<Message: ProtobufMessage>(_ name: String, _ message: Message, count: Int) throws {
  let wire = try message.serializedBytes()
  let json = try message.jsonBytes()
  var buffer = [UInt8](repeating: 0, count: wire.count)
  var total = 0
  print("\(name): \(wire.count) bytes on the wire, \(json.count) as JSON")
  report(
    "  encode into a buffer",
    try nanoseconds(count) {
      try message.withEncoding { encoding in
        total &+= encoding.byteCount
        buffer.withUnsafeMutableBytes { _ = encoding.pack(into: $0) }
      }
    })
  report("  validate", try nanoseconds(count) { try WireCheck.check(wire, as: Message.self) })
  report("  decode", try nanoseconds(count) { total &+= try Message(wire: wire).unknownFields.isEmpty ? 1 : 0 })
  report("  write JSON", try nanoseconds(count / 4) { total &+= try message.jsonBytes().count })
  report("  read JSON", try nanoseconds(count / 4) { total &+= try Message(json: json).unknownFields.isEmpty ? 1 : 0 })
  precondition(total > 0)
}

try measure(
  "EchoMessage, 100 bytes", BenchV1.EchoMessage(payload: (0..<100).map { UInt8($0) }), count: 200_000)
try measure(
  "Order with 20 children",
  TestingV1.Order(
    id: 12345, title: "An order",
    items: (0..<20).map { .init(name: "item \($0)", price: .init(units: Int64($0) * 100, currency: "T")) }),
  count: 20_000)
