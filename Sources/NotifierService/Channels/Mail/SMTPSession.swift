internal import Sodium

/// The client's side of one connection to a mail server, without I/O (RFC 5321 §4.3): replies go in, and each one says
/// what is to be done next.
struct SMTPSession: Sendable {
  /// One mail to one recipient.
  struct Mail: Sendable {
    var from: MailAddress
    var to: MailAddress
    var message: [UInt8]
  }

  enum Step: Sendable, Equatable {
    case send([UInt8])
    /// TLS begins here; then `upgraded()`.
    case upgrade
    /// The server takes mails.
    case ready
    case finished(SendOutcome)
  }

  private enum State: Sendable {
    case greeting
    case hello
    case startTLS
    case helloOverTLS
    case authentication(challenges: [String])
    case ready
    case sender(Mail)
    case recipient(Mail)
    case data(Mail)
    case content
    /// The mail's fate is known; the server forgets it before the next one comes.
    case reset(SendOutcome)
    case ended
  }

  private let security: MailServer.Security
  private let credentials: MailServer.Credentials?
  /// How we introduce ourselves.
  private let name: String
  private var state = State.greeting
  private var extensions: [String: String] = [:]
  /// Of the mail under way.
  private var recipient = ""
  /// Mails that went over this connection. Servers take a hundred or so.
  private(set) var count = 0
  private static let maximumMails = 50

  init(_ server: MailServer, name: String) {
    security = server.security
    credentials = server.credentials
    self.name = name
  }

  /// Whether another mail may be sent over this connection.
  var isReady: Bool {
    if case .ready = state { count < Self.maximumMails } else { false }
  }

  /// Whether the server may not have seen anything of the mail under way.
  var isUntouched: Bool {
    switch state {
    case .sender, .ready: true
    default: false
    }
  }

  /// Has the mail been given a verdict though the connection is lost since?
  var verdict: SendOutcome? {
    if case .reset(let outcome) = state { outcome } else { nil }
  }

  /// How long the server may take for what it is to do now. RFC 5321 §4.5.3.2 grants minutes; a delivery's lease does
  /// not, and it is tried again.
  var patience: Duration {
    switch state {
    case .content: .seconds(40)
    default: .seconds(20)
    }
  }

  /// What the server was asked for, for errors.
  var phase: String {
    switch state {
    case .greeting: "greet"
    case .hello, .helloOverTLS: "answer EHLO"
    case .startTLS: "begin TLS"
    case .authentication: "take the password"
    case .ready, .ended: "wait"
    case .sender: "take the sender"
    case .recipient: "take the recipient"
    case .data: "wait for the mail"
    case .content: "take the mail"
    case .reset: "forget the mail"
    }
  }

  /// TLS is there; what was said before it does not count (RFC 3207 §4.2).
  mutating func upgraded() -> Step {
    extensions = [:]
    state = .helloOverTLS
    return line("EHLO \(name)")
  }

  /// Begins a mail on a connection that is ready.
  mutating func begin(_ mail: Mail) -> Step {
    if let limit = extensions["SIZE"].flatMap({ Int($0) }), limit > 0, mail.message.count > limit {
      return .finished(.refused("the mail is larger than the mail server takes"))
    }
    count += 1
    recipient = mail.to.text
    state = .sender(mail)
    return line("MAIL FROM:<\(mail.from.text)>")
  }

  /// The end of a connection that is not needed any more.
  mutating func quit() -> Step {
    state = .ended
    return line("QUIT")
  }

  /// - Throws: `SMTPFailure` when the exchange cannot go on.
  mutating func receive(_ reply: SMTPReply) throws(SMTPFailure) -> Step {
    switch state {
    case .greeting:
      guard reply.code == 220 else { throw failure("does not take connections", reply) }
      state = .hello
      return line("EHLO \(name)")
    case .hello, .helloOverTLS: return try hello(reply)
    case .startTLS:
      guard reply.code == 220 else { throw failure("does not begin TLS", reply) }
      return .upgrade
    case .authentication(let challenges): return try authentication(challenges, reply)
    case .sender(let mail):
      // A refused sender is our own, not the recipient's fault: an operator can set it right.
      guard reply.isPositive else { return finish(.failed(text("does not take the sender", reply)), reply) }
      state = .recipient(mail)
      return line("RCPT TO:<\(mail.to.text)>")
    case .recipient(let mail):
      guard reply.isPositive else {
        let text = text("does not take the recipient", reply)
        return finish(reply.isTransient ? .failed(text) : .refused(text), reply)
      }
      state = .data(mail)
      return line("DATA")
    case .data(let mail):
      guard reply.code == 354 else { return finish(outcome(of: reply), reply) }
      state = .content
      return .send(Self.content(of: mail.message))
    case .content:
      if reply.isPositive {
        state = .ready
        return .finished(.accepted)
      }
      return finish(outcome(of: reply), reply)
    case .reset(let outcome):
      state = reply.isPositive ? .ready : .ended
      return .finished(outcome)
    case .ready: throw failure("ends the connection", reply)
    case .ended: throw failure("has ended the connection", reply)
    }
  }

