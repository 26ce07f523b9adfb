import EventLog
import HTTPTransport
import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOEmbedded
import ProtobufBridge

@testable import EdgeGateway

/// A stream that keeps what it is sent. How much of it waits is for the test to say.
final class FakeStream: HTTPStream, @unchecked Sendable {
  let eventLoop: any EventLoop
  let connection: HTTPConnectionInfo
  var delegate: (any HTTPStreamDelegate)?
  var enforcesBodyTimeout = true
  var outboundBufferedBytes = 0
  private(set) var text = ""
  private(set) var hasEnded = false
  private(set) var isReset = false

  init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    connection = HTTPConnectionInfo(
      version: .http2, remoteAddress: nil, localAddress: nil, peerIdentity: nil, isSecure: false,
      executor: EventLoopExecutor(eventLoop))
  }

  func send(head: HeaderBlock, endStream: Bool) {}

  func send(data: ByteBuffer, endStream: Bool) {
    text += String(buffer: data)
    if endStream {
      hasEnded = true
      delegate?.streamClosed(.completed)
    }
  }

  func send(trailers: HeaderBlock) {}

  func reset(_ code: HTTP2ErrorCode) {
    isReset = true
    delegate?.streamClosed(.reset(code, byPeer: false))
  }

  func consumed(_ bytes: Int) {}

  /// The ids of the events that came, in order.
  var ids: [String] {
    let blocks = text.components("\n\n").filter { $0.contains("event: deal.") }
    return blocks.compactMap { block in
      block.components("\n").first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }
  }

  func forget() { text = "" }
}

extension String {
  /// The parts between a separator.
  func components(_ separator: String) -> [String] { self.split(separator: separator).map(String.init) }
}

/// One event loop's registry, driven by hand.
struct LiveFixture {
  let loop = EmbeddedEventLoop()
  let live: LiveLoop
  let places: LivePlaces

  init(_ change: (inout LiveConfiguration) -> Void = { _ in }) throws {
    var configuration = LiveConfiguration()
    change(&configuration)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let history = LiveHistory(
      PricingV1.PricingService.Client(try FakeServices().channel()), configuration: configuration, logger: logger)
    let metrics = LiveMetrics()
    live = LiveLoop(loop, configuration: configuration, history: history, metrics: metrics, logger: logger)
    places = LivePlaces(configuration, metrics)
  }

  static func position(_ number: Int64) -> EventPosition { EventPosition(transaction: 100, sequence: number) }

  static func deal(
    _ number: Int64, category: String = "elektronik", shop: String = "shop-a", discount: UInt32 = 1000,
    isClosed: Bool = false, title: String = ""
  ) -> PricingV1.PricingEvent {
    var deal = PricingV1.Deal.with {
      $0.id = number
      $0.productId = 7
      $0.category = category
      $0.shop = shop
      $0.realDiscountBasisPoints = discount
      $0.verdict = .genuine
      $0.productTitle = title
    }
    deal.openedAt = GoogleProtobuf.Timestamp(seconds: 1, nanos: 0)
    deal.updatedAt = deal.openedAt
    return event(number, isClosed ? .dealClosed(deal) : .dealOpened(deal))
  }

  static func price(_ number: Int64, product: Int64, category: String = "elektronik/kulaklik") -> PricingV1.PricingEvent
  {
    event(number, .priceChanged(.with { ($0.productId, $0.category) = (product, category) }))
  }

  private static func event(_ number: Int64, _ change: PricingV1.PricingEvent.Change) -> PricingV1.PricingEvent {
    var event = PricingV1.PricingEvent()
    event.position = CommonV1.EventPosition(transaction: 100, sequence: number)
    event.change = change
    return event
  }

  /// What the hub does with a batch.
  func receive(_ events: [PricingV1.PricingEvent], horizon: Int64? = nil, at now: Int64 = 0) throws {
    let last = events.last?.position?.sequence ?? 0
    try receiveOnly(events, horizon: horizon ?? last, at: now)
    loop.run()
  }

  /// The same without letting the loop go round.
  func receiveOnly(_ events: [PricingV1.PricingEvent], horizon: Int64, at now: Int64 = 0) throws {
    live.receive(try events.compactMap { try LiveEvent($0, receivedAt: now) }, horizon: Self.position(horizon))
  }

  func connect(_ interest: DealInterest = DealInterest(), after: Int64? = nil) throws -> FakeStream {
    let stream = FakeStream(loop)
    stream.delegate = live.accept(
      stream, place: try places.take(.local, isExempt: false), interest: interest, after: after.map(Self.position))
    loop.run()
    return stream
  }

  /// Lets a whole heartbeat pass.
  func beat() { loop.advanceTime(by: .milliseconds(live.configuration.heartbeat + 100)) }
}
