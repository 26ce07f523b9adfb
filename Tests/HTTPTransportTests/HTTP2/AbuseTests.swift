import NIOCore
import Testing

@testable import HTTPTransport

@Suite struct HTTP2AbuseTests {
  /// Feeds until the session refuses, and tells the code of the GOAWAY.
  private func goAwayCode(_ server: Endpoint, _ frames: [Frame]) throws -> HTTP2ErrorCode? {
    do {
      try server.receive(frames)
    } catch let error as HTTPTransportError {
      #expect(error.code == .limitExceeded || error.code == .protocolViolation)
    }
    let goAway = Frame.parse(try server.output()).of(Frame.Kind.goAway).last
    if goAway != nil { #expect(server.session.isFinished) }
    return goAway.map { HTTP2ErrorCode(rawValue: $0.word(at: 4)) }
  }

  private var tight: HTTP2Limits {
    var limits = HTTP2Limits()
    limits.controlFrameBurst = 100
    limits.controlFramesPerSecond = 1
    limits.resetBurst = 50
    limits.resetsPerSecond = 1
    return limits
  }

  static let idleFrames: [(String, Frame)] = [
    ("PING", .ping()), ("SETTINGS", .settings([(0xff, 1)])),
    ("PRIORITY", Frame(type: 2, stream: 9, payload: [0, 0, 0, 0, 1])),
    ("WINDOW_UPDATE", .windowUpdate(0, 1)), ("PING answers", .ping(ack: true)),
  ]

  @Test("A flood of frames that carry nothing ends with ENHANCE_YOUR_CALM", arguments: idleFrames)
  func floods(name: String, frame: Frame) throws {
    let server = try Endpoint.server(limits: tight)
    #expect(try goAwayCode(server, Array(repeating: frame, count: 50)) == nil, "\(name): a few are fine")
    #expect(try goAwayCode(server, Array(repeating: frame, count: 200)) == .enhanceYourCalm, "\(name)")
  }

  @Test("A flood of empty DATA frames ends with ENHANCE_YOUR_CALM")
  func emptyData() throws {
    let server = try Endpoint.server(limits: tight)
    try server.receive(.headers(1, Frame.post, endStream: false))
    #expect(try goAwayCode(server, Array(repeating: .data(1, []), count: 300)) == .enhanceYourCalm)
  }

  @Test("Streams opened and broken off at once end with ENHANCE_YOUR_CALM")
  func rapidReset() throws {
    let server = try Endpoint.server(limits: tight)
    var frames: [Frame] = []
    for index: UInt32 in 0..<200 { frames += [.headers(index * 2 + 1), .reset(index * 2 + 1, 8)] }
    #expect(try goAwayCode(server, frames) == .enhanceYourCalm)
    server.session.connectionLost()
    #expect(server.accepted.count <= 51)
    #expect(server.accepted.allSatisfy { $0.closed.count == 1 })
  }

  @Test("Making the server reset streams is no cheaper than resetting them")
  func provokedResets() throws {
    let server = try Endpoint.server(limits: tight)
    let bad = Frame.get + [("Upper-Case", "x")]
    #expect(try goAwayCode(server, (0..<200).map { .headers(UInt32($0 * 2 + 1), bad) }) == .enhanceYourCalm)
  }

  @Test("Many honest requests with the window updates they need are no flood")
  func honestTraffic() throws {
    let server = try Endpoint.server(limits: tight)
    server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(repeating: 1, count: 300), endStream: true)
    }
    for index in 0..<2_000 {
      let id = UInt32(index * 2 + 1)
      #expect(try goAwayCode(server, [.headers(id), .windowUpdate(0, 300), .ping()]) == nil)
    }
    #expect(server.accepted.count == 2_000)
  }

  @Test("A window opened byte by byte ends with ENHANCE_YOUR_CALM")
  func dribble() throws {
    let server = try Endpoint.server(limits: tight, peer: [(4, 0)])
    server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(repeating: 1, count: 10_000), endStream: true)
    }
    try server.receive(.headers(1))
    var code: HTTP2ErrorCode?
    var rounds = 0
    while code == nil, rounds < 1_000 {
      rounds += 1
      code = try goAwayCode(server, [.windowUpdate(1, 1)])
    }
    #expect(code == .enhanceYourCalm)
  }

  @Test("A header list above the limit is answered with 431, and the connection goes on")
  func largeHeaders() throws {
    let server = try Endpoint.server()
    let large = Frame.get + [("x", String(repeating: "y", count: 12_000)), ("z", String(repeating: "y", count: 4_200))]
    try server.receive(.headers(1, large, endStream: true))
    var frames = Frame.parse(try server.output())
    #expect(frames.of(Frame.Kind.headers, stream: 1).count == 1)
    #expect(server.accepted.isEmpty)
    server.onAccept = { recorder, _, _ in recorder.stream?.send(head: [":status": "200"], endStream: true) }
    try server.receive(.headers(3))
    frames = Frame.parse(try server.output())
    #expect(frames.of(Frame.Kind.headers, stream: 3).count == 1 && frames.of(Frame.Kind.goAway).isEmpty)
  }

  @Test("Too many fields are answered with 431 as well")
  func manyFields() throws {
    let server = try Endpoint.server()
    try server.receive(.headers(1, Frame.get + Array(repeating: ("a", "b"), count: 130)))
    #expect(Frame.parse(try server.output()).of(Frame.Kind.headers, stream: 1).count == 1)
    #expect(server.accepted.isEmpty)
  }

  @Test("Trailers above the limit reset the stream instead of passing cut off")
  func largeTrailers() throws {
    let server = try Endpoint.server()
    let large = [("x", String(repeating: "y", count: 15_000)), ("z", String(repeating: "y", count: 1_500))]
    server.onAccept = { recorder, _, _ in recorder.stream?.send(head: [":status": "200"], endStream: false) }
    try server.receive(.headers(1, Frame.post, endStream: false))
    let size = Frame.hpack(large).count
    let block = Frame.hpack(large)
    try server.receive(
      Frame(type: Frame.Kind.headers, flags: Frame.Flag.endStream, stream: 1, payload: Array(block[..<(size / 2)])),
      Frame(
        type: Frame.Kind.continuation, flags: Frame.Flag.endHeaders, stream: 1, payload: Array(block[(size / 2)...])))
    let frames = Frame.parse(try server.output())
    #expect(frames.of(Frame.Kind.reset) == [.reset(1, HTTP2ErrorCode.enhanceYourCalm.rawValue)])
    let request = try #require(server.accepted.first)
    #expect(request.trailers == nil && request.closed == [.reset(.enhanceYourCalm, byPeer: false)])
  }

  @Test("A response head above the client's limit resets the call")
  func largeResponseHead() throws {
    let client = try Endpoint.client()
    let call = try client.open()
    _ = try client.output()
    try client.receive(.headers(1, [(":status", "200")] + Array(repeating: ("a", "b"), count: 200)))
    _ = try client.output()
    #expect(call.head == nil && call.closed == [.reset(.enhanceYourCalm, byPeer: false)])
  }

  @Test(
    "A header block that unpacks to megabytes ends with ENHANCE_YOUR_CALM, accepted or refused",
    arguments: [false, true])
  func hpackBomb(refuses: Bool) throws {
    let server = try Endpoint.server()
    server.session.refusesNewStreams = refuses
    // One large field enters the table; each further byte repeats it.
    var block = Frame.hpack(Frame.get)
    block += Frame.literal("x", String(repeating: "y", count: 4_000), first: 0x40)
    block += [UInt8](repeating: 0x80 | 62, count: 8_000)
    let bomb = Frame(type: Frame.Kind.headers, flags: 0x5, stream: 1, payload: block)
    #expect(try goAwayCode(server, [bomb]) == .enhanceYourCalm)
  }

  @Test("Endless CONTINUATION frames end the connection")
  func continuationFlood() throws {
    let server = try Endpoint.server()
    var frames = [Frame.headers(1, endStream: true, endHeaders: false)]
    frames += Array(repeating: Frame(type: Frame.Kind.continuation, stream: 1), count: 50)
    #expect(try goAwayCode(server, frames) == .enhanceYourCalm)
  }

  @Test("New streams are refused while too much waits to be sent")
  func outboundLimit() throws {
    var limits = HTTP2Limits()
    limits.maxOutboundBuffer = 50_000
    let server = try Endpoint.server(limits: limits, peer: [(4, 0)])
    server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(repeating: 1, count: 60_000), endStream: true)
    }
    try server.receive(.headers(1), .headers(3))
    _ = try server.output()
    #expect(server.accepted.count == 2, "both were read before the first had answered")
    try server.receive(.headers(5, Frame.post, endStream: false), .data(5, [1, 2, 3]))
    #expect(Frame.parse(try server.output()).of(Frame.Kind.reset) == [.reset(5, HTTP2ErrorCode.refusedStream.rawValue)])
    #expect(server.accepted.count == 2)
    try server.receive(.reset(1, 8), .reset(3, 8))
    try server.receive(.headers(7))
    #expect(server.accepted.count == 3 && server.session.outboundBuffered == 60_000)
  }

  @Test("More streams than allowed end the connection")
  func concurrentStreams() throws {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 3
    let server = try Endpoint.server(limits: limits)
    #expect(
      try goAwayCode(server, (0..<4).map { .headers(UInt32($0 * 2 + 1), Frame.post, endStream: false) })
        == .protocolError)
  }
}
