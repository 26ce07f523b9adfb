import NIOCore
import Testing

@testable import HTTPTransport

@Suite struct HTTP2ResetTests {
  @Test("A reset by the client reaches the server's delegate with its code, once")
  func resetByClient() throws {
    let pair = try SessionPair()
    let call = try pair.client.open(Endpoint.postHead, endStream: false)
    try pair.pump()
    call.stream?.reset(.cancel)
    call.stream?.reset(.internalError)
    try pair.pump()
    #expect(call.closed == [.reset(.cancel, byPeer: false)])
    #expect(pair.server.accepted.first?.closed == [.reset(.cancel, byPeer: true)])
    #expect(pair.server.streamsClosed == 1)
  }

  @Test("A reset by the server drops what was queued and reaches the client")
  func resetByServer() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(data: ByteBuffer(repeating: 1, count: 10_000_000), endStream: true)
      recorder.stream?.reset(.internalError)
    }
    let call = try pair.client.open()
    try pair.pump()
    #expect(call.closed == [.reset(.internalError, byPeer: true)])
    #expect(call.body.isEmpty)
    #expect(pair.server.session.outboundBuffered == 0)
    #expect(pair.server.accepted.first?.closed == [.reset(.internalError, byPeer: false)])
  }

  @Test("After its own reset a delegate hears of nothing but the end")
  func silenceAfterReset() throws {
    let server = try Endpoint.server()
    server.onAccept = { recorder, _, _ in recorder.onData = { $0.stream?.reset(.cancel) } }
    try server.receive(
      .headers(1, Frame.post, endStream: false), .data(1, [1]), .data(1, [2]), .data(1, [3], endStream: true))
    _ = try server.output()
    let request = try #require(server.accepted.first)
    #expect(request.body == [1] && !request.ended)
    #expect(request.closed == [.reset(.cancel, byPeer: false)])
    #expect(server.session.inboundBuffered == 0)
  }

  @Test("Calls on a closed stream do nothing")
  func closedStream() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in recorder.stream?.send(head: [":status": "200"], endStream: true) }
    let call = try pair.client.open()
    try pair.pump()
    for stream in [call.stream, pair.server.accepted[0].stream].compactMap({ $0 }) {
      stream.send(head: [":status": "200"], endStream: false)
      stream.send(data: ByteBuffer(string: "x"), endStream: true)
      stream.send(trailers: ["a": "b"])
      stream.consumed(100)
      stream.reset(.cancel)
      #expect(stream.outboundBufferedBytes == 0)
    }
    try pair.pump()
    #expect(call.closed == [.completed])
    #expect(pair.client.session.outboundBuffered == 0 && pair.client.session.inboundBuffered == 0)
  }

  @Test("A second head, data before the head and data after the end are ignored")
  func misuse() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, _, _ in
      recorder.stream?.send(data: ByteBuffer(string: "early"), endStream: false)
      recorder.stream?.send(trailers: ["early": "1"])
      recorder.stream?.send(head: [":status": "200"], endStream: false)
      recorder.stream?.send(head: [":status": "500"], endStream: true)
      recorder.stream?.send(data: ByteBuffer(string: "body"), endStream: true)
      recorder.stream?.send(data: ByteBuffer(string: "late"), endStream: true)
      recorder.stream?.send(trailers: ["late": "1"])
    }
    let call = try pair.client.open()
    try pair.pump()
    #expect(call.head == [":status": "200"] && call.body == Array("body".utf8) && call.trailers == nil)
    #expect(call.closed == [.completed])
  }

  @Test("A session that goes away ends its streams, and streams held longer do no harm")
  func sessionFreed() throws {
    var server: Endpoint? = try Endpoint.server()
    try server?.receive(.headers(1, Frame.post, endStream: false), .data(1, [1, 2]))
    let request = try #require(server?.accepted.first)
    let stream = try #require(request.stream)
    server = nil
    #expect(request.closed == [.connectionLost(unprocessed: false)])
    stream.send(head: [":status": "200"], endStream: false)
    stream.send(data: ByteBuffer(string: "x"), endStream: true)
    stream.consumed(2)
    stream.reset(.cancel)
    #expect(stream.outboundBufferedBytes == 0 && stream.delegate == nil)
  }

  @Test("A lost connection ends every stream once, in order")
  func connectionLost() throws {
    let server = try Endpoint.server()
    for id: UInt32 in [1, 3, 5] { try server.receive(.headers(id, Frame.post, endStream: false)) }
    server.session.connectionLost()
    server.session.connectionLost()
    #expect(server.accepted.map(\.closed) == Array(repeating: [.connectionLost(unprocessed: false)], count: 3))
    #expect(server.session.streams.isEmpty)
  }

  @Test("A lost connection tells the client which requests never left")
  func neverLeft() throws {
    let client = try Endpoint.client()
    let sent = try client.open()
    _ = try client.output()
    let queued = try client.open()
    client.session.connectionLost()
    #expect(sent.closed == [.connectionLost(unprocessed: false)])
    #expect(queued.closed == [.connectionLost(unprocessed: true)])
  }

  @Test("Delegates may answer, reset and open streams inside their callbacks")
  func reentrance() throws {
    let pair = try SessionPair()
    pair.server.onAccept = { recorder, head, _ in
      switch head[":path"] {
      case "/reset": recorder.stream?.reset(.refusedStream)
      case "/echo":
        recorder.stream?.send(head: [":status": "200"], endStream: false)
        recorder.onData = { recorder in
          recorder.stream?.send(data: ByteBuffer(bytes: recorder.body), endStream: recorder.ended)
          recorder.body = []
        }
        recorder.onEnd = { $0.stream?.send(data: ByteBuffer(), endStream: true) }
        recorder.onClose = { $0.stream?.reset(.internalError) }
      default: recorder.stream?.send(head: [":status": "204"], endStream: true)
      }
    }
    var second: Recorder?
    let first = try pair.client.open([":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/reset"])
    first.onClose = { _ in
      second = try? pair.client.open(
        [":method": "POST", ":scheme": "http", ":authority": "a", ":path": "/echo"], endStream: false)
      second?.stream?.send(data: ByteBuffer(repeating: 9, count: 100_000), endStream: true)
    }
    try pair.pump()
    #expect(first.closed == [.reset(.refusedStream, byPeer: true)])
    #expect(second?.body.count == 100_000 && second?.closed == [.completed])
  }

  @Test("Bytes handed over by a delegate in the middle of a delivery are taken afterwards, in order")
  func nestedReceive() throws {
    let server = try Endpoint.server()
    var next: [[Frame]] = [[.data(1, [2])], [.data(1, [3], endStream: true)]]
    server.onAccept = { [weak server] recorder, _, _ in
      recorder.onData = { [weak server] _ in
        let frames = next
        next = []
        for part in frames { try? server?.receive(part) }
      }
    }
    try server.receive(.headers(1, Frame.post, endStream: false), .data(1, [1]))
    #expect(server.accepted.first?.body == [1, 2, 3] && server.accepted.first?.ended == true)
  }
}
