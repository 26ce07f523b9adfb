import MeshMessages
import MeshRPC
import Testing

@Suite("Answers that are in wire form already", .timeLimit(.minutes(1)))
struct EncodedAnswerTests {
  /// Answers with the request's text and its number of zeros.
  private static func handler(compressing: Bool = false) -> MethodHandler {
    .unary(encoding: Probe.unary) { request, context in
      if compressing { context.compressResponses(with: .gzip) }
      return try EncodedMessage(Probe.zeros(Int(request.text) ?? 0))
    }
  }

  @Test("They arrive as messages, plain and compressed", arguments: Carrier.allCases, [false, true])
  func answers(_ carrier: Carrier, compressing: Bool) async throws {
    try await carrier.run([Self.handler(compressing: compressing)]) { channel in
      for count in [0, 1, 127, 128, 70_000] {
        let answer = try await channel.unary(Probe.unary, Probe.text("\(count)"), options: CallOptions())
        #expect(answer == Probe.zeros(count))
      }
    }
  }

  @Test("The server's limit holds for them", arguments: Carrier.allCases)
  func limit(_ carrier: Carrier) async throws {
    try await carrier.run([Self.handler()], server: { $0.maxResponseBytes = 5_000 }) { channel in
      let fits = try await channel.unary(Probe.unary, Probe.text("4900"), options: CallOptions())
      #expect(fits.payload.count == 4900)
      let error = try await status { _ = try await channel.unary(Probe.unary, Probe.text("5000"), options: .init()) }
      #expect(error?.code == .resourceExhausted)
    }
  }

  @Test("A service answers by the handler that was put in the other's place")
  func replaced() async throws {
    let service = ServiceDefinition(name: Probe.service, methods: [Probe.echo]).replacing(Self.handler())
    try await Carrier.inProcess.run(RPCServer(services: [service])) { channel in
      let answer = try await channel.unary(Probe.unary, Probe.text("3"), options: CallOptions())
      #expect(answer == Probe.zeros(3))
    }
  }

  @Test("Fields are written as protobuf-c writes them", arguments: [0, 1, 2, 127, 128, 129, 16_383, 16_384, 70_000])
  func fields(count: Int) throws {
    let text = String(repeating: "a", count: count)
    let numbers: [Int64] = [0, 1, -1, 127, 128, .max, .min, Int64(count)]
    for number in numbers {
      var product = CatalogV1.Product(id: number, title: text)
      product.status = .retired
      product.price = CatalogV1.CurrentPrice(price: CommonV1.Money(currency: text, minorUnits: number))
      product.createdAt = GoogleProtobuf.Timestamp()
      product.version = number
      var fields = WireFieldWriter()
      fields.append(1, number)
      fields.append(2, text)
      fields.append(8, Int64(CatalogV1.ProductStatus.retired.rawValue))
      let price = fields.begin(11)
      let money = fields.begin(1)
      fields.append(1, text)
      fields.append(2, number)
      fields.end(money)
      fields.end(price)
      fields.end(fields.begin(12))
      fields.append(14, number)
      let expected = try EncodedMessage(product)
      #expect(fields.bytes == expected.bytes)
    }
  }
}
