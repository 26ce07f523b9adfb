import MeshMessages
import ProtobufBridge
import Testing

/// Wire forms of any message type, made at random from its layout.
private struct WireMaker {
  var random: SplitMix
  /// Fields in the order of their numbers, each singular one once, as encoders write them.
  var isCanonical = true

  mutating func message(_ layout: MessageLayout, depth: Int = 0) -> [UInt8] {
    var fields = layout.fields.filter { _ in random.next() % 3 > 0 }
    if isCanonical {
      // One member of a oneof.
      var taken: Set<Int> = []
      fields = fields.filter { $0.cardinality != .oneof || taken.insert($0.quantifierOffset).inserted }
      if layout.isMapEntry { fields = layout.fields }
    } else {
      if random.next() % 2 == 0 { fields.shuffle(using: &random) }
      if random.next() % 2 == 0, let again = fields.randomElement(using: &random) { fields.append(again) }
    }
    var bytes: [UInt8] = []
    for field in fields {
      // Recursive types end somewhere.
      if field.kind == .message, depth > 3 { continue }
      if random.next() % 8 == 0 { unknown(&bytes) }
      // Of a map one entry, so that no key comes twice.
      let most: UInt64 = field.isMap && isCanonical ? 2 : 4
      let count = field.cardinality == .repeated ? Int(random.next() % most) : 1
      let isNumber = field.kind != .string && field.kind != .bytes && field.kind != .message
      if field.cardinality == .repeated, isNumber, field.isPacked || random.next() % 4 == 0 {
        var run: [UInt8] = []
        for _ in 0..<count { value(field, &run, depth) }
        bytes += tag(field.number, 2) + varint(UInt64(run.count)) + run
        if random.next() % 4 > 0 { continue }
      }
      for _ in 0..<count {
        bytes += tag(field.number, wireType(field.kind))
        value(field, &bytes, depth)
      }
    }
    return bytes
  }

  private mutating func unknown(_ bytes: inout [UInt8]) {
    switch random.next() % 4 {
    case 0: bytes += tag(100_000, 0) + varint(random.next())
    case 1: bytes += tag(100_001, 1) + [UInt8](repeating: 7, count: 8)
    case 2: bytes += tag(100_002, 5) + [UInt8](repeating: 7, count: 4)
    default: bytes += tag(100_003, 2) + [3, 1, 2, 3]
    }
  }

  private mutating func value(_ field: FieldLayout, _ bytes: inout [UInt8], _ depth: Int) {
    switch field.kind {
    case .message:
      guard let child = field.message else { return }
      append(time(child) ?? message(child, depth: depth + 1), to: &bytes)
    case .string:
      let texts = [
        "", "a", "b", "12345678", "çğıöşü İĞ", "quote \" and \\", "tab\tline\n\r\u{8}\u{c}\u{1}\u{1f}", "🧵 iğne iplik",
        "e\u{301}", "\u{e9}", "TRY", "JPY", "KWD", "twenty-four letters here", "a/b<c>&\u{7f}\u{2028}",
      ]
      append(Array(texts[Int(random.next() % UInt64(texts.count))].utf8), to: &bytes)
    case .bytes: append((0..<Int(random.next() % 9)).map { _ in UInt8(truncatingIfNeeded: random.next()) }, to: &bytes)
    case .fixed32, .sfixed32, .float: bytes += word(number()).prefix(4)
    case .fixed64, .sfixed64, .double: bytes += word(number())
    case .enum: bytes += varint(random.next() % 8 == 0 ? number() : random.next() % 6)
    case .bool: bytes += varint(random.next() % 8 == 0 ? number() : random.next() % 2)
    default: bytes += varint(number())
    }
  }

  /// Times that mostly have a JSON form.
  private mutating func time(_ layout: MessageLayout) -> [UInt8]? {
    guard layout.fullName == "google.protobuf.Timestamp", random.next() % 16 > 0 else { return nil }
    let nanos = [0, 0, 5_000_000, 592_180_000, 1, 999_999_999, 120_000].map { UInt64($0) }.randomElement(using: &random)
    let seconds = Int64(truncatingIfNeeded: random.next() % 315_000_000_000) - 62_000_000_000
    return [0x08] + varint(UInt64(bitPattern: seconds)) + [0x10] + varint(nanos ?? 0)
  }

