internal import NIOCore

/// The server's side of one SMTP connection.
final class MailStandInHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let standIn: MailStandIn
  private var buffer: [UInt8] = []
  private var from: String?
  private var recipients: [String] = []
  /// The mail that comes; nil between mails.
  private var content: [UInt8]?
  private var isSecure: Bool
  private var isAuthenticated: Bool
  /// The name that AUTH LOGIN brought, and whether the password comes next.
  private var login: (step: Int, user: String)?

  private static let maximumLine = 4_096
  private static let maximumMail = 4 << 20

  init(_ standIn: MailStandIn) {
    self.standIn = standIn
    isSecure = standIn.options.hasImplicitTLS
    isAuthenticated = standIn.options.credentials == nil
  }

  func channelActive(context: ChannelHandlerContext) {
    say("220 market-sim ESMTP", context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    buffer += unwrapInboundIn(data).readableBytesView
    while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
      var line = Array(buffer[..<end])
      buffer.removeFirst(end + 1)
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      guard context.channel.isActive else { return }
      if content != nil { take(line, context) } else { obey(String(decoding: line, as: UTF8.self), context) }
    }
    if buffer.count > Self.maximumLine { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func say(_ text: String, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
  }

  private func obey(_ line: String, _ context: ChannelHandlerContext) {
    if login != nil { return goOn(line, context) }
    let verb = line.prefix { $0 != " " }.uppercased()
    standIn.heard(verb == "AUTH" ? String(line.prefix(10)) : line)
    switch verb {
    case "EHLO": say(extensions, context)
    case "HELO", "RSET", "NOOP":
      (from, recipients) = (nil, [])
      say("250 ok", context)
    case "STARTTLS": startTLS(context)
    case "AUTH": authenticate(line, context)
    case "MAIL":
      guard isAuthenticated else { return say("530 5.7.0 authentication required", context) }
      from = Self.address(line)
      recipients = []
      say(from == nil ? "501 5.5.4 no address" : "250 2.1.0 ok", context)
    case "RCPT":
      guard from != nil, let to = Self.address(line) else { return say("503 5.5.1 MAIL first", context) }
      if standIn.next(.greylist) != nil { return say("451 4.7.1 greylisted, come back later", context) }
      if standIn.next(.refuse) != nil { return say("550 5.1.1 no such mailbox", context) }
      recipients.append(to)
      say("250 2.1.5 ok", context)
    case "DATA":
      guard !recipients.isEmpty else { return say("503 5.5.1 RCPT first", context) }
      content = []
      say("354 go on", context)
    case "QUIT":
      say("221 2.0.0 bye", context)
      context.close(promise: nil)
    default: say("500 5.5.2 unknown command", context)
    }
  }

  private var extensions: String {
    var lines = ["market-sim", "8BITMIME", "SIZE \(Self.maximumMail)"]
    if standIn.options.startTLS != nil, !isSecure { lines.append("STARTTLS") }
    if standIn.options.credentials != nil { lines.append("AUTH PLAIN LOGIN") }
    return lines.enumerated().map { $0 == lines.count - 1 ? "250 \($1)" : "250-\($1)" }.joined(separator: "\r\n")
  }

  private static func address(_ line: String) -> String? {
    guard let start = line.firstIndex(of: "<"), let end = line.lastIndex(of: ">"), start < end else { return nil }
    return String(line[line.index(after: start)..<end])
  }

  private func startTLS(_ context: ChannelHandlerContext) {
    guard let startTLS = standIn.options.startTLS, !isSecure else { return say("502 5.5.1 not offered", context) }
    say("220 2.0.0 go ahead", context)
    do {
      try startTLS(context.channel)
      isSecure = true
    } catch {
      context.close(promise: nil)
    }
  }

  private func authenticate(_ line: String, _ context: ChannelHandlerContext) {
    let words = line.split(separator: " ")
    guard standIn.options.credentials != nil, words.count >= 2 else { return say("502 5.5.1 not offered", context) }
    if words[1].uppercased() == "LOGIN" {
      login = (0, "")
      return say("334 VXNlcm5hbWU6", context)
    }
    let parts = (words.count > 2 ? MailReading.base64(String(words[2])) : []).split(
      separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return say("501 5.5.2 cannot decode", context) }
    check(String(decoding: parts[1], as: UTF8.self), String(decoding: parts[2], as: UTF8.self), context)
  }

  private func goOn(_ line: String, _ context: ChannelHandlerContext) {
    let text = String(decoding: MailReading.base64(line), as: UTF8.self)
    if let login, login.step == 1 {
      self.login = nil
      return check(login.user, text, context)
    }
    login = (1, text)
    say("334 UGFzc3dvcmQ6", context)
  }

  private func check(_ user: String, _ password: String, _ context: ChannelHandlerContext) {
    isAuthenticated = standIn.options.credentials.map { $0 == (user, password) } ?? true
    say(isAuthenticated ? "235 2.7.0 ok" : "535 5.7.8 wrong", context)
  }

  // MARK: The mail itself

  private func take(_ line: [UInt8], _ context: ChannelHandlerContext) {
    guard line != [UInt8(ascii: ".")] else { return finish(context) }
    if standIn.next(.drop) != nil {
      context.close(promise: nil)
      return
    }
    content? += (line.first == UInt8(ascii: ".") ? line.dropFirst() : line[...]) + [13, 10]
    if (content?.count ?? 0) > Self.maximumMail { context.close(promise: nil) }
  }

  private func finish(_ context: ChannelHandlerContext) {
    standIn.received(from: from ?? "", to: recipients, content ?? [])
    (from, recipients, content) = (nil, [], nil)
    if standIn.next(.silent) != nil {
      context.close(promise: nil)
    } else if let seconds = standIn.next(.slow) {
      let channel = context.channel
      context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(seconds)) {
        channel.writeAndFlush(ByteBuffer(string: "250 2.0.0 taken\r\n"), promise: nil)
      }
    } else {
      say("250 2.0.0 taken", context)
    }
  }
}
