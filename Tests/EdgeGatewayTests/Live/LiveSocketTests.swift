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
      while var frames = try channel.readOutbound(as: ByteBuffer.self) {
        while let first = frames.readInteger(as: UInt8.self) {
          var length = Int(frames.readInteger(as: UInt8.self) ?? 0)
          if length == 126 { length = Int(frames.readInteger(as: UInt16.self) ?? 0) }
          let text = frames.readString(length: length)
          // But for pings.
          if first == 0x81 { texts.append(try #require(text)) } else { #expect(first == 0x89) }
        }
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
        #"{"type":"subscribed","id":"100-2","products":["7"],"categories":["elektronik"],"deals":{"min_discount":500}}"#
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
    #expect(
      try connection.heard() == [#"{"type":"subscribed","id":"100-8","products":[],"categories":[],"deals":null}"#])
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
      (#"{"type":"subscribe","deals":true,"last_event_id":"x"}"#, "last_event_id"),
      (#"{"type":"subscribe","deals":true,"last_event_id":7}"#, "last_event_id"),
      (#"{"type":"subscribe","deals":true,"last_event_id":"1-9223372036854775808"}"#, "last_event_id"),
      (#"{"type":"subscribe","products":["7"],"last_event_id":"100-1"}"#, "last_event_id"),
      (#"{"type":"unsubscribe","deals":true,"last_event_id":"100-1"}"#, "last_event_id"),
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

  /// The kinds and ids of what was told, in order.
  private func ids(_ texts: [String]) -> [String] {
    texts.map { text in
      let parts = text.split(separator: "\"", maxSplits: 8, omittingEmptySubsequences: false)
      return parts.count > 7 && parts[5] == "id" ? "\(parts[3]) \(parts[7])" : String(parts[3])
    }
  }

  @Test("A client that comes back is told of the deals that it missed, once and in order, and of what comes then")
  func comesBack() throws {
    let connection = try connection()
    let fixture = connection.fixture
    try fixture.receive([
      LiveFixture.deal(1), LiveFixture.deal(2), LiveFixture.price(3, product: 7), LiveFixture.deal(4, discount: 100),
      LiveFixture.deal(5, isClosed: true),
    ])
    try connection.say(
      #"{"type":"subscribe","products":["7"],"deals":{"min_discount":500},"last_event_id":"100-1"}"#)
    // What it is told of first is not behind it yet: no id.
    #expect(
      ids(try connection.heard()) == ["subscribed", "deal.opened 100-2", "deal.closed 100-5"])
    try fixture.receive([LiveFixture.deal(6), LiveFixture.price(7, product: 7)])
    #expect(ids(try connection.heard()) == ["deal.opened 100-6", "price.changed 100-7"])
    // Once for a connection.
    try connection.say(#"{"type":"subscribe","deals":true,"last_event_id":"100-1"}"#)
    #expect(try connection.heard().last?.contains("only once for a connection") == true)
    #expect(connection.socket.subscriptions.deals?.minDiscount == 500)
  }

  @Test("What was missed is given part by part, and an event that comes meanwhile in its turn")
  func parts() throws {
    let fixture = try LiveFixture { $0.maximumBufferedBytes = 2000 }
    fixture.live.follow(from: LiveFixture.position(0))
    let connection = try Connection(fixture)
    let title = String(repeating: "x", count: 300)
    try fixture.receive((1...40).map { LiveFixture.deal($0, title: title) })
    try connection.say(#"{"type":"subscribe","deals":true,"last_event_id":"100-0"}"#)
    try fixture.receive([LiveFixture.deal(41), LiveFixture.deal(42)])
    #expect(
      ids(try connection.heard()) == ["subscribed"] + (1...42).map { "deal.opened 100-\($0)" })
  }

  @Test("Where there is a gap, or an id that is none of ours, the client is told so and goes on")
  func resets() throws {
    let connection = try connection()
    let fixture = connection.fixture
    try fixture.receive([LiveFixture.deal(1)])
    try connection.say(#"{"type":"subscribe","deals":true,"last_event_id":"100-99"}"#)
    #expect(ids(try connection.heard()) == ["subscribed"])
    for _ in 0..<2 {
      fixture.beat()
      // The answer to a ping.
      try connection.write(Connection.frame(10, []))
    }
    #expect(ids(try connection.heard()) == ["reset 100-1"])
    try fixture.receive([LiveFixture.deal(2)])
    #expect(ids(try connection.heard()) == ["deal.opened 100-2"])
    // Pricing's log could not be followed without a gap.
    fixture.live.follow(from: LiveFixture.position(50))
    #expect(ids(try connection.heard()) == ["reset 100-50"])
    try fixture.receive([LiveFixture.deal(51)])
    #expect(ids(try connection.heard()) == ["deal.opened 100-51"])
  }

  @Test("A client that comes back before anything is known of the log waits for it")
  func early() throws {
    let fixture = try LiveFixture()
    let connection = try Connection(fixture)
    try connection.say(#"{"type":"subscribe","deals":true,"last_event_id":"100-3"}"#)
    #expect(ids(try connection.heard()) == ["subscribed"])
    fixture.live.follow(from: LiveFixture.position(3))
    try fixture.receive([LiveFixture.deal(4)])
    #expect(ids(try connection.heard()) == ["deal.opened 100-4"])
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