  private mutating func number() -> UInt64 {
    switch random.next() % 6 {
    case 0: 0
    case 1: random.next() % 100
    case 2: UInt64.max
    case 3: 1 << 32
    case 4: 0x8000_0000_8000_0000
    default: random.next()
    }
  }

  private func append(_ content: [UInt8], to bytes: inout [UInt8]) { bytes += varint(UInt64(content.count)) + content }

  private func word(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  private func tag(_ number: UInt32, _ wireType: UInt64) -> [UInt8] { varint(UInt64(number) << 3 | wireType) }

  private func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private func wireType(_ kind: FieldKind) -> UInt64 {
    switch kind {
    case .fixed64, .sfixed64, .double: 1
    case .fixed32, .sfixed32, .float: 5
    case .string, .bytes, .message: 2
    default: 0
    }
  }
}

@Suite("JSON written right from the wire is what the unpacked message gives")
struct TranscriberTests {
  private static let layouts = FileDescriptor.all.flatMap(\.symbols).compactMap { Layouts.table[$0] }

  private static let transcribers: [JSONTranscriber] = [(false, false), (true, false), (true, true)].map {
    var options = JSONOptions()
    options.writesDefaults = $0
    options.writesProtoNames = $1
    options.writesEnumNumbers = $1
    return JSONTranscriber(options)
  }

  private enum Outcome: Equatable {
    case text(String)
    case refusal(ProtobufError.Code, String)

    init(_ body: () throws(ProtobufError) -> [UInt8]) {
      do throws(ProtobufError) {
        self = .text(String(decoding: try body(), as: UTF8.self))
      } catch {
        self = .refusal(error.code, error.path)
      }
    }

    var isText: Bool { if case .text = self { true } else { false } }
  }

  /// - Returns: whether there was a text, and whether it was written without unpacking.
  private func check(
    _ bytes: [UInt8], _ layout: MessageLayout, _ transcriber: JSONTranscriber, _ limits: DecodingLimits = .init()
  ) -> (isText: Bool, isDirect: Bool) {
    bytes.withUnsafeBytes { bytes in
      let expected = Outcome { () throws(ProtobufError) in
        try MessageJSON.json(wire: bytes, layout: layout, limits: limits, options: transcriber.options)
      }
      let found = Outcome { () throws(ProtobufError) in
        try transcriber.json(wire: bytes, layout: layout, limits: limits)
      }
      #expect(found == expected, "\(layout.fullName): \(Array(bytes))")
      return (found.isText, found.isText && transcriber.print(valid: bytes, layout) != nil)
    }
  }

  @Test("For messages of every type, as encoders write them, and none of ours is unpacked for it")
  func canonical() {
    #expect(Self.layouts.count > 100)
    var maker = WireMaker(random: SplitMix(seed: 1))
    for layout in Self.layouts {
      var seen: Set<String> = []
      let holdsOthers = Self.holdsOthers(layout, &seen)
      // What visitors ask for is made of types that are written directly.
      #expect(!holdsOthers || !Self.isForVisitors(layout), "\(layout.fullName)")
      var texts = 0
      for transcriber in Self.transcribers {
        for _ in 0..<30 {
          let result = check(maker.message(layout), layout, transcriber)
          guard result.isText else { continue }
          texts += 1
          #expect(result.isDirect || holdsOthers, "\(layout.fullName)")
        }
      }
      #expect(texts > 0 || layout.fullName.hasPrefix("google.protobuf"), "\(layout.fullName)")
    }
  }

  private static func isForVisitors(_ layout: MessageLayout) -> Bool {
    let catalog = layout.fullName.hasPrefix("fiyatradari.catalog.") && layout.fullName.hasSuffix("Response")
    let others = ["catalog.v1.Product", "pricing.v1.Deal", "pricing.v1.ListDealsResponse"]
    let figures = ["pricing.v1.PriceStatistics", "pricing.v1.GetPriceHistoryResponse"]
    return catalog || (others + figures).contains { layout.fullName == "fiyatradari." + $0 }
  }

