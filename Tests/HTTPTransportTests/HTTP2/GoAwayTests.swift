import NIOCore
import Testing

@testable import HTTPTransport

@Suite struct HTTP2GoAwayTests {
  @Test("A drain says GOAWAY twice: first with the highest id, then with the last one that is served")
  func twoSteps() throws {
    let server = try Endpoint.server()
    server.onAccept = { recorder, _, _ in recorder.consumes = true }
    try server.receive(.headers(1, Frame.post, endStream: false))
    server.session.announceShutdown()
    #expect(Frame.parse(try server.output()).of(Frame.Kind.goAway).first?.word() == 0x7fff_ffff)
    try server.receive(.headers(3))
    #expect(server.accepted.count == 2, "what crosses the first GOAWAY is served")
    server.session.refuseFurtherStreams()
    #expect(Frame.parse(try server.output()).of(Frame.Kind.goAway).first?.word() == 3)
    try server.receive(.headers(5))
    #expect(server.accepted.count == 2)
    #expect(!server.session.isFinished)
    for request in server.accepted { request.stream?.send(head: [":status": "200"], endStream: true) }
    try server.receive(.data(1, [1], endStream: true))
    _ = try server.output()
    #expect(server.session.isFinished)
  }

  @Test("A client learns which of its streams the server never looked at")
  func unprocessed() throws {
    let client = try Endpoint.client()
    let calls = try (0..<3).map { _ in try client.open() }
    _ = try client.output()
    try client.receive(.goAway(last: 3, 0, debug: "bye"))
    #expect(client.goAways.map(\.0) == [3] && client.goAways.first?.2 == "bye")
    #expect(calls[2].closed == [.connectionLost(unprocessed: true)])
    #expect(calls[0].closed.isEmpty && calls[1].closed.isEmpty)
    #expect(throws: HTTPTransportError.self) { try client.open() }
    try client.receive(.headers(1, [(":status", "200")]), .headers(3, [(":status", "200")]))
    #expect(calls[0].closed == [.completed] && calls[1].closed == [.completed])
    #expect(client.session.isFinished)
  }

  @Test("A stream that the server refuses by RST_STREAM is a reset, not an unprocessed loss")
  func refusedByReset() throws {
    let client = try Endpoint.client()
    let call = try client.open()
    _ = try client.output()
    try client.receive(.reset(1, HTTP2ErrorCode.refusedStream.rawValue))
    #expect(call.closed == [.reset(.refusedStream, byPeer: true)])
  }

  @Test("A request queued behind the server's stream limit when GOAWAY comes is unprocessed")
  func queuedAtGoAway() throws {
    let client = try Endpoint.client(peer: [(3, 1)])
    let first = try client.open()
    let second = try client.open()
    #expect(Frame.parse(try client.output()).of(Frame.Kind.headers).count == 1)
    try client.receive(.goAway(last: 1), .headers(1, [(":status", "200")]))
    _ = try client.output()
    client.session.connectionLost()
    #expect(first.closed == [.completed])
    #expect(second.closed == [.connectionLost(unprocessed: true)])
  }

  @Test("Debug data is cut, and repaired when it is no UTF-8")
  func debugData() throws {
    let client = try Endpoint.client()
    var frame = Frame.goAway(last: 0)
    frame.payload += [UInt8](repeating: 0xff, count: 5_000)
    try client.receive(frame)
    #expect(client.goAways.first.map { $0.2.unicodeScalars.count } == 256)
  }

  @Test("Pings are answered, and our own are reported when they are")
  func pings() throws {
    let pair = try SessionPair()
    pair.client.session.ping(0x0102_0304_0506_0708)
    try pair.pump()
    #expect(pair.server.pings == 1 && pair.client.pongs == [0x0102_0304_0506_0708])
  }

  @Test("Terminating sends one GOAWAY, after which the session is finished and takes nothing more")
  func terminate() throws {
    let server = try Endpoint.server()
    server.session.terminate(.noError)
    server.session.terminate(.internalError)
    let goAways = Frame.parse(try server.output()).of(Frame.Kind.goAway)
    #expect(goAways.count == 1 && goAways.first?.word(at: 4) == 0)
    #expect(server.session.isFinished)
    try server.receive(.headers(1))
    #expect(server.accepted.isEmpty)
  }
}
