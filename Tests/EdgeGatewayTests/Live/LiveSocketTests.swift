import MeshMessages
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import EdgeGateway

@Suite("WebSockets") struct LiveSocketTests {
  /// A socket behind its decoder; frames in and out as bytes.
  private struct Connection {
    let fixture: LiveFixture
    let channel: EmbeddedChannel
    let socket: LiveSocket

    init(_ fixture: LiveFixture) throws {
      self.fixture = fixture
      socket = LiveSocket(loop: fixture.live, place: try fixture.places.take(.local, isExempt: false))
      channel = EmbeddedChannel(loop: fixture.loop)
      try channel.pipeline.syncOperations.addHandlers([
        ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: LiveSocket.maximumMessage)), socket,
      ])
      channel.connect(to: try SocketAddress(unixDomainSocketPath: "/none"), promise: nil)
    }

    static func frame(_ opcode: UInt8, _ payload: [UInt8], fin: Bool = true, masked: Bool = true, rsv: UInt8 = 0)
      -> [UInt8]
    {
      var bytes = [(fin ? 0x80 : 0) | rsv | opcode]
      let mask: UInt8 = masked ? 0x80 : 0
      if payload.count < 126 {
        bytes.append(mask | UInt8(payload.count))
      } else {
        bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
      }
      let key: [UInt8] = [1, 2, 3, 4]
      if masked { bytes += key }
      return bytes + payload.enumerated().map { masked ? $1 ^ key[$0 % 4] : $1 }
    }

    func write(_ bytes: [UInt8]) throws { try channel.writeInbound(ByteBuffer(bytes: bytes)) }
    func say(_ text: String) throws { try write(Self.frame(1, Array(text.utf8))) }

    /// What was sent since, without the frames' first bytes.
    func heard() throws -> [String] {
      var texts: [String] = []
      while var frame = try channel.readOutbound(as: ByteBuffer.self) {
        #expect(frame.readInteger(as: UInt8.self) == 0x81)
        let length = frame.readInteger(as: UInt8.self) ?? 0
        if length == 126 { frame.moveReaderIndex(forwardBy: 2) }
        texts.append(String(buffer: frame))
      }
      return texts
    }

    /// The code of the close frame that was sent last.
    func closeCode() throws -> UInt16? {
      var last: ByteBuffer?
      while let frame = try channel.readOutbound(as: ByteBuffer.self) { last = frame }
      guard let last, last.getInteger(at: 0, as: UInt8.self) == 0x88 else { return nil }
      return last.getInteger(at: 2, as: UInt16.self)
    }
  }

  private func connection() throws -> Connection {
    let fixture = try LiveFixture()
    fixture.live.follow(from: LiveFixture.position(0))
    return try Connection(fixture)
  }

  @Test("The handshake's answer is the one of RFC 6455 §1.3")
  func handshake() {
    #expect(LiveRoutes.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    let digest = SHA1.digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
    #expect(digest.starts(with: [0x84, 0x98, 0x3e, 0x44, 0x1c, 0x3b, 0xd2, 0x6e]))
    #expect(SHA1.digest("").starts(with: [0xda, 0x39, 0xa3, 0xee]))
  }

  @Test("A client is told of what it has subscribed to, each event once, and of nothing else")
  func subscribes() throws {
    let connection = try connection()
    let fixture = connection.fixture
    try fixture.receive([LiveFixture.deal(1), LiveFixture.price(2, product: 7)])
    #expect(try connection.heard().isEmpty)
    try connection.say(
      #"{"type":"subscribe","products":["7"],"categories":["elektronik"],"deals":{"min_discount":500}}"#)
    #expect(
      try connection.heard() == [
        #"{"type":"subscribed","products":["7"],"categories":["elektronik"],"deals":{"min_discount":500}}"#
      ])
    try fixture.receive([
      LiveFixture.price(3, product: 7), LiveFixture.price(4, product: 8),
      LiveFixture.price(5, product: 9, category: "ev"),
      LiveFixture.deal(6), LiveFixture.deal(7, discount: 100), LiveFixture.price(8, product: 7, category: "ev"),
    ])
    let heard = try connection.heard()
    #expect(
      heard.map { String($0.prefix(40)) }
        == [
          #"{"type":"price.changed","id":"100-3","dat"#, #"{"type":"price.changed","id":"100-4","dat"#,
          #"{"type":"deal.opened","id":"100-6","data"#, #"{"type":"price.changed","id":"100-8","dat"#,
        ].map { String($0.prefix(40)) })
    #expect(heard.first?.contains(#""productId":"7""#) == true && heard.first?.hasSuffix("}}") == true)
    try connection.say(#"{"type":"unsubscribe","products":["7"],"categories":["elektronik"],"deals":true}"#)
    #expect(try connection.heard() == [#"{"type":"subscribed","products":[],"categories":[],"deals":null}"#])
    try fixture.receive([LiveFixture.price(9, product: 7), LiveFixture.deal(10)])
    #expect(try connection.heard().isEmpty)
  }

  @Test(
    "A message that is not understood changes nothing and is answered with what was expected",
    arguments: [
      ("[]", nil), ("{", nil), (#"{"type":"subscribe"}"#, nil), (#"{"products":["7"]}"#, "type"),
      (#"{"type":"ask","products":["7"]}"#, "type"), (#"{"type":"subscribe","products":"7"}"#, "products"),
      (#"{"type":"subscribe","products":["7",8]}"#, "products[1]"),
      (#"{"type":"subscribe","products":["0"]}"#, "products[0]"),
      (#"{"type":"subscribe","categories":[""]}"#, "categories[0]"), (#"{"type":"subscribe","x":1}"#, "x"),
      (#"{"type":"subscribe","deals":false}"#, "deals"), (#"{"type":"subscribe","deals":{"x":1}}"#, "deals.x"),
      (#"{"type":"subscribe","deals":{"min_discount":10001}}"#, "deals.min_discount"),
      (#"{"type":"subscribe","deals":{"min_discount":1.5}}"#, "deals.min_discount"),
      (#"{"type":"subscribe","deals":{"verdict":"good"}}"#, "deals.verdict"),
      (#"{"type":"subscribe","deals":{"shop":"A B"}}"#, "deals.shop"),
    ] as [(String, String?)])
  func flaws(text: String, field: String?) throws {
    let connection = try connection()
    try connection.say(text)
    let heard = try connection.heard()
    #expect(heard.count == 1 && heard[0].hasPrefix(#"{"type":"error","code":"invalid_message","detail":""#))
    if let field {
      #expect(heard[0].hasSuffix(#""field":"\#(field)"}"#), "\(heard)")
    } else {
      #expect(!heard[0].contains("field"))
    }
    #expect(connection.socket.subscriptions == SocketSubscriptions())
  }

  @Test("Subscriptions have a bound, and what would exceed it changes nothing")
  func tooMany() throws {
    let connection = try connection()
    func ask(_ range: ClosedRange<Int>) throws {
      try connection.say(#"{"type":"subscribe","products":["# + range.map { "\"\($0)\"" }.joined(separator: ",") + "]}")
    }
    try ask(1...150)
    try ask(101...200)
    try ask(200...201)
    #expect(try connection.heard().last?.contains(#""field":"products""#) == true)
    #expect(connection.socket.subscriptions.products.count == 200)
  }

  @Test("Messages may come in fragments, with pings between them")
  func fragments() throws {
    let connection = try connection()
    let text = Array(#"{"type":"subscribe","products":["7"]}"#.utf8)
    try connection.write(Connection.frame(1, Array(text.prefix(9)), fin: false))
    try connection.write(Connection.frame(9, [1, 2]))
    let pong = try #require(try connection.channel.readOutbound(as: ByteBuffer.self))
    #expect(Array(pong.readableBytesView) == [0x8a, 2, 1, 2])
    try connection.write(Connection.frame(0, Array(text.dropFirst(9))))
    #expect(try connection.heard().first?.contains("\"7\"") == true)
  }

  @Test(
    "What is against the protocol closes the connection with the reason's code",
    arguments: [
      ([Connection.frame(1, [0x7b], masked: false)], 1002), ([Connection.frame(1, [0x7b], rsv: 0x40)], 1002),
      ([Connection.frame(0, [0x7b])], 1002), ([Connection.frame(3, [])], 1002),
      ([Connection.frame(1, [0x7b], fin: false), Connection.frame(1, [0x7d])], 1002),
      ([Connection.frame(9, [1], fin: false)], 1002), ([Connection.frame(2, [1])], 1003),
      ([Connection.frame(1, [0xff, 0xfe])], 1007), ([Connection.frame(1, Array(repeating: 0x20, count: 4097))], 1009),
      (
        [
          Connection.frame(1, Array(repeating: 0x20, count: 4000), fin: false),
          Connection.frame(0, Array(repeating: 0x20, count: 97)),
        ], 1009
      ),
      (Array(repeating: Connection.frame(9, []), count: 60), 1008),
      ([Connection.frame(8, [0x03, 0xe8, 0x62])], 1000), ([Connection.frame(8, [])], 1000),
      ([Connection.frame(8, [0x03])], 1002), ([Connection.frame(8, [0x03, 0xed])], 1002),
      ([Connection.frame(8, [0x0b, 0xb8])], 3000),
    ] as [([[UInt8]], UInt16)])
  func violations(frames: [[UInt8]], code: UInt16) throws {
    let connection = try connection()
    for frame in frames { try connection.write(frame) }
    #expect(try connection.closeCode() == code)
    #expect(connection.fixture.live.clientCount == 0, "it is told of nothing more")
    // A peer that does not close is not waited for for long.
    connection.socket.tick(now: .now() + .seconds(3))
    #expect(!connection.channel.isActive)
  }

  @Test("One that does not read is dropped, one that does not answer as well; drained ones are told")
  func ends() throws {
    let fixture = try LiveFixture()
    fixture.live.follow(from: LiveFixture.position(0))
    let (slow, silent, drained) = (try Connection(fixture), try Connection(fixture), try Connection(fixture))
    for connection in [slow, silent, drained] { try connection.say(#"{"type":"subscribe","deals":true}"#) }
    slow.channel.isWritable = false
    try fixture.receive([LiveFixture.deal(1), LiveFixture.deal(2)])
    #expect(!slow.channel.isActive && silent.channel.isActive)
    #expect(try slow.heard().count <= 2, "the answer, and the event at which it was found out")
    drained.socket.drain()
    #expect(try drained.closeCode() == 1001)
    for _ in 0..<3 { fixture.beat() }
    #expect(!silent.channel.isActive)
    #expect(fixture.live.clientCount == 0)
  }
}
