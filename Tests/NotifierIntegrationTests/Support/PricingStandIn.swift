import Glibc
import HTTPTransport
import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import ProtobufBridge
import Synchronization

/// Pricing as far as the service asks it: events that a test appends, over real RPC.
final class PricingStandIn: PricingV1.PricingService.Handler {
  private struct State {
    var events: [PricingV1.PricingEvent] = []
    var prices: [PricingV1.ListingPrice] = []
    var waiters: [AsyncStream<Void>.Continuation] = []
  }

  private let state = Mutex(State())

  /// Appends events as one transaction.
  func append(_ changes: [PricingV1.PricingEvent.Change]) {
    let waiters = state.withLock { state in
      let transaction = UInt64(1000 + state.events.count)
      for (index, change) in changes.enumerated() {
        var event = PricingV1.PricingEvent()
        event.position = .with {
          $0.transaction = transaction
          $0.sequence = Int64(state.events.count + index + 1)
        }
        event.occurredAt = .now
        event.change = change
        state.events.append(event)
      }
      return state.waiters
    }
    for waiter in waiters { waiter.yield() }
  }

  func setPrices(_ prices: [PricingV1.ListingPrice]) { state.withLock { $0.prices = prices } }

  static func withServer<Value>(_ body: (PricingStandIn, String) async throws -> Value) async throws -> Value {
    let standIn = PricingStandIn()
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0)),
      handler: try RPCServer(services: [PricingV1.PricingService.definition(standIn)]),
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "pricing-stand-in"))
    let port = try await server.start().port ?? 0
    do {
      let value = try await body(standIn, "127.0.0.1:\(port)")
      await server.shutdown(grace: .zero)
      return value
    } catch {
      await server.shutdown(grace: .zero)
      throw error
    }
  }

  func subscribe(
    _ request: CommonV1.SubscribeRequest, responses: ResponseWriter<PricingV1.SubscribeResponse>, context: ServerContext
  ) async throws {
    let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    state.withLock { $0.waiters.append(continuation) }
    continuation.yield()
    var after = request.after?.sequence ?? 0
    let partitions = Set(request.partitions)
    for await _ in wakes {
      let all = state.withLock { $0.events }
      let fresh = all.filter { ($0.position?.sequence ?? 0) > after && partitions.contains($0.partition) }
      guard let last = all.last?.position else { continue }
      try await responses.write(
        .with {
          $0.events = fresh
          $0.horizon = last
        })
      after = last.sequence
    }
  }

  func getPrices(
    _ request: PricingV1.GetPricesRequest, context: ServerContext
  ) async throws -> PricingV1.GetPricesResponse {
    let prices = state.withLock { $0.prices }
    return .with {
      $0.prices = prices.filter {
        request.productIds.contains($0.productId) || request.listingIds.contains($0.listingId)
      }
    }
  }

  func listDeals(
    _ request: PricingV1.ListDealsRequest, context: ServerContext
  ) async throws -> PricingV1.ListDealsResponse {
    PricingV1.ListDealsResponse()
  }

  private static let unasked = RPCError(code: .unimplemented, message: "not asked by the notifier")

  func recordObservations(
    _ requests: RequestStream<PricingV1.RecordObservationsRequest>, context: ServerContext
  ) async throws -> PricingV1.RecordObservationsResponse { throw Self.unasked }
  func getPriceHistory(
    _ request: PricingV1.GetPriceHistoryRequest, context: ServerContext
  ) async throws -> PricingV1.GetPriceHistoryResponse { throw Self.unasked }
  func getPriceStatistics(
    _ request: PricingV1.GetPriceStatisticsRequest, context: ServerContext
  ) async throws -> PricingV1.PriceStatistics { throw Self.unasked }
  func getDeal(_ request: PricingV1.GetDealRequest, context: ServerContext) async throws -> PricingV1.Deal {
    throw Self.unasked
  }
  func streamDeals(
    _ request: PricingV1.StreamDealsRequest, responses: ResponseWriter<PricingV1.StreamDealsResponse>,
    context: ServerContext
  ) async throws { throw Self.unasked }
  func checkNow(_ request: PricingV1.CheckNowRequest, context: ServerContext) async throws -> PricingV1.CheckNowResponse
  {
    throw Self.unasked
  }
}

extension GoogleProtobuf.Timestamp {
  static var now: GoogleProtobuf.Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return .with {
      $0.seconds = Int64(time.tv_sec)
      $0.nanos = Int32(time.tv_nsec)
    }
  }
}

/// A new price of a listing, in kuruş.
func price(
  _ kurus: Int64, old: Int64? = nil, listing: Int64 = 7, product: Int64 = 3
) -> PricingV1.PricingEvent.Change {
  .priceChanged(
    .with {
      $0.listingId = listing
      $0.productId = product
      $0.shop = "demo"
      $0.productTitle = "Sony WH-1000XM5"
      $0.category = "elektronik/kulaklik"
      $0.url = "https://shop.test/p/\(listing)"
      $0.price = lira(kurus)
      $0.oldPrice = old.map { lira($0) }
      $0.availability = .inStock
      $0.observedAt = .now
    })
}

func lira(_ kurus: Int64) -> CommonV1.Money {
  .with {
    $0.currency = "TRY"
    $0.minorUnits = kurus
  }
}
