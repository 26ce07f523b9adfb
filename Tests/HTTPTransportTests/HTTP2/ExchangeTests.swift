import NIOCore
import Testing

@testable import HTTPTransport

@Suite struct HTTP2ExchangeTests {
  @Test("A request with a body and its response with trailers cross a client and a server session")
  func requestAndResponse() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in
      recorder.onEnd = { recorder in
        recorder.stream?.send(head: [":status": "200", "x": "y"], endStream: false)
        recorder.stream?.send(data: ByteBuffer(string: "re"), endStream: false)
        recorder.stream?.send(data: ByteBuffer(string: "ply"), endStream: false)
        recorder.stream?.send(trailers: ["grpc-status": "0"])
      }
    }
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    call.stream?.send(data: ByteBuffer(string: "request"), endStream: true)
    try pair.pump()
    let request = try #require(pair.server.accepted.first)
    #expect(request.head?[":method"] == "POST")
    #expect(request.body == Array("request".utf8) && request.ended)
    #expect(request.closed == [.completed])
    #expect(call.head?["x"] == "y")
    #expect(call.body == Array("reply".utf8))
    #expect(call.trailers == ["grpc-status": "0"])
    #expect(call.closed == [.completed])
    #expect(pair.client.session.streams.isEmpty && pair.server.session.streams.isEmpty)
  }

  @Test("A response may be its trailers only, and a request may end with trailers")
  func trailersOnly() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in
      recorder.onEnd = { $0.stream?.send(head: [":status": "200", "grpc-status": "5"], endStream: true) }
    }
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    call.stream?.send(trailers: ["x-sum": "1"])
    try pair.pump()
    #expect(pair.server.accepted.first?.trailers == ["x-sum": "1"])
    #expect(call.head?["grpc-status"] == "5" && call.ended && call.body.isEmpty)
    #expect(call.closed == [.completed])
  }

  @Test("A request's trailers wait behind a body that waits for its window")
  func requestTrailersBehindBody() throws {
    let pair = try SessionPair()
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    call.stream?.send(data: ByteBuffer(repeating: 7, count: 300_000), endStream: false)
    call.stream?.send(trailers: ["x-sum": "1"])
    try pair.pump()
    let request = try #require(pair.server.accepted.first)
    #expect(request.body.count == 300_000 && request.trailers == ["x-sum": "1"])
  }

  @Test("Large bodies cross in both directions at once, whole and in order")
  func largeBodies() throws {
    let pair = try SessionPair()
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    pair.server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(bytes: bytes), endStream: true)
    }
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    // In uneven pieces, so that frames end in the middle of them.
    var start = 0
    while start < bytes.count {
      let end = min(start + 7_001, bytes.count)
      call.stream?.send(data: ByteBuffer(bytes: bytes[start..<end]), endStream: end == bytes.count)
      start = end
    }
    try pair.pump()
    #expect(pair.server.accepted.first?.body == bytes)
    #expect(call.body == bytes)
    #expect(pair.client.session.outboundBuffered == 0 && pair.client.session.inboundBuffered == 0)
    #expect(pair.server.session.outboundBuffered == 0 && pair.server.session.inboundBuffered == 0)
  }

  @Test("Interim responses are not reported")
  func interim() throws {
    let client = try Endpoint.client()
    let call = try client.open()
    _ = try client.output()
    try client.receive(
      .headers(1, [(":status", "103"), ("link", "x")], endStream: false),
      .headers(1, [(":status", "200")], endStream: true))
    #expect(call.head == [":status": "200"] && call.ended)
  }

  @Test("A response in full before the request's end resets with NO_ERROR and counts as completed")
  func earlyResponse() throws {
    let server = try Endpoint.server()
    server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "413"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(string: "no"), endStream: true)
    }
    try server.receive(.headers(1, Frame.post, endStream: false), .data(1, [1, 2, 3]))
    let frames = Frame.parse(try server.output())
    #expect(frames.of(Frame.Kind.reset) == [.reset(1, 0)])
    #expect(server.accepted.first?.closed == [.completed])
    // What was under way is still accepted, and ignored.
    try server.receive(.data(1, [4, 5], endStream: true))
    #expect(Frame.parse(try server.output()).of(Frame.Kind.goAway).isEmpty)
  }

  @Test("The client completes a call that was answered early")
  func earlyResponseAtClient() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in recorder.stream?.send(head: [":status": "413"], endStream: true) }
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    call.stream?.send(data: ByteBuffer(repeating: 0, count: 500_000), endStream: false)
    try pair.pump()
    #expect(call.closed == [.completed])
    #expect(pair.client.session.outboundBuffered == 0)
  }

  @Test("Padding is taken off and does not hold the window back")
  func padding() throws {
    let server = try Endpoint.server()
    try server.receive(.headers(1, Frame.post, endStream: false))
    let padded = Frame(
      type: Frame.Kind.data, flags: Frame.Flag.padded, stream: 1, payload: [99, 65] + [UInt8](repeating: 0, count: 99))
    var opened: UInt32 = 0
    for _ in 0..<5_000 {
      try server.receive(padded)
      opened += Frame.parse(try server.output()).of(Frame.Kind.windowUpdate, stream: 1).reduce(0) { $0 + $1.word() }
    }
    let request = try #require(server.accepted.first)
    #expect(request.body.count == 5_000 && request.body.allSatisfy { $0 == 65 })
    #expect(opened >= 5_000 * 101 - 128 * 1024 && opened <= 5_000 * 101)
  }

  @Test("A body that contradicts content-length is reset, and the reset is ours")
  func contentLength() throws {
    let server = try Endpoint.server()
    try server.receive(.headers(1, Frame.post + [("content-length", "2")], endStream: false), .data(1, [1, 2, 3]))
    let frames = Frame.parse(try server.output())
    #expect(frames.of(Frame.Kind.reset) == [.reset(1, HTTP2ErrorCode.protocolError.rawValue)])
    #expect(server.accepted.first?.closed == [.reset(.protocolError, byPeer: false)])
  }
}
