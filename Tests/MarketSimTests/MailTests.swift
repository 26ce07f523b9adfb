import NIOCore
import NIOPosix
import Testing

@testable import MarketSim
@testable import OutboundHTTP

@Suite("The market's mail server")
struct MailTests {
  /// Gathers what the server says until it closes.
  private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private var said = ByteBuffer()
    private let done: EventLoopPromise<String>

    init(_ done: EventLoopPromise<String>) { self.done = done }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { said.writeImmutableBuffer(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { done.succeed(String(buffer: said)) }
  }

  /// Says all of it at once; what comes back until the connection ends.
  private func talk(_ lines: [String], port: Int) async throws -> [Substring] {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let done = loop.makePromise(of: String.self)
    let channel = try await ClientBootstrap(group: loop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Listener(done)) }
      }
      .connect(host: "127.0.0.1", port: port).get()
    try await channel.writeAndFlush(ByteBuffer(string: lines.map { $0 + "\r\n" }.joined())).get()
    return try await done.futureResult.get().split(separator: "\r\n")
  }

  private static let mail = [
    "EHLO me", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", "Subject: =?UTF-8?B?xJ9h?=", " =?UTF-8?B?xZ8=?= !",
    "Content-Type: text/plain", "", "..5=C3=A7 <b>", ".", "QUIT",
  ]

  @Test("Mail is kept and shown as people read it, on the page and as JSON")
  func shown() async throws {
    try await ReadingTests.run { scene in
      let said = try await talk(Self.mail, port: scene.ports.mail)
      #expect(said.map { $0.prefix(3) } == ["220", "250", "250", "250", "250", "250", "354", "250", "221"])
      let json = try await scene.control(.get, "/api/arrivals").body
      #expect(json.contains(#""to":["c@d.test"]"#) && json.contains(#""subject":"ğaş !","text":".5ç \u003cb>"#))
      #expect(try await scene.control(.get, "/").body.contains("<td>ğaş !<td><pre>.5ç &lt;b&gt;"))
      _ = try await scene.control(.delete, "/api/arrivals")
      #expect(scene.server.mail.mails.isEmpty)
    }
  }

  @Test("Faults come when they are ordered, and end")
  func faults() async throws {
    try await ReadingTests.run { scene in
      #expect(try await scene.control(.post, "/admin/mail/faults?kind=nothing").status == 400)
      for (kind, code) in [("greylist", "451"), ("refuse", "550")] {
        #expect(try await scene.control(.post, "/admin/mail/faults?kind=\(kind)&count=1").status == 200)
        let lines = ["EHLO me", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "RCPT TO:<c@d.test>", "QUIT"]
        let said = try await talk(lines, port: scene.ports.mail)
        #expect(said.suffix(3).map { $0.prefix(3) } == [code[...], "250", "221"])
      }
      _ = try await scene.control(.post, "/admin/mail/faults?kind=drop")
      #expect(try await talk(Self.mail, port: scene.ports.mail).last?.hasPrefix("354") == true)
      #expect(scene.server.mail.mails.isEmpty)
      _ = try await scene.control(.post, "/admin/mail/faults?kind=silent")
      #expect(try await talk(Self.mail, port: scene.ports.mail).last?.hasPrefix("354") == true)
      #expect(scene.server.mail.mails.count == 1)
    }
  }
}
