internal import EventLog
internal import MeshMessages
internal import NIOCore
internal import Synchronization

/// Something that happened in pricing, as live clients are told of it. What is sent is made once, whoever gets it.
final class LiveEvent: Sendable {
  enum Kind: String, Sendable {
    case dealOpened = "deal.opened"
    case dealChanged = "deal.changed"
    case dealClosed = "deal.closed"
    case priceChanged = "price.changed"
    case stockChanged = "stock.changed"
  }

  /// What filters look at.
  struct DealFacts: Sendable {
    let shop: String
    let discount: UInt32
    let verdict: CommonV1.Verdict
  }

  private enum Source: Sendable {
    case price(PricingV1.PriceChanged)
    case stock(PricingV1.StockChanged)
  }

  private struct Frames {
    var source: Source?
    var json: ByteBuffer?
    var stream: ByteBuffer?
    var socket: ByteBuffer?
  }

  let position: EventPosition
  let kind: Kind
  let productID: Int64
  let category: String
  /// Nil for what is no deal's.
  let deal: DealFacts?
  /// When it came, in milliseconds of `CacheClock`.
  let receivedAt: Int64
  /// About how many bytes a deal's event holds once it has been sent to clients of both kinds.
  let byteCount: Int
  private let frames: Mutex<Frames>

  /// Nil for an event that clients are not told of.
  ///
  /// - Throws: `ProtobufError` for a deal that has no JSON form, which pricing should not send.
  init?(_ event: PricingV1.PricingEvent, receivedAt: Int64) throws {
    guard let position = event.position, let change = event.change else { return nil }
    self.position = EventPosition(transaction: position.transaction, sequence: position.sequence)
    self.receivedAt = receivedAt
    var made = Frames()
    switch change {
    case .priceChanged(let changed):
      (kind, productID, category, deal) = (.priceChanged, changed.productId, changed.category, nil)
      made.source = .price(changed)
    case .stockChanged(let changed):
      (kind, productID, category, deal) = (.stockChanged, changed.productId, changed.category, nil)
      made.source = .stock(changed)
    case .dealOpened(let opened):
      // Judged anew after a further cut, it is told as opened once more.
      kind = opened.updatedAt == opened.openedAt ? .dealOpened : .dealChanged
      (productID, category, deal) = (opened.productId, opened.category, DealFacts(opened))
      made.json = ByteBuffer(bytes: try GatewayJSON.bytes(opened))
    case .dealClosed(let closed):
      (kind, productID, category, deal) = (.dealClosed, closed.productId, closed.category, DealFacts(closed))
      made.json = ByteBuffer(bytes: try GatewayJSON.bytes(closed))
    }
    byteCount = 3 * (made.json?.readableBytes ?? 0) + 512
    frames = Mutex(made)
  }

  /// As a server-sent event (HTML standard §9.2.6).
  ///
  /// - Throws: `ProtobufError` for a message that has no JSON form, which no service should send.
  func streamFrame() throws -> ByteBuffer {
    try frames.withLock { frames in
      if let made = frames.stream { return made }
      let json = try Self.json(&frames)
      var buffer = ByteBuffer()
      buffer.reserveCapacity(json.readableBytes + 96)
      buffer.writeString("id: \(EventID.text(position))\nevent: \(kind.rawValue)\ndata: ")
      buffer.writeImmutableBuffer(json)
      buffer.writeString("\n\n")
      frames.stream = buffer
      return buffer
    }
  }

  /// As a message of a WebSocket, in its frame.
  ///
  /// - Throws: as `streamFrame`.
  func socketFrame() throws -> ByteBuffer {
    try frames.withLock { frames in
      if let made = frames.socket { return made }
      let json = try Self.json(&frames)
      var text = ByteBuffer()
      text.reserveCapacity(json.readableBytes + 96)
      text.writeString("{\"type\":\"\(kind.rawValue)\",\"id\":\"\(EventID.text(position))\",\"data\":")
      text.writeImmutableBuffer(json)
      text.writeString("}")
      let buffer = SocketFrame.text(text)
      frames.socket = buffer
      return buffer
    }
  }

  private static func json(_ frames: inout Frames) throws -> ByteBuffer {
    if let made = frames.json { return made }
    let bytes =
      switch frames.source {
      case .price(let changed)?: try GatewayJSON.bytes(changed)
      case .stock(let changed)?: try GatewayJSON.bytes(changed)
      case nil: Array("{}".utf8)
      }
    let json = ByteBuffer(bytes: bytes)
    frames.json = json
    frames.source = nil
    return json
  }
}

extension LiveEvent.DealFacts {
  init(_ deal: PricingV1.Deal) {
    self.init(shop: deal.shop, discount: deal.realDiscountBasisPoints, verdict: deal.verdict)
  }
}

/// The ids of events: where they stand in pricing's log. Clients keep them and hand them back, and look into them no
/// further.
enum EventID {
  /// Longer ones are none of ours.
  static let maximumBytes = 40

  static func text(_ position: EventPosition) -> String { "\(position.transaction)-\(position.sequence)" }

  /// Nil for what is no id.
  static func position(_ text: String) -> EventPosition? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.utf8.count <= maximumBytes, parts.count == 2,
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let transaction = UInt64(parts[0]), transaction <= UInt64(Int64.max), let sequence = Int64(parts[1])
    else { return nil }
    return EventPosition(transaction: transaction, sequence: sequence)
  }
}
