import NIOCore
import Testing

@testable import HTTPTransport

@Suite struct HTTP2BackPressureTests {
  @Test("A stream's window opens only as its body is consumed")
  func windowWithheld() throws {
    var limits = HTTP2Limits()
    limits.streamWindow = 64 * 1024
    let pair = try SessionPair(server: limits)
    pair.server.onAccept = { recorder, _, _ in recorder.consumes = false }
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    call.stream?.send(data: ByteBuffer(repeating: 1, count: 200_000), endStream: true)
    try pair.pump()
    let request = try #require(pair.server.accepted.first)
    #expect(request.body.count == 64 * 1024)
    #expect(pair.server.session.inboundBuffered == 64 * 1024)
    request.stream?.consumed(40_000)
    try pair.pump()
    #expect(request.body.count == 64 * 1024 + 40_000)
    request.stream?.consumed(1_000_000)
    try pair.pump()
    request.consumes = true
    request.stream?.consumed(1_000_000)
    try pair.pump()
    #expect(request.body.count == 200_000 && request.ended)
    #expect(pair.server.session.inboundBuffered == 0)
  }

  @Test("One slow stream does not hold up another")
  func streamsAreIndependent() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, head, _ in recorder.consumes = head["slow"] == nil }
    var slowHead = Endpoint.postHead
    slowHead.append("slow", "1")
    let slow = try pair.client.open(slowHead, endStream: false)
    slow.stream?.send(data: ByteBuffer(repeating: 1, count: 500_000), endStream: true)
    let quick = try pair.client.open(Endpoint.postHead, endStream: false)
    quick.stream?.send(data: ByteBuffer(repeating: 2, count: 3_000_000), endStream: true)
    try pair.pump()
    #expect(pair.server.accepted[0].body.count == 128 * 1024)
    #expect(pair.server.accepted[1].body.count == 3_000_000)
  }

  @Test("The connection's window is withheld above maxInboundBuffer and given back below it")
  func connectionBudget() throws {
    var limits = HTTP2Limits()
    limits.connectionWindow = 128 * 1024
    limits.maxInboundBuffer = 256 * 1024
    limits.streamWindow = 128 * 1024
    let pair = try SessionPair(server: limits)
    pair.server.onAccept = { recorder, _, _ in recorder.consumes = false }
    for _ in 0..<8 {
      let call = try pair.client.open(Endpoint.postHead, endStream: false)
      call.stream?.send(data: ByteBuffer(repeating: 1, count: 100_000), endStream: true)
    }
    try pair.pump()
    let held = pair.server.session.inboundBuffered
    #expect(held >= 256 * 1024 && held <= 256 * 1024 + 128 * 1024, "held \(held)")
    for _ in 0..<10 {
      for request in pair.server.accepted { request.stream?.consumed(100_000) }
      try pair.pump()
    }
    #expect(pair.server.accepted.map(\.body.count) == Array(repeating: 100_000, count: 8))
    #expect(pair.server.session.inboundBuffered == 0)
  }

  @Test("Unconsumed bytes of a closed stream are given back to the connection")
  func closedStreamsGiveBack() throws {
    var limits = HTTP2Limits()
    limits.connectionWindow = 64 * 1024
    limits.maxInboundBuffer = 64 * 1024
    let pair = try SessionPair(server: limits)
    pair.server.onAccept = { recorder, _, _ in recorder.consumes = false }
    for _ in 0..<10 {
      let call = try pair.client.open(Endpoint.postHead, endStream: false)
      call.stream?.send(data: ByteBuffer(repeating: 1, count: 60_000), endStream: false)
      try pair.pump()
      #expect(pair.server.accepted.last?.body.count == 60_000)
      call.stream?.reset(.cancel)
      try pair.pump()
    }
    #expect(pair.server.session.inboundBuffered == 0)
  }

  @Test("A body without a delegate is thrown away without stopping the connection")
  func noDelegate() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in recorder.stream?.delegate = nil }
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    call.stream?.send(data: ByteBuffer(repeating: 1, count: 5_000_000), endStream: true)
    try pair.pump()
    #expect(call.stream?.outboundBufferedBytes == 0)
    #expect(pair.server.session.inboundBuffered == 0)
  }

  @Test("A writer above the high-water mark hears once when the queue has fallen to the low one")
  func writable() throws {
    let server = try Endpoint.server(peer: [(4, 0)])
    server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(repeating: 1, count: 80_000), endStream: false)
    }
    try server.receive(.headers(1))
    _ = try server.output()
    let request = try #require(server.accepted.first)
    #expect(request.stream?.outboundBufferedBytes == 80_000)
    #expect(server.session.outboundBuffered == 80_000)
    try server.receive(.windowUpdate(0, 1_000_000), .windowUpdate(1, 60_000))
    _ = try server.output()
    #expect(request.writable == 0 && request.stream?.outboundBufferedBytes == 20_000)
    try server.receive(.windowUpdate(1, 4_000))
    _ = try server.output()
    #expect(request.writable == 1 && request.stream?.outboundBufferedBytes == 16_000)
    try server.receive(.windowUpdate(1, 16_000))
    _ = try server.output()
    #expect(request.writable == 1 && server.session.outboundBuffered == 0)
  }

  @Test("A writer that goes on in its writable callback sends everything")
  func writesOnFromCallback() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in
      var left = 50
      recorder.onWritable = { recorder in
        while left > 0, let stream = recorder.stream, stream.outboundBufferedBytes <= HTTPStreamWatermark.high {
          left -= 1
          stream.send(data: ByteBuffer(repeating: 1, count: 30_000), endStream: left == 0)
        }
      }
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.onWritable?(recorder)
    }
    let call = try pair.client.open()
    try pair.pump()
    #expect(call.body.count == 1_500_000 && call.closed == [.completed])
  }

  @Test("A window that SETTINGS make negative stops the sender until it is positive again")
  func negativeWindow() throws {
    let server = try Endpoint.server(peer: [(4, 1_000)])
    server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(repeating: 1, count: 5_000), endStream: true)
    }
    try server.receive(.headers(1))
    func sent() throws -> Int {
      Frame.parse(try server.output()).of(Frame.Kind.data).reduce(0) { $0 + $1.payload.count }
    }
    #expect(try sent() == 1_000)
    try server.receive(.settings([(4, 200)]))
    #expect(try sent() == 0)
    try server.receive(.windowUpdate(1, 800))
    #expect(try sent() == 0, "the window is now exactly zero")
    try server.receive(.windowUpdate(1, 10))
    #expect(try sent() == 10)
    try server.receive(.settings([(4, 65_535)]))
    #expect(try sent() == 3_990)
    #expect(server.accepted.first?.closed == [.completed])
  }

  @Test("A window beyond 2^31-1 is the peer's error, on the stream or on the connection")
  func windowOverflow() throws {
    let server = try Endpoint.server()
    server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
    }
    try server.receive(.headers(1), .windowUpdate(1, 0x7fff_ffff))
    let reset = Frame.parse(try server.output()).of(Frame.Kind.reset)
    #expect(reset == [.reset(1, HTTP2ErrorCode.flowControlError.rawValue)])
    try? server.receive(.windowUpdate(0, 0x7fff_ffff))
    let goAway = Frame.parse(try server.output()).of(Frame.Kind.goAway)
    #expect(goAway.first?.word(at: 4) == HTTP2ErrorCode.flowControlError.rawValue)
    #expect(server.session.isFinished)
  }

  @Test("A peer that sends beyond its window loses the stream")
  func peerOverruns() throws {
    var limits = HTTP2Limits()
    limits.streamWindow = 65_535
    let server = try Endpoint.server(limits: limits)
    server.onAccept = { recorder, _, _ in recorder.consumes = false }
    try server.receive(.headers(1, Frame.post, endStream: false))
    for _ in 0..<5 { try? server.receive(.data(1, [UInt8](repeating: 1, count: 16_384))) }
    let resets = Frame.parse(try server.output()).of(Frame.Kind.reset)
    #expect(resets == [.reset(1, HTTP2ErrorCode.flowControlError.rawValue)])
    #expect(server.accepted.first?.closed == [.reset(.flowControlError, byPeer: false)])
  }
}
