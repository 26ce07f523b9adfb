import MeshMessages
import ProtobufBridge
import Testing

/// Texts that must be refused for a message of scalars, and how.
enum HostileJSON {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let text: String
    let code: ProtobufError.Code
    let path: String
    init(_ text: String, _ code: ProtobufError.Code, _ path: String = "") {
      self.text = text
      self.code = code
      self.path = path
    }
    var testDescription: String { text }
  }

  static let refusals = [
    Refusal("", .malformedJSON), Refusal("{", .malformedJSON), Refusal("{}x", .malformedJSON),
    Refusal("{}{}", .malformedJSON), Refusal("[]", .invalidValue), Refusal("null", .invalidValue),
    Refusal(#"{"int32Value":1,}"#, .malformedJSON), Refusal(#"{,}"#, .malformedJSON),
    Refusal(#"{int32Value:1}"#, .malformedJSON), Refusal(#"{'int32Value':1}"#, .malformedJSON),
    Refusal(#"{"int32Value" 1}"#, .malformedJSON), Refusal(#"{"int32Value":}"#, .malformedJSON, "int32Value"),
    Refusal(#"{"int32Value":01}"#, .malformedJSON), Refusal(#"{"int32Value":+1}"#, .malformedJSON, "int32Value"),
    Refusal(#"{"int32Value":1.}"#, .malformedJSON, "int32Value"),
    Refusal(#"{"int32Value":.5}"#, .malformedJSON, "int32Value"),
    Refusal(#"{"int32Value":1e}"#, .malformedJSON, "int32Value"),
    Refusal(#"{"int32Value":-}"#, .malformedJSON, "int32Value"),
    Refusal(#"{"int32Value":NaN}"#, .malformedJSON, "int32Value"),
    Refusal(#"{"int32Value":1.5}"#, .invalidValue, "int32Value"),
    Refusal(#"{"int32Value":2147483648}"#, .invalidValue, "int32Value"),
    Refusal(#"{"int32Value":1e99999999999999999999}"#, .invalidValue, "int32Value"),
    Refusal(#"{"int32Value":" 1"}"#, .invalidValue, "int32Value"),
    Refusal(#"{"int32Value":""}"#, .invalidValue, "int32Value"),
    Refusal(#"{"int32Value":true}"#, .invalidValue, "int32Value"),
    Refusal(#"{"int32Value":[]}"#, .invalidValue, "int32Value"),
    Refusal(#"{"int64Value":"9223372036854775808"}"#, .invalidValue, "int64Value"),
    Refusal(#"{"uint32Value":-1}"#, .invalidValue, "uint32Value"),
    Refusal(#"{"uint64Value":18446744073709551616}"#, .invalidValue, "uint64Value"),
    Refusal(#"{"floatValue":3.5e38}"#, .invalidValue, "floatValue"),
    Refusal(#"{"doubleValue":1e309}"#, .invalidValue, "doubleValue"),
    Refusal(#"{"doubleValue":"inf"}"#, .invalidValue, "doubleValue"),
    Refusal(#"{"boolValue":"true"}"#, .invalidValue, "boolValue"),
    Refusal(#"{"boolValue":1}"#, .invalidValue, "boolValue"),
    Refusal(#"{"boolValue":tru}"#, .malformedJSON, "boolValue"),
    Refusal(#"{"stringValue":1}"#, .invalidValue, "stringValue"),
    Refusal(#"{"stringValue":"\u0000"}"#, .invalidString, "stringValue"),
    Refusal(#"{"stringValue":"\ud800"}"#, .malformedJSON, "stringValue"),
    Refusal(#"{"stringValue":"\udc00\ud800"}"#, .malformedJSON, "stringValue"),
    Refusal(#"{"stringValue":"\ud800\u0041"}"#, .malformedJSON, "stringValue"),
    Refusal(#"{"stringValue":"\x"}"#, .malformedJSON, "stringValue"),
    Refusal(#"{"stringValue":"\u12g4"}"#, .malformedJSON, "stringValue"),
    Refusal("{\"stringValue\":\"a\nb\"}", .malformedJSON, "stringValue"),
    Refusal("{\"stringValue\":\"\\n\u{1}\"}", .malformedJSON, "stringValue"),
    Refusal(#"{"stringValue":"abc"#, .malformedJSON, "stringValue"),
    Refusal(#"{"stringValue":"abc\"#, .malformedJSON, "stringValue"),
    Refusal(#"{"stringValue":"abc\""#, .malformedJSON, "stringValue"),
    Refusal(#"{"bytesValue":"a"}"#, .invalidValue, "bytesValue"),
    Refusal(#"{"bytesValue":"a==="}"#, .invalidValue, "bytesValue"),
    Refusal(#"{"bytesValue":"ab=c"}"#, .invalidValue, "bytesValue"),
    Refusal(#"{"bytesValue":"a b"}"#, .invalidValue, "bytesValue"),
    Refusal(#"{"color":"RED"}"#, .invalidValue, "color"), Refusal(#"{"color":1.5}"#, .invalidValue, "color"),
    Refusal(#"{"int32Value":1,"int32_value":2}"#, .duplicateField, "int32Value"),
  ]
}

@Suite("Canonical proto3 JSON")
struct JSONTests {
  private func json(_ message: some ProtobufMessage, _ options: JSONOptions = JSONOptions()) throws -> String {
    String(decoding: try message.jsonBytes(options), as: UTF8.self)
  }

  private func parse<Message: ProtobufMessage>(
    _ text: String, as type: Message.Type = Message.self, _ options: JSONOptions = JSONOptions()
  ) throws -> Message {
    try Message(json: Array(text.utf8), options: options)
  }

  private func checkBothWays<Message: ProtobufMessage>(_ message: Message, _ text: String) throws {
    #expect(try json(message) == text)
    #expect(try parse(text) == message)
  }

  @Test("Scalars have their forms: 64 bits in quotes, bytes in base64, enums by name")
  func scalars() throws {
    try checkBothWays(
      Samples.scalars,
      #"{"int32Value":-1,"int64Value":"-9223372036854775808","uint32Value":4294967295,"#
        + #""uint64Value":"18446744073709551615","sint32Value":-2147483648,"sint64Value":"-2","fixed32Value":7,"#
        + #""fixed64Value":"8","sfixed32Value":-9,"sfixed64Value":"-10","floatValue":1.5,"doubleValue":-2.25,"#
        + #""boolValue":true,"stringValue":"İğne & iplik 🧵","bytesValue":"AAH/","color":"COLOR_INFRA_RED"}"#)
    try checkBothWays(TestingV1.Scalars(), "{}")
    #expect(try json(TestingV1.Scalars(doubleValue: -0.0)) == #"{"doubleValue":-0}"#)
  }

  @Test("Lists, maps, trees, oneofs and odd names come back as they were")
  func everything() throws {
    func check<Message: ProtobufMessage>(_ message: Message) throws {
      #expect(try Message(json: message.jsonBytes()) == message)
      var options = JSONOptions()
      options.writesProtoNames = true
      options.writesEnumNumbers = true
      options.writesDefaults = true
      #expect(try Message(json: message.jsonBytes(options)) == message)
      let wire = try message.serializedBytes()
      let text = try wire.withUnsafeBytes { try MessageJSON.json(wire: $0, layout: Message.layout) }
      #expect(text == (try message.jsonBytes()))
      let back = try text.withUnsafeBytes { try MessageJSON.wire(json: $0, layout: Message.layout) }
      #expect(try Message(wire: back) == message)
    }
    try check(Samples.scalars)
    try check(Samples.lists)
    try check(Samples.maps)
    try check(Samples.tree)
    for choice in Samples.choices { try check(choice) }
    try check(Samples.names)
    try check(Samples.order)
  }

  @Test("Defaults are written if asked for, absent messages and oneofs never")
  func defaults() throws {
    var options = JSONOptions()
    options.writesDefaults = true
    #expect(
      try json(TestingV1.Order(items: [.init()]), options)
        == #"{"id":"0","title":"","items":[{"name":""}],"note":""}"#)
    #expect(try json(TestingV1.Choices(), options) == "{}")
    #expect(try json(TestingV1.Tree(), options) == #"{"label":"","branches":[],"named":{}}"#)
  }

  @Test("Names are read in lowerCamelCase and as in the proto file, and written by json_name")
  func names() throws {
    #expect(try json(TestingV1.Names(withJsonName: 1, leading: 2)) == #"{"@custom":1,"Leading":2}"#)
    #expect(try parse(#"{"with_json_name":1}"#, as: TestingV1.Names.self).withJsonName == 1)
    #expect(try parse(#"{"int32_value":1,"int64Value":2}"#) == TestingV1.Scalars(int32Value: 1, int64Value: 2))
    var options = JSONOptions()
    options.writesProtoNames = true
    #expect(try json(TestingV1.Names(withJsonName: 1), options) == #"{"with_json_name":1}"#)
  }

  @Test("Numbers are read however they are written, if they are exact")
  func numberForms() throws {
    #expect(try parse(#"{"int32Value":"12"}"#) == TestingV1.Scalars(int32Value: 12))
    #expect(try parse(#"{"int32Value":1.2e1}"#) == TestingV1.Scalars(int32Value: 12))
    #expect(try parse(#"{"int32Value":120e-1}"#) == TestingV1.Scalars(int32Value: 12))
    #expect(try parse(#"{"int32Value":-2147483648}"#) == TestingV1.Scalars(int32Value: .min))
    #expect(try parse(#"{"int64Value":9223372036854775807}"#) == TestingV1.Scalars(int64Value: .max))
    #expect(try parse(#"{"uint64Value":1.8446744073709551615e19}"#) == TestingV1.Scalars(uint64Value: .max))
    #expect(try parse(#"{"uint32Value":-0}"#) == TestingV1.Scalars())
    #expect(
      try parse(#"{"doubleValue":"1e3","floatValue":"-0.5"}"#)
        == TestingV1.Scalars(floatValue: -0.5, doubleValue: 1000))
    #expect(try parse(#"{"color":2}"#) == TestingV1.Scalars(color: .green))
    #expect(try parse(#"{"color":-123}"#) == TestingV1.Scalars(color: .init(rawValue: -123)))
    #expect(
      try json(TestingV1.Scalars(floatValue: 0.1, doubleValue: 1e100)) == #"{"floatValue":0.1,"doubleValue":1e+100}"#)
  }

  @Test("Infinities and NaN are words in quotes")
  func nonFinite() throws {
    try checkBothWays(
      TestingV1.Scalars(floatValue: .infinity, doubleValue: -.infinity),
      #"{"floatValue":"Infinity","doubleValue":"-Infinity"}"#)
    #expect(try json(TestingV1.Scalars(doubleValue: .nan)) == #"{"doubleValue":"NaN"}"#)
    #expect(try parse(#"{"doubleValue":"NaN"}"#, as: TestingV1.Scalars.self).doubleValue.isNaN)
  }

  @Test(
    "Base64 is read in both alphabets, with padding and without",
    arguments: ["-_8", "+/8", "-_8=", "+/8="])
  func base64(_ text: String) throws {
    #expect(try parse(#"{"bytesValue":"\#(text)"}"#) == TestingV1.Scalars(bytesValue: [0xfb, 0xff]))
  }

  @Test("null stands for absent, except in Value")
  func null() throws {
    #expect(
      try parse(#"{"int32Value":null,"stringValue":null,"bytesValue":null,"color":null}"#) == TestingV1.Scalars())
    #expect(try parse(#"{"items":null}"#) == TestingV1.Order())
    #expect(try parse(#"{"text":null,"number":1}"#) == TestingV1.Choices(choice: .number(1)))
    #expect(try parse(#"{"timestamp":null,"boolWrapper":null}"#) == TestingV1.WellKnown())
    #expect(try parse(#"{"value":null}"#) == TestingV1.WellKnown(value: .init(kind: .nullValue(.init(rawValue: 0)))))
  }

  @Test("Strings are escaped as needed and read with every escape")
  func strings() throws {
    try checkBothWays(
      TestingV1.Scalars(stringValue: "\"\\/\u{8}\u{c}\n\r\t\u{1}é€😀"),
      #"{"stringValue":"\"\\/\b\f\n\r\t\u0001é€😀"}"#)
    #expect(
      try parse(#"{"stringValue":"\u00e9\u20AC\ud83d\uDE00\/"}"#) == TestingV1.Scalars(stringValue: "é€😀/"))
    #expect(try parse(#"{"\u0069nt32Value":3}"#) == TestingV1.Scalars(int32Value: 3))
  }

  @Test("Well-known types have their own forms")
  func wellKnown() throws {
    try checkBothWays(
      TestingV1.WellKnown(
        timestamp: .init(seconds: 1_769_851_800, nanos: 500_000_000), duration: .init(seconds: -1, nanos: -500_000),
        fieldMask: .init(paths: ["a", "foo_bar.baz"]),
        structure: .init(fields: [
          "a": .init(kind: .numberValue(1)),
          "b": .init(kind: .listValue(.init(values: [.init(kind: .boolValue(true))]))),
          "c": .init(kind: .structValue(.init())), "d": .init(kind: .nullValue(.init(rawValue: 0))),
        ]),
        value: .init(kind: .stringValue("v")), list: .init(values: [.init(kind: .numberValue(-1.5))]), empty: .init(),
        boolWrapper: .init(value: false), int32Wrapper: .init(value: 1), int64Wrapper: .init(value: 2),
        uint32Wrapper: .init(value: 3), uint64Wrapper: .init(value: 4), floatWrapper: .init(value: 5),
        doubleWrapper: .init(value: 6.5), stringWrapper: .init(value: ""), bytesWrapper: .init(value: [0])),
      #"{"timestamp":"2026-01-31T09:30:00.500Z","duration":"-1.000500s","fieldMask":"a,fooBar.baz","#
        + #""structure":{"a":1,"b":[true],"c":{},"d":null},"value":"v","list":[-1.5],"empty":{},"#
        + #""boolWrapper":false,"int32Wrapper":1,"int64Wrapper":"2","uint32Wrapper":3,"uint64Wrapper":"4","#
        + #""floatWrapper":5,"doubleWrapper":6.5,"stringWrapper":"","bytesWrapper":"AA=="}"#)
  }

  @Test(
    "Times are read with any offset and fraction, and written in UTC",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"),
      ("1970-01-01T02:00:00+02:00", 0, 0, "1970-01-01T00:00:00Z"),
      ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
      ("0001-01-01T00:00:00Z", -62_135_596_800, 0, "0001-01-01T00:00:00Z"),
      ("9999-12-31T23:59:59.5Z", 253_402_300_799, 500_000_000, "9999-12-31T23:59:59.500Z"),
      ("2000-02-29T12:00:00.000001Z", 951_825_600, 1000, "2000-02-29T12:00:00.000001Z"),
      ("2024-02-29T23:59:59-00:30", 1_709_252_999, 0, "2024-03-01T00:29:59Z"),
    ] as [(String, Int64, Int32, String)])
  func timestamps(_ text: String, _ seconds: Int64, _ nanos: Int32, _ written: String) throws {
    let time = GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos)
    #expect(try parse("\"\(text)\"") == time)
    #expect(try json(time) == "\"\(written)\"")
  }

  @Test(
    "What is no time, duration or field mask is refused",
    arguments: [
      #"{"timestamp":"2026-02-29T00:00:00Z"}"#, #"{"timestamp":"2026-01-01T24:00:00Z"}"#,
      #"{"timestamp":"2026-01-01 00:00:00Z"}"#, #"{"timestamp":"2026-01-01T00:00:00"}"#,
      #"{"timestamp":"0000-01-01T00:00:00Z"}"#, #"{"timestamp":"2026-01-01T00:00:00.Z"}"#,
      #"{"timestamp":"2026-01-01T00:00:00.1234567890Z"}"#, #"{"timestamp":"0001-01-01T00:00:00+01:00"}"#,
      #"{"timestamp":"2026-13-01T00:00:00Z"}"#, #"{"timestamp":"2026-01-01T00:00:60Z"}"#, #"{"timestamp":1}"#,
      #"{"duration":"1"}"#, #"{"duration":"s"}"#, #"{"duration":"+1s"}"#, #"{"duration":"1.s"}"#,
      #"{"duration":"315576000001s"}"#, #"{"duration":"--1s"}"#, #"{"duration":"1e3s"}"#,
      #"{"fieldMask":"foo_bar"}"#, #"{"fieldMask":"a,,b"}"#,
    ])
  func badWellKnown(_ text: String) {
    #expect(throws: ProtobufError.self) { try parse(text, as: TestingV1.WellKnown.self) }
  }

  @Test("Values without a JSON form are refused when written")
  func unwritable() {
    let bad: [TestingV1.WellKnown] = [
      .init(timestamp: .init(seconds: 253_402_300_800)), .init(timestamp: .init(nanos: -1)),
      .init(duration: .init(seconds: 1, nanos: -1)), .init(fieldMask: .init(paths: ["fooBar"])),
      .init(value: .init()), .init(value: .init(kind: .numberValue(.nan))),
    ]
    for message in bad { #expect(throws: ProtobufError.self) { try message.jsonBytes() } }
  }

  @Test("Any is written and read by its type, if the types are given")
  func any() throws {
    var options = JSONOptions()
    options.types = Layouts.table
    let order = TestingV1.WellKnown(
      any: .init(
        typeUrl: "type.googleapis.com/fiyatradari.testing.v1.Price",
        value: try TestingV1.Price(units: 5, currency: "TRY").serializedBytes()))
    let text = #"{"any":{"@type":"type.googleapis.com/fiyatradari.testing.v1.Price","units":"5","currency":"TRY"}}"#
    #expect(try json(order, options) == text)
    #expect(try parse(text, options) == order)
    let late = #"{"any":{"units":"5","currency":"TRY","@type":"type.googleapis.com/fiyatradari.testing.v1.Price"}}"#
    #expect(try parse(late, options) == order)
    let duration = TestingV1.WellKnown(
      any: .init(
        typeUrl: "x/google.protobuf.Duration",
        value: try GoogleProtobuf.Duration(seconds: 1).serializedBytes()))
    let durationText = #"{"any":{"@type":"x/google.protobuf.Duration","value":"1s"}}"#
    #expect(try json(duration, options) == durationText)
    #expect(try parse(durationText, options) == duration)
    #expect(throws: ProtobufError.self) { try json(order) }
    #expect(throws: ProtobufError.self) { try parse(text, as: TestingV1.WellKnown.self) }
    #expect(throws: ProtobufError.self) { try parse(#"{"any":{"units":"5"}}"#, as: TestingV1.WellKnown.self, options) }
  }

  @Test("A message type may be given a form of its own")
  func ownForm() throws {
    var options = JSONOptions()
    options.use(
      JSONForm(
        TestingV1.Price.self,
        write: { price, writer in
          writer.beginObject()
          writer.name("amount")
          writer.string("\(price.units / 100).\(price.units % 100)")
          writer.name("currency")
          writer.string(price.currency)
          writer.endObject()
        },
        read: { (reader) throws(ProtobufError) in
          var price = TestingV1.Price()
          try reader.object { (reader, name) throws(ProtobufError) in
            let text = try reader.string()
            if name == "currency" { price.currency = text }
            guard name == "amount" else { return }
            guard let units = Int64(text.filter { $0 != "." }) else {
              throw ProtobufError(.invalidValue, "expected an amount as in 1299.90", path: name)
            }
            price.units = units
          }
          return price
        }))
    let order = TestingV1.Order(items: [.init(name: "n", price: .init(units: 129_990, currency: "TRY"))])
    let text = #"{"items":[{"name":"n","price":{"amount":"1299.90","currency":"TRY"}}]}"#
    #expect(try json(order, options) == text)
    #expect(try parse(text, options) == order)
    #expect {
      try parse(#"{"items":[{},{"price":{"amount":"x"}}]}"#, as: TestingV1.Order.self, options)
    } throws: { error in
      (error as? ProtobufError)?.path == "items[1].price.amount"
    }
  }

  @Test("Unknown members are refused, or passed over if asked")
  func unknown() throws {
    #expect {
      try parse(#"{"items":[{"nam":"x"}]}"#, as: TestingV1.Order.self)
    } throws: { error in
      (error as? ProtobufError)?.code == .unknownField && (error as? ProtobufError)?.path == "items[0].nam"
    }
    var options = JSONOptions()
    options.ignoresUnknown = true
    #expect(
      try parse(#"{"x":[1,{"y":[null,true,"\n"]}],"id":1,"items":[]}"#, options) == TestingV1.Order(id: 1))
    #expect(try parse(#"{"color":"NO_SUCH","int32Value":1}"#, options) == TestingV1.Scalars(int32Value: 1))
    #expect(try parse(#"{"colors":["NO_SUCH","COLOR_RED"]}"#, options) == TestingV1.Lists(colors: [.red]))
    #expect(
      try parse(#"{"sint32ToColor":{"1":"NO_SUCH","2":"COLOR_RED"}}"#, options)
        == TestingV1.Maps(sint32ToColor: [2: .red]))
  }

  @Test("What is not JSON or does not fit is refused with the field's path", arguments: HostileJSON.refusals)
  func refusals(_ refusal: HostileJSON.Refusal) {
    #expect {
      try parse(refusal.text, as: TestingV1.Scalars.self)
    } throws: { error in
      guard let error = error as? ProtobufError else { return false }
      return error.code == refusal.code && (refusal.path.isEmpty || error.path == refusal.path)
    }
  }

  @Test("Text that is not UTF-8 is refused")
  func invalidUTF8() {
    for bad in [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]] {
      let text = Array(#"{"stringValue":""#.utf8) + bad + Array(#""}"#.utf8)
      #expect(throws: ProtobufError.self) { try TestingV1.Scalars(json: text) }
    }
  }

  @Test("Duplicates are refused among keys, members of one oneof, and null elements in lists and maps")
  func structure() {
    let bad: [(String, String)] = [
      (#"{"stringToString":{"a":"1","a":"2"}}"#, #"stringToString["a"]"#),
      (#"{"int32ToInt64":{"1":1,"1e0":2}}"#, #"int32ToInt64["1e0"]"#),
      (#"{"int32ToInt64":{"x":1}}"#, #"int32ToInt64["x"]"#),
      (#"{"boolToString":{"yes":""}}"#, #"boolToString["yes"]"#),
      (#"{"stringToString":{"a":null}}"#, #"stringToString["a"]"#),
      (#"{"stringToString":[]}"#, "stringToString"),
    ]
    for (text, path) in bad {
      #expect {
        try parse(text, as: TestingV1.Maps.self)
      } throws: { error in
        (error as? ProtobufError)?.path == path
      }
    }
    #expect(throws: ProtobufError.self) { try parse(#"{"number":1,"text":"a"}"#, as: TestingV1.Choices.self) }
    #expect(throws: ProtobufError.self) { try parse(#"{"items":[null]}"#, as: TestingV1.Order.self) }
    #expect(throws: ProtobufError.self) { try parse(#"{"items":{}}"#, as: TestingV1.Order.self) }
  }

  @Test("Depth, size and memory are bounded")
  func limits() throws {
    let deep = String(repeating: #"{"left":"#, count: 100) + "{}" + String(repeating: "}", count: 100)
    #expect(throws: ProtobufError.self) { try parse(deep, as: TestingV1.Tree.self) }
    let allowed = String(repeating: #"{"left":"#, count: 99) + "{}" + String(repeating: "}", count: 99)
    #expect(try json(parse(allowed, as: TestingV1.Tree.self)) == allowed)
    let brackets = #"{"value":"# + String(repeating: "[", count: 100_000)
    #expect(throws: ProtobufError.self) { try parse(brackets, as: TestingV1.WellKnown.self) }
    var options = JSONOptions()
    options.maximumBytes = 10
    #expect(throws: ProtobufError.self) { try parse(#"{"id":  "1"}"#, as: TestingV1.Order.self, options) }
    options = JSONOptions()
    options.maximumMemory = 1 << 20
    let many = #"{"scalars":["# + Array(repeating: "{}", count: 50_000).joined(separator: ",") + "]}"
    #expect {
      try parse(many, as: TestingV1.Lists.self, options)
    } throws: { error in
      (error as? ProtobufError)?.code == .limitExceeded
    }
  }

  @Test("Mutated JSON is read or refused")
  func mutation() throws {
    var random = SplitMix(seed: 7)
    let seeds = [
      try Samples.scalars.jsonBytes(), try Samples.maps.jsonBytes(), try Samples.lists.jsonBytes(),
      try Samples.tree.jsonBytes(),
    ]
    let letters = Array(#"{}[]",:\0123456789-+.eEuntfal"#.utf8)
    for round in 0..<2_000 {
      var text = seeds[round % seeds.count]
      for _ in 0...Int(random.next() % 3) {
        let place = Int(random.next() % UInt64(text.count))
        switch random.next() % 3 {
        case 0: text[place] = letters[Int(random.next() % UInt64(letters.count))]
        case 1: text.remove(at: place)
        default: text[place] ^= 1 << UInt8(random.next() % 8)
        }
      }
      if let message = try? TestingV1.Scalars(json: text) {
        #expect(try TestingV1.Scalars(json: message.jsonBytes()).serializedBytes() == message.serializedBytes())
      }
      _ = try? TestingV1.Maps(json: text)
      _ = try? TestingV1.Lists(json: text)
      _ = try? TestingV1.Tree(json: text)
    }
  }
}