  // MARK: Until the server takes mails

  private mutating func hello(_ reply: SMTPReply) throws(SMTPFailure) -> Step {
    guard reply.code == 250 else { throw failure("does not answer EHLO", reply) }
    for line in reply.lines.dropFirst() {
      let words = line.split(separator: " ", maxSplits: 1)
      guard let keyword = words.first else { continue }
      extensions[keyword.uppercased()] = words.count > 1 ? words[1].uppercased() : ""
    }
    if case .hello = state, security == .startTLS {
      guard extensions["STARTTLS"] != nil else {
        throw SMTPFailure(message: "the mail server offers no STARTTLS; SMTP_TLS=none goes without")
      }
      state = .startTLS
      return line("STARTTLS")
    }
    guard let credentials else {
      state = .ready
      return .ready
    }
    let mechanisms = Set((extensions["AUTH"] ?? "").split(separator: " "))
    if mechanisms.contains("PLAIN") {
      // RFC 4616: no authorization identity, then name and password.
      let secret = [0] + Array(credentials.user.utf8) + [0] + Array(credentials.password.utf8)
      state = .authentication(challenges: [])
      return line("AUTH PLAIN " + Base64.text(secret))
    }
    guard mechanisms.contains("LOGIN") else {
      throw SMTPFailure(message: "the mail server offers neither AUTH PLAIN nor AUTH LOGIN")
    }
    state = .authentication(challenges: [credentials.user, credentials.password])
    return line("AUTH LOGIN")
  }

  private mutating func authentication(_ challenges: [String], _ reply: SMTPReply) throws(SMTPFailure) -> Step {
    if reply.code == 334, let answer = challenges.first {
      state = .authentication(challenges: Array(challenges.dropFirst()))
      return line(Base64.text(Array(answer.utf8)))
    }
    guard reply.code == 235 else {
      // The server's text may repeat what it was told.
      throw SMTPFailure(message: "the mail server does not take SMTP_PASSWORD (\(reply.code))")
    }
    state = .ready
    return .ready
  }

  // MARK: Mails

  /// What a reply to the mail as a whole means.
  private func outcome(of reply: SMTPReply) -> SendOutcome {
    let text = text("does not take the mail", reply)
    return (500..<600).contains(reply.code) ? .refused(text) : .failed(text)
  }

  private mutating func finish(_ outcome: SendOutcome, _ reply: SMTPReply) -> Step {
    // The server closes the connection (RFC 5321 §3.8).
    if reply.code == 421 {
      state = .ended
      return .finished(outcome)
    }
    state = .reset(outcome)
    return line("RSET")
  }

  /// The mail with its lines' dots doubled (RFC 5321 §4.5.2), and the dot that ends it. Every line ends in CRLF: a bare
  /// one of the two could be taken for an end, and what follows for commands.
  static func content(of message: [UInt8]) -> [UInt8] {
    let (carriageReturn, lineFeed, dot) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: "."))
    var content: [UInt8] = []
    content.reserveCapacity(message.count + 64)
    var isLineStart = true
    var previous: UInt8 = 0
    for byte in message {
      defer { previous = byte }
      switch byte {
      case lineFeed where previous == carriageReturn: continue
      case carriageReturn, lineFeed:
        content += [carriageReturn, lineFeed]
        isLineStart = true
      default:
        if isLineStart, byte == dot { content.append(dot) }
        content.append(byte)
        isLineStart = false
      }
    }
    if !isLineStart { content += [carriageReturn, lineFeed] }
    return content + [dot, carriageReturn, lineFeed]
  }

  private func line(_ text: String) -> Step { .send(Array((text + "\r\n").utf8)) }

  /// Servers like to repeat whom a mail is for; logs need not.
  private func text(_ what: String, _ reply: SMTPReply) -> String {
    let said = recipient.isEmpty ? reply.text : reply.text.replacing(recipient, with: "…")
    return "the mail server \(what): \(said)"
  }

  private func failure(_ what: String, _ reply: SMTPReply) -> SMTPFailure {
    SMTPFailure(message: text(what, reply))
  }
}
