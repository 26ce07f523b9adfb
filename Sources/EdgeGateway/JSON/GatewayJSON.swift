package import HTTPTypes
internal import MeshMessages
package import ProtobufBridge

/// The JSON of the public interface: proto3's mapping with defaults written, and money as people write it.
package enum GatewayJSON {
  /// How messages are written and read.
  static let options: JSONOptions = {
    var options = JSONOptions()
    options.writesDefaults = true
    options.maximumBytes = 64 << 10
    options.maximumDepth = 16
    options.maximumMemory = 1 << 20
    options.use(money)
    return options
  }()

  /// `options` for messages that are passed on.
  enum Style: JSONImageStyle {
    static let transcriber = JSONTranscriber(GatewayJSON.options)
  }

  /// `{"amount":"1299.00","currency":"TRY"}`
  private static let money = JSONForm(
    CommonV1.Money.self,
    write: { (money, writer) throws(ProtobufError) in
      writer.beginObject()
      writer.name("amount")
      writer.string(CurrencyAmount.text(money.minorUnits, money.currency))
      writer.name("currency")
      writer.string(money.currency)
      writer.endObject()
    },
    writeWire: { money, text in
      let currency = money.text(1)
      let decimals = CurrencyAmount.decimals(of: currency)
      text.constant(#"{"amount":""#)
      text.append(upTo: CurrencyAmount.maximumLength) {
        CurrencyAmount.write(money.integer(2), decimals: decimals, to: $0)
      }
      text.constant(#"","currency":"#)
      text.string(currency)
      text.constant("}")
    },
    read: { (reader) throws(ProtobufError) in
      var amount: String?
      var currency: String?
      try reader.object { (reader, name) throws(ProtobufError) in
        switch name {
        case "amount": amount = try string(&reader, "amount")
        case "currency": currency = try string(&reader, "currency")
        default: throw ProtobufError(.unknownField, "expected amount and currency only")
        }
      }
      guard let currency, CurrencyAmount.isCurrency(currency) else {
        throw ProtobufError(
          .invalidValue, "expected a currency of three capital letters, such as TRY", path: "currency")
      }
      guard let amount, let units = CurrencyAmount.minorUnits(amount, currency) else {
        let decimals = CurrencyAmount.decimals(of: currency)
        throw ProtobufError(
          .invalidValue, "expected a decimal text with at most \(decimals) decimals, such as \"1299\"", path: "amount")
      }
      return CommonV1.Money(currency: currency, minorUnits: units)
    })

  private static func string(_ reader: inout JSONReader, _ name: String) throws(ProtobufError) -> String {
    do throws(ProtobufError) {
      return try reader.string()
    } catch {
      throw ProtobufError(error.code, error.message, path: name)
    }
  }

  /// - Throws: `ProtobufError` for a message that has no JSON form, which no service should send.
  package static func bytes(_ message: some ProtobufMessage) throws -> [UInt8] { try message.jsonBytes(options) }

  package static func response(
    _ message: some ProtobufMessage, status: HTTPResponse.Status = .ok
  ) throws -> GatewayResponse {
    .json(try bytes(message), status: status)
  }

  /// Reads a body.
  ///
  /// - Throws: `Problem` 400 that names the field.
  package static func read<Message: ProtobufMessage>(_ type: Message.Type, from body: [UInt8]) throws -> Message {
    do {
      return try Message(json: body, options: options)
    } catch {
      throw problem(error)
    }
  }

  static func problem(_ error: ProtobufError) -> Problem {
    let field = error.path.isEmpty ? nil : String(error.path.prefix(200))
    return Problem(.badRequest, .invalidBody, String("\(error)".prefix(500)), field: field)
  }

  /// The names of a body's outermost members.
  ///
  /// - Throws: `Problem` 400 for what is no JSON object.
  static func memberNames(_ body: [UInt8]) throws -> [String] {
    do {
      return try GoogleProtobuf.Struct(json: body, options: options).fields.keys.sorted()
    } catch {
      throw problem(error)
    }
  }
}
