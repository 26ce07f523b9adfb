internal import NIOCore

/// Drives a session over a channel: one mail at a time, each phase within its time.
final class SMTPHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What someone waits for: that the server takes mails (nil), or what became of a mail.
  typealias Waiter = EventLoopPromise<SendOutcome?>

  private var session: SMTPSession
  private var reader = SMTPReplyReader()
  private let upgrade: (any Channel) throws -> Void
  private var context: ChannelHandlerContext?
  private var waiter: Waiter?
  private var deadline = NIODeadline.distantFuture
  private var timer: Scheduled<Void>?
  private var failure: SMTPFailure?

  /// How long a connection that has nothing to do is kept.
  private static let idleTime = TimeAmount.seconds(20)

  /// - Parameter upgrade: puts TLS in front of a channel.
  init(_ session: SMTPSession, upgrade: @escaping (any Channel) throws -> Void) {
    self.session = session
    self.upgrade = upgrade
  }

  /// Whether another mail may be sent.
  var isReady: Bool { failure == nil && context != nil && session.isReady }

  /// Waits until the server takes mails, `deadline` at most.
  func open(until deadline: NIODeadline, _ waiter: Waiter) {
    if let failure { return waiter.fail(failure) }
    // The server may have been quicker than the task that waits for it.
    if isReady { return waiter.succeed(nil) }
    self.waiter = waiter
    self.deadline = deadline
    watch()
  }

  /// Sends a mail on a connection that is ready. Fails with `SMTPUntouched` when the server cannot have seen it.
  func send(_ mail: SMTPSession.Mail, until deadline: NIODeadline, _ waiter: Waiter) {
    guard isReady else { return waiter.fail(SMTPUntouched()) }
    self.waiter = waiter
    self.deadline = deadline
    perform(session.begin(mail))
  }

  /// Says goodbye and closes.
  func quit() {
    guard let context, failure == nil else { return }
    perform(session.quit())
    end(Self.ended)
    context.close(promise: nil)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(Self.ended)
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    reader.feed(unwrapInboundIn(data).readableBytesView)
    do {
      while failure == nil, let reply = try reader.next() { perform(try session.receive(reply)) }
    } catch {
      end(error)
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(Self.ended)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The library's words may hold certificates' names, which say what is wrong, and nothing secret.
    end(SMTPFailure(message: "the connection to the mail server broke: " + "\(error)".tamed(limit: 200)))
    context.close(promise: nil)
  }

  private static let ended = SMTPFailure(message: "the mail server closed the connection")

  private func perform(_ step: SMTPSession.Step) {
    guard let context else { return }
    switch step {
    case .send(let bytes):
      context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
      watch()
    case .upgrade:
      // What came in clear text after the server's consent was slipped in by someone else (RFC 3207 §6).
      guard reader.isEmpty else {
        end(SMTPFailure(message: "the mail server said something between STARTTLS and TLS"))
        context.close(promise: nil)
        return
      }
      do {
        try upgrade(context.channel)
        perform(session.upgraded())
      } catch {
        errorCaught(context: context, error: error)
      }
    case .ready: settle(nil)
    case .finished(let outcome): settle(outcome)
    }
  }

  private func settle(_ outcome: SendOutcome?) {
    let waiter = waiter
    self.waiter = nil
    if session.isReady { rest() } else { quit() }
    waiter?.succeed(outcome)
  }

  /// The server has its time for the phase, and all phases together have theirs.
  private func watch() {
    let amount = min(TimeAmount(session.patience), max(.zero, deadline - .now()))
    schedule(in: amount) { handler in
      handler.end(SMTPFailure(message: "the mail server did not \(handler.session.phase) in time"), isLoss: false)
      handler.context?.close(promise: nil)
    }
  }

  private func rest() { schedule(in: Self.idleTime) { $0.quit() } }

  private func schedule(in amount: TimeAmount, _ action: @escaping (SMTPHandler) -> Void) {
    timer?.cancel()
    guard let context else { return }
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: amount) { [weak self] in
      if let self { action(self) }
    }
  }

  /// The end of the exchange, whoever is to blame; tells who waits.
  ///
  /// - Parameter isLoss: the connection has gone, and not our patience.
  private func end(_ reason: SMTPFailure, isLoss: Bool = true) {
    guard failure == nil else { return }
    failure = reason
    timer?.cancel()
    let waiter = waiter
    self.waiter = nil
    if let verdict = session.verdict {
      waiter?.succeed(verdict)
    } else if isLoss, session.isUntouched {
      waiter?.fail(SMTPUntouched())
    } else {
      waiter?.fail(reason)
    }
  }
}

/// A kept connection had ended before the server saw anything of the mail: another connection may send it.
struct SMTPUntouched: Error {}