  /// Whether a type has, or holds a type that has, a form of its own other than a time's.
  private static func holdsOthers(_ layout: MessageLayout, _ seen: inout Set<String>) -> Bool {
    guard seen.insert(layout.fullName).inserted else { return false }
    let direct = ["google.protobuf.Timestamp", "google.protobuf.Empty"]
    if layout.fullName.hasPrefix("google.protobuf."), !direct.contains(layout.fullName) { return true }
    for field in layout.fields {
      if field.enumeration?.fullName == "google.protobuf.NullValue" { return true }
      if let message = field.message, holdsOthers(message, &seen) { return true }
    }
    return false
  }

  @Test("Samples of all features are written without unpacking, where they have no form of their own")
  func samples() throws {
    func check(_ message: some ProtobufMessage) throws {
      for transcriber in Self.transcribers {
        let wire = try message.serializedBytes()
        let text = wire.withUnsafeBytes { transcriber.print(valid: $0, type(of: message).layout) }
        #expect(text == (try message.jsonBytes(transcriber.options)))
      }
    }
    try check(Samples.scalars)
    try check(Samples.lists)
    try check(Samples.maps)
    try check(Samples.tree)
    for choice in Samples.choices { try check(choice) }
    try check(Samples.names)
    try check(Samples.order)
  }

  @Test("Whatever the order of fields, however often they come, and whatever is unknown among them")
  func disorder() {
    var maker = WireMaker(random: SplitMix(seed: 2), isCanonical: false)
    var direct = 0
    var unpacked = 0
    for layout in Self.layouts {
      for transcriber in Self.transcribers {
        for _ in 0..<25 {
          let result = check(maker.message(layout), layout, transcriber)
          if result.isDirect { direct += 1 } else if result.isText { unpacked += 1 }
        }
      }
    }
    #expect(direct > 500 && unpacked > 500)
  }

  @Test("Bytes that were changed or cut off are refused alike, or give the same")
  func hostile() {
    var maker = WireMaker(random: SplitMix(seed: 3))
    var random = SplitMix(seed: 4)
    var texts = 0
    for layout in Self.layouts {
      for round in 0..<40 {
        var bytes = maker.message(layout)
        for _ in 0...Int(random.next() % 3) where !bytes.isEmpty {
          let place = Int(random.next() % UInt64(bytes.count))
          switch random.next() % 4 {
          case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
          case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
          case 2: bytes.removeSubrange(place...)
          default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
          }
        }
        if check(bytes, layout, Self.transcribers[round % 3]).isText { texts += 1 }
      }
    }
    #expect(texts > 300)
  }

  @Test("Limits of decoding and of JSON hold")
  func limits() throws {
    var options = JSONOptions()
    options.maximumDepth = 3
    let transcriber = JSONTranscriber(options)
    let deep = try TestingV1.Tree(left: .init(left: .init(left: .init()))).serializedBytes()
    #expect(!check(deep, TestingV1.Tree.layout, transcriber).isText)
    #expect(check(Array(deep.dropFirst(2)), TestingV1.Tree.layout, transcriber).isDirect)
    let lists = try Samples.lists.serializedBytes()
    #expect(
      !check(lists, TestingV1.Lists.layout, transcriber, DecodingLimits(maximumBytes: lists.count - 1)).isText)
    #expect(!check(lists, TestingV1.Lists.layout, transcriber, DecodingLimits(maximumElements: 10)).isText)
    #expect(!check(lists, TestingV1.Lists.layout, transcriber, DecodingLimits(maximumMemory: 100)).isText)
  }

