package import NIOCore
internal import NIOPosix
internal import Synchronization

/// A stand-in for a mail server: takes every mail by SMTP, keeps it, and fails on demand.
package final class MailStandIn: Sendable {
  /// A mail that came.
  package struct Mail: Sendable, Hashable {
    package var from: String
    package var to: [String]
    package var receivedAt: Int64
    /// As it came, without the doubled dots.
    package var raw: String

    /// The subject as people read it.
    package var subject: String { MailReading.field("subject", of: raw) }
    /// The plain text as people read it.
    package var text: String { MailReading.text(of: raw) }
  }

  /// What goes wrong.
  package enum Fault: String, Sendable, CaseIterable {
    /// 451 to the recipient: come back later.
    case greylist
    /// 550 to the recipient.
    case refuse
    /// The mail is taken, late.
    case slow
    /// The connection breaks off in the middle of the mail.
    case drop
    /// The mail is taken, and the connection breaks off before it is said.
    case silent
  }

  /// What a server has besides.
  package struct Options: Sendable {
    /// Who may send; nil: everyone.
    package var credentials: (user: String, password: String)?
    /// Puts TLS in front of a channel, for STARTTLS; nil: not offered.
    package var startTLS: (@Sendable (any Channel) throws -> Void)?
    /// Puts it there from the first byte.
    package var hasImplicitTLS = false

    package init() {}
  }

  private struct State {
    var mails: [Mail] = []
    var orders: [Fault: (count: Int, seconds: Int64)] = [:]
    var commands: [String] = []
    var connections = 0
    var listener: (any Channel)?
    var children: [ObjectIdentifier: any Channel] = [:]
  }

  let options: Options
  private let state = Mutex(State())
  private let now: @Sendable () -> Int64
  private static let maximumKept = 2_000

  package init(options: Options = Options(), now: @escaping @Sendable () -> Int64 = { MarketClock.now() }) {
    self.options = options
    self.now = now
  }

  /// Listens; returns the port.
  package func start(host: String, port: Int, group: any EventLoopGroup) async throws -> Int {
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        self.opened(channel)
        return channel.eventLoop.makeCompletedFuture {
          if self.options.hasImplicitTLS, let startTLS = self.options.startTLS { try startTLS(channel) }
          try channel.pipeline.syncOperations.addHandler(MailStandInHandler(self))
        }
      }
      .bind(host: host, port: port).get()
    state.withLock { $0.listener = channel }
    return channel.localAddress?.port ?? 0
  }

  package func shutdown() async {
    let channels = state.withLock { state in
      defer { (state.listener, state.children) = (nil, [:]) }
      return [state.listener].compactMap { $0 } + state.children.values
    }
    for channel in channels {
      // One that has ended by itself is closed as well.
      try? await channel.close().get()
    }
  }

  private func opened(_ channel: any Channel) {
    state.withLock {
      $0.connections += 1
      $0.children[ObjectIdentifier(channel)] = channel
    }
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { $0.children[ObjectIdentifier(channel)] = nil }
    }
  }

  // MARK: For people and tests

  package var mails: [Mail] { state.withLock { $0.mails } }
  /// Connections that were opened.
  package var connections: Int { state.withLock { $0.connections } }
  /// Commands that came, in order; of AUTH only the mechanism.
  package var commands: [String] { state.withLock { $0.commands } }

  package func clear() { state.withLock { $0.mails = [] } }

  /// The next `count` mails meet this fault; `seconds` is how late `slow` is.
  package func order(_ fault: Fault, count: Int, seconds: Int64 = 5) {
    state.withLock { $0.orders[fault] = (count, seconds) }
  }

  /// Ends every open connection, as servers do with idle ones.
  package func closeConnections() {
    for channel in state.withLock({ Array($0.children.values) }) { channel.close(promise: nil) }
  }

  // MARK: For connections

  /// Whether this fault is due; counts it. For `slow`: for how long.
  func next(_ fault: Fault) -> Int64? {
    state.withLock { state in
      guard let order = state.orders[fault], order.count > 0 else { return nil }
      state.orders[fault] = order.count > 1 ? (order.count - 1, order.seconds) : nil
      return order.seconds
    }
  }

  func heard(_ command: String) {
    state.withLock { state in
      state.commands.append(command)
      if state.commands.count > Self.maximumKept { state.commands.removeFirst() }
    }
  }

  func received(from: String, to: [String], _ bytes: [UInt8]) {
    let mail = Mail(from: from, to: to, receivedAt: now(), raw: String(decoding: bytes, as: UTF8.self))
    state.withLock { state in
      state.mails.append(mail)
      if state.mails.count > Self.maximumKept { state.mails.removeFirst() }
    }
  }
}
