internal import CProtobufC
internal import Glibc

/// `{"amount":"1299.00","currency":"TRY"}`: see `JSONOptions.decimalMoney`.
extension MessagePrinter {
  mutating func money(_ message: UnsafeRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    guard let currency = layout.field(MoneyField.currency), let units = layout.field(MoneyField.minorUnits) else {
      return writer.null()
    }
    guard let text = message.load(fromByteOffset: currency.offset, as: UnsafePointer<CChar>?.self) else {
      throw MoneyField.unknownCurrency
    }
    let code = UnsafeRawBufferPointer(start: text, count: strlen(text))
    guard let decimals = CurrencyDecimals.of(code) else { throw MoneyField.unknownCurrency }
    writer.beginObject()
    writer.name("amount")
    writer.quotedLiteral(
      MoneyText.text(message.load(fromByteOffset: units.offset, as: Int64.self), decimals: decimals))
    writer.name("currency")
    writer.string(code)
    writer.endObject()
  }
}

extension MessageParser {
  mutating func money(_ message: UnsafeMutableRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    guard let currency = layout.field(MoneyField.currency), let units = layout.field(MoneyField.minorUnits) else {
      throw ProtobufError(.codecFailure, "\(layout.fullName) has other fields than this form knows")
    }
    var amount: UnsafeRawBufferPointer?
    var code: UnsafeRawBufferPointer?
    var isFirst = true
    try reader.beginObject()
    while let name = try reader.nextMember(isFirst: isFirst) {
      isFirst = false
      if name.elementsEqual("amount".utf8) {
        try text("amount", #"a string as in "1299.00""#, into: &amount)
      } else if name.elementsEqual("currency".utf8) {
        try text("currency", #"a string as in "TRY""#, into: &code)
      } else {
        guard options.ignoresUnknown else {
          throw ProtobufError(
            .unknownField, "an amount of money has the members `amount` and `currency` only",
            path: Self.shortened(String(decoding: name, as: UTF8.self)))
        }
        try reader.skip()
      }
    }
    guard let amount, let code else {
      throw ProtobufError(.invalidValue, #"expected an amount of money as in {"amount":"1299.00","currency":"TRY"}"#)
    }
    guard let decimals = CurrencyDecimals.of(code) else { throw MoneyField.unknownCurrency }
    message.storeBytes(
      of: try MoneyField.minorUnits(amount, code: code, decimals: decimals), toByteOffset: units.offset,
      as: Int64.self)
    message.storeBytes(of: try cString(code), toByteOffset: currency.offset, as: UnsafeMutableRawPointer.self)
  }

  /// Reads one of the two members.
  private mutating func text(
    _ name: String, _ expected: String, into value: inout UnsafeRawBufferPointer?
  ) throws(ProtobufError) {
    guard value == nil else { throw ProtobufError(.duplicateField, "the field is given twice", path: name) }
    do throws(ProtobufError) {
      let found = try reader.peek()
      guard found == .string else {
        throw ProtobufError(.invalidValue, "expected \(expected), found \(found.words)")
      }
      value = try reader.rawString()
    } catch {
      throw error.inside(name)
    }
  }
}

private enum MoneyField {
  static let currency: UInt32 = 1
  static let minorUnits: UInt32 = 2

  static let unknownCurrency = ProtobufError(
    .invalidValue, "expected a currency code of ISO 4217 in capital letters, as in \"TRY\"", path: "currency")

  static func minorUnits(
    _ amount: UnsafeRawBufferPointer, code: UnsafeRawBufferPointer, decimals: Int
  ) throws(ProtobufError) -> Int64 {
    do {
      return try MoneyText.minorUnits(amount, decimals: decimals)
    } catch {
      let currency = String(decoding: code, as: UTF8.self)
      let problem =
        switch error {
        case .notDecimal: "expected a decimal number as in \"1299.00\": digits, and a point before the decimals"
        case .tooManyDecimals: "expected at most \(decimals) decimals, for that is what \(currency) has"
        case .tooLarge: "the amount is larger than can be kept: it must fit in 64 bits as \(currency)'s smallest units"
        }
      throw ProtobufError(.invalidValue, problem, path: "amount")
    }
  }
}
