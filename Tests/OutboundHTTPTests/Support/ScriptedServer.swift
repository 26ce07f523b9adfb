import NIOCore
import NIOPosix
import Synchronization

/// A server on a loopback port that answers as a test wants, right or wrong.
final class ScriptedServer: Sendable {
  /// Called with each whole request, its number on its connection (from 1), and the socket.
  typealias Script = @Sendable (_ request: String, _ number: Int, _ channel: any Channel) -> Void

  /// Apart from the clients' loop, so that neither side's work looks like the other's silence.
  private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  private let channel: any Channel
  private let log: Log

  var port: Int { channel.localAddress?.port ?? 0 }
  var url: String { "http://127.0.0.1:\(port)" }
  /// All requests so far.
  var requests: [String] { log.state.withLock { $0.requests } }
  var connections: Int { log.state.withLock { $0.connections } }

  private final class Log: Sendable {
    let state = Mutex<(requests: [String], connections: Int)>(([], 0))
  }

  private init(channel: any Channel, log: Log) {
    self.channel = channel
    self.log = log
  }

  /// Runs `body` against a server, which is closed afterwards.
  static func run(_ script: @escaping Script, _ body: (ScriptedServer) async throws -> Void) async throws {
    let log = Log()
    let channel = try await ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        log.state.withLock { $0.connections += 1 }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(log: log, script: script))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    do {
      try await body(ScriptedServer(channel: channel, log: log))
    } catch {
      try? await channel.close()
      throw error
    }
    try await channel.close()
  }

  /// Answers every request with the same text.
  static func run(answer: String, _ body: (ScriptedServer) async throws -> Void) async throws {
    try await run({ _, _, channel in channel.writeAndFlush(ByteBuffer(string: answer), promise: nil) }, body)
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let log: Log
    private let script: Script
    private var received = ""
    private var number = 0

    init(log: Log, script: @escaping Script) {
      self.log = log
      self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received += String(buffer: unwrapInboundIn(data))
      while let request = takeRequest() {
        number += 1
        log.state.withLock { $0.requests.append(request) }
        script(request, number, context.channel)
      }
    }

    /// A request with its body, as far as it has a `content-length`.
    private func takeRequest() -> String? {
      let bytes = Array(received.utf8)
      guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: "\r\n\r\n".utf8) }) else { return nil }
      let head = String(decoding: bytes[..<end], as: UTF8.self)
      var length = 0
      for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length: ") {
        length = Int(line.dropFirst(16)) ?? 0
      }
      guard bytes.count >= end + 4 + length else { return nil }
      received = String(decoding: bytes[(end + 4 + length)...], as: UTF8.self)
      return String(decoding: bytes[..<(end + 4 + length)], as: UTF8.self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}

extension Channel {
  /// Writes pieces for as long as the peer takes them.
  func writeEndlessly(_ piece: @escaping @Sendable () -> ByteBuffer) {
    // By the clock: a socket that takes everything at once would otherwise keep the loop from all else.
    writeAndFlush(piece()).whenSuccess {
      self.eventLoop.scheduleTask(in: .milliseconds(1)) { self.writeEndlessly(piece) }
    }
  }

  /// Writes one piece in each interval, for as long as the peer takes them.
  func drip(_ piece: String, every interval: TimeAmount) {
    let task = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      self.writeAndFlush(ByteBuffer(string: piece), promise: nil)
    }
    closeFuture.whenComplete { _ in task.cancel() }
  }

  func send(_ text: String) { writeAndFlush(ByteBuffer(string: text), promise: nil) }
}
