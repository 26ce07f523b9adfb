import MeshMessages
import ProtobufBridge
import Testing

@Suite("Money as JSON")
struct MoneyJSONTests {
  private let options: JSONOptions = {
    var options = JSONOptions()
    options.decimalMoney = true
    return options
  }()

  private func parse(_ text: String) throws(ProtobufError) -> CommonV1.Money {
    try CommonV1.Money(json: Array(text.utf8), options: options)
  }

  @Test(
    "An amount has its currency's decimals, both ways",
    arguments: [
      ("TRY", 129_900, "1299.00"), ("TRY", 0, "0.00"), ("TRY", 5, "0.05"), ("TRY", 99, "0.99"), ("TRY", 100, "1.00"),
      ("TRY", -1, "-0.01"), ("TRY", -129_950, "-1299.50"), ("JPY", 1299, "1299"), ("JPY", 0, "0"), ("KRW", -7, "-7"),
      ("KWD", 1, "0.001"), ("KWD", 1_234_567, "1234.567"), ("CLF", 12_345, "1.2345"),
      ("USD", .max, "92233720368547758.07"),
      ("USD", .min, "-92233720368547758.08"), ("JPY", .max, "9223372036854775807"),
      ("JPY", .min, "-9223372036854775808"),
      ("KWD", .min, "-9223372036854775.808"),
    ] as [(String, Int64, String)])
  func bothWays(currency: String, minorUnits: Int64, amount: String) throws {
    let money = CommonV1.Money(currency: currency, minorUnits: minorUnits)
    let text = #"{"amount":"\#(amount)","currency":"\#(currency)"}"#
    #expect(String(decoding: try money.jsonBytes(options), as: UTF8.self) == text)
    #expect(try parse(text) == money)
  }

  @Test(
    "Fewer decimals and any order are read",
    arguments: [
      (#"{"amount":"1299","currency":"TRY"}"#, 129_900), (#"{"amount":"1299.5","currency":"TRY"}"#, 129_950),
      (#"{"currency":"TRY","amount":"0"}"#, 0), (#"{"amount":"-0.00","currency":"TRY"}"#, 0),
      (#" { "currency" : "TRY" , "amount" : "1.0" } "#, 100), (#"{"amount":"\u0031","currency":"TR\u0059"}"#, 100),
    ] as [(String, Int64)])
  func lenient(text: String, minorUnits: Int64) throws {
    #expect(try parse(text) == CommonV1.Money(currency: "TRY", minorUnits: minorUnits))
  }

  @Test(
    "What is not an exact amount of a known currency is refused, and by what it is",
    arguments: [
      (#"{"amount":"1.234","currency":"TRY"}"#, "amount: expected at most 2 decimals"),
      (#"{"amount":"1.0","currency":"JPY"}"#, "amount: expected at most 0 decimals"),
      (#"{"amount":"1.000","currency":"TRY"}"#, "amount: expected at most 2 decimals"),
      (#"{"amount":"1,50","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"1e2","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"+1","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"01","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":".5","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"5.","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"1.2.3","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"-","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":" 1","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"--1","currency":"TRY"}"#, "amount: expected a decimal number"),
      (#"{"amount":"92233720368547758.08","currency":"TRY"}"#, "amount: the amount is larger"),
      (#"{"amount":"-92233720368547758.09","currency":"TRY"}"#, "amount: the amount is larger"),
      (#"{"amount":"99999999999999999999999","currency":"JPY"}"#, "amount: the amount is larger"),
      (#"{"amount":1299.5,"currency":"TRY"}"#, "amount: expected a string"),
      (#"{"amount":"1","currency":949}"#, "currency: expected a string"),
      (#"{"amount":"1","currency":"try"}"#, "currency: expected a currency code"),
      (#"{"amount":"1","currency":"TL"}"#, "currency: expected a currency code"),
      (#"{"amount":"1","currency":""}"#, "currency: expected a currency code"),
      (#"{"amount":"1"}"#, "expected an amount of money"), (#"{"currency":"TRY"}"#, "expected an amount of money"),
      ("{}", "expected an amount of money"), (#""1299.00 TRY""#, "expected an object"),
      (#"{"amount":"1","amount":"1","currency":"TRY"}"#, "amount: the field is given twice"),
      (#"{"amount":"1","currency":"TRY","minorUnits":"1"}"#, "minorUnits: an amount of money has"),
    ])
  func refused(text: String, problem: String) {
    let error = #expect(throws: ProtobufError.self) { try parse(text) }
    #expect(error.map { "\($0)".hasPrefix(problem) } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test("A currency that is none cannot be written")
  func unknownCurrency() {
    for currency in ["", "TL", "try", "XXXX"] {
      let error = #expect(throws: ProtobufError.self) {
        try CommonV1.Money(currency: currency, minorUnits: 1).jsonBytes(options)
      }
      #expect(error?.path == "currency")
    }
  }

  @Test("Without the option money is a message like any other")
  func canonical() throws {
    let money = CommonV1.Money(currency: "TRY", minorUnits: 129_900)
    let text = #"{"currency":"TRY","minorUnits":"129900"}"#
    #expect(String(decoding: try money.jsonBytes(), as: UTF8.self) == text)
    #expect(try CommonV1.Money(json: Array(text.utf8)) == money)
  }

  @Test("Money inside of other messages has the form too, and errors have the whole path")
  func nested() throws {
    let price = CatalogV1.CurrentPrice(price: .init(currency: "KWD", minorUnits: 1500), listingId: 7)
    let text = #"{"price":{"amount":"1.500","currency":"KWD"},"listingId":"7"}"#
    #expect(String(decoding: try price.jsonBytes(options), as: UTF8.self) == text)
    #expect(try CatalogV1.CurrentPrice(json: Array(text.utf8), options: options) == price)
    let error = #expect(throws: ProtobufError.self) {
      try CatalogV1.CurrentPrice(
        json: Array(#"{"price":{"amount":"x","currency":"TRY"}}"#.utf8), options: options)
    }
    #expect(error?.path == "price.amount")
  }
}
