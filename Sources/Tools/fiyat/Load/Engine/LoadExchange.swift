import HTTPTransport
import NIOCore

/// A request of a load test and what has come of it so far. On its worker's event loop only.
final class LoadExchange: HTTPStreamDelegate {
  let endpoint: Int
  /// Nil in open loop.
  let user: Int?
  /// When it should have been sent.
  let due: NIODeadline
  let link: LoadLink
  private let worker: LoadWorker
  var stream: (any HTTPStream)?
  private(set) var isDone = false
  private(set) var outcome = LoadOutcome(nanoseconds: 0)

  init(endpoint: Int, user: Int?, due: NIODeadline, link: LoadLink, worker: LoadWorker) {
    self.endpoint = endpoint
    self.user = user
    self.due = due
    self.link = link
    self.worker = worker
  }

  func streamReceived(head: HeaderBlock, endStream: Bool) {
    outcome.status = head[":status"].flatMap { Int($0) }
    outcome.cache = Self.sight(head)
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    outcome.bytes += data.readableBytes
    stream?.consumed(data.readableBytes)
  }

  func streamReceived(trailers: HeaderBlock) {}

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    switch reason {
    case .completed:
      if let status = outcome.status { finish(LoadFault(status: status)) } else { finish(.malformed) }
    case .reset(.protocolError, byPeer: false): finish(.malformed)
    case .reset: finish(.reset)
    case .connectionLost: finish(.lost)
    }
  }

  /// Gives it up: it has taken too long.
  func expire() {
    let stream = stream
    finish(.timeout)
    stream?.reset(.cancel)
  }

  private func finish(_ fault: LoadFault?) {
    guard !isDone else { return }
    isDone = true
    stream = nil
    outcome.fault = fault
    switch fault {
    // Statuses of answers that were broken off are none.
    case .malformed, .reset, .lost, .connect, .timeout: outcome.status = nil
    case .refused, .limited, .broken, .otherStatus, nil: break
    }
    if outcome.status == nil { outcome.cache = .untold }
    worker.finished(self)
  }

  /// What the gateway says in `Cache-Status` (RFC 9211): a hit bears this parameter, all else was forwarded.
  static func sight(_ head: HeaderBlock) -> EndpointFigures.CacheSight {
    guard let index = head.firstIndex(of: "cache-status") else { return .untold }
    return head.withValue(at: index) { value in
      let parameters = value.split(separator: UInt8(ascii: ";")).dropFirst()
      let isHit = parameters.contains { parameter in
        parameter.drop { $0 == UInt8(ascii: " ") }.elementsEqual("hit".utf8)
      }
      return isHit ? .hit : .miss
    }
  }

  func settled(at now: NIODeadline) -> LoadOutcome {
    var outcome = outcome
    outcome.nanoseconds = (now - due).nanoseconds
    return outcome
  }
}