  @Test("A key that comes twice counts as it comes last; keys that are composed otherwise are two")
  func keys() throws {
    let transcriber = Self.transcribers[0]
    // The entries of "a", "b" and "a", then the two ways to write é.
    let twice: [UInt8] =
      [0x0a, 6, 0x0a, 1, 0x61, 0x12, 1, 0x31, 0x0a, 6, 0x0a, 1, 0x62, 0x12, 1, 0x32]
      + [0x0a, 6, 0x0a, 1, 0x61, 0x12, 1, 0x33]
    let text = twice.withUnsafeBytes { bytes in
      Outcome { () throws(ProtobufError) in try transcriber.json(wire: bytes, layout: TestingV1.Maps.layout) }
    }
    #expect(text == .text(#"{"stringToString":{"b":"2","a":"3"}}"#))
    #expect(check(twice, TestingV1.Maps.layout, transcriber).isText)
    let composed: [UInt8] =
      [0x0a, 7, 0x0a, 2, 0xc3, 0xa9, 0x12, 1, 0x31, 0x0a, 8, 0x0a, 3, 0x65, 0xcc, 0x81, 0x12, 1]
      + [0x32]
    #expect(check(composed, TestingV1.Maps.layout, transcriber).isDirect)
    let many = TestingV1.Maps(
      stringToString: Dictionary(uniqueKeysWithValues: (0..<100).map { ("key \($0)", "value") }))
    let result = check(try many.serializedBytes(), TestingV1.Maps.layout, transcriber)
    #expect(result.isText && !result.isDirect)
  }

  @Test("A form that is given for a type is used, and without one for the wire the message is unpacked")
  func forms() throws {
    func transcriber(_ writeWire: JSONForm.WireWriter?) -> JSONTranscriber {
      var options = JSONOptions()
      options.use(
        JSONForm(
          TestingV1.Price.self,
          write: { (price, writer) throws(ProtobufError) in writer.string("\(price.units) \(price.currency)") },
          writeWire: writeWire,
          read: { (_) throws(ProtobufError) in TestingV1.Price() }))
      return JSONTranscriber(options)
    }
    let order = TestingV1.Order(items: [.init(price: .init(units: -5, currency: "\"T\"")), .init(price: .init())])
    let wire = try order.serializedBytes()
    let direct = transcriber { price, text in
      var written = Array("\(price.integer(1)) ".utf8)
      written += price.text(2)
      written.withUnsafeBytes { text.string($0) }
    }
    #expect(check(wire, TestingV1.Order.layout, direct).isDirect)
    let result = check(wire, TestingV1.Order.layout, transcriber(nil))
    #expect(result.isText && !result.isDirect)
  }

  private enum Style: JSONImageStyle {
    /// Tells which way a price went.
    static let transcriber: JSONTranscriber = {
      var options = JSONOptions()
      options.use(
        JSONForm(
          TestingV1.Price.self, write: { (_, writer) throws(ProtobufError) in writer.string("unpacked") },
          writeWire: { _, text in "direct".withUTF8Bytes { text.string($0) } },
          read: { (_) throws(ProtobufError) in TestingV1.Price() }))
      return JSONTranscriber(options)
    }()
  }

  @Test("What arrives to be shown is written right from the wire, also by code that knows no more than a message")
  func image() throws {
    func text<Message: ProtobufMessage>(_ type: Message.Type, _ wire: [UInt8]) throws -> Message {
      try wire.withUnsafeBytes { try Message(wire: $0) }
    }
    let wire = try TestingV1.Order(items: [.init(price: .init(units: 1))]).serializedBytes()
    let direct = try text(JSONImage<TestingV1.Order, Style>.self, wire).jsonBytes()
    #expect(String(decoding: direct, as: UTF8.self) == #"{"items":[{"price":"direct"}]}"#)
    // Fields in no order are for the long way.
    let unpacked = try text(JSONImage<TestingV1.Order, Style>.self, wire + [0x08, 5]).jsonBytes()
    #expect(String(decoding: unpacked, as: UTF8.self) == #"{"id":"5","items":[{"price":"unpacked"}]}"#)
    #expect(throws: ProtobufError.self) { try text(JSONImage<TestingV1.Order, Style>.self, wire + [0x12, 5]) }
  }
}

extension String {
  fileprivate func withUTF8Bytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    Array(utf8).withUnsafeBytes { body($0) }
  }
}
