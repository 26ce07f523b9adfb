internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// What a `FaultyProxy` is to do wrong, and its connections; any thread.
final class ProxyState: Sendable {
  enum Direction {
    case request
    case reply
  }

  struct Faults {
    var delay: TimeAmount?
    var swallows: Set<Direction> = []
    var refuses = false
    var replyBytesUntilCut: Int?
  }

  private let current = Mutex(Faults())
  private let open = Mutex<[ObjectIdentifier: any Channel]>([:])
  private let arrived = Mutex(0)

  /// Bytes that clients have sent, delivered or not.
  var requestByteCount: Int { arrived.withLock { $0 } }

  func countRequest(_ count: Int) { arrived.withLock { $0 += count } }

  var faults: Faults { current.withLock { $0 } }

  func change(_ change: (inout Faults) -> Void) { current.withLock { change(&$0) } }

  /// The open channels, two for each connection.
  var channels: [any Channel] { open.withLock { Array($0.values) } }

  func track(_ channel: any Channel) {
    open.withLock { $0[ObjectIdentifier(channel)] = channel }
    channel.closeFuture.whenComplete { _ in
      self.open.withLock { $0[ObjectIdentifier(channel)] = nil }
    }
  }

  /// How many of `count` bytes of a reply may pass before the cut; nil when there is none among them.
  func takeCut(in count: Int) -> Int? {
    current.withLock { faults in
      guard let left = faults.replyBytesUntilCut else { return nil }
      faults.replyBytesUntilCut = left < count ? nil : left - count
      return left < count ? left : nil
    }
  }
}

/// Closes with RST instead of FIN: that is what a linger time of zero does.
func reset(_ channel: any Channel) {
  guard let options = channel as? any SocketOptionProvider else {
    channel.close(promise: nil)
    return
  }
  options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
}
