import MeshMessages
import MeshRPC
import ProtobufBridge
import Testing

@testable import NotifierService

@Suite("Requests for alerts")
struct AlertRequestTests {
  let mapping = AlertMapping(zones: ZoneDatabase())

  private func request(_ change: (inout NotifierV1.Alert) -> Void = { _ in }) -> NotifierV1.Alert {
    var alert = NotifierV1.Alert()
    alert.subscriber = "ayse"
    alert.subject = .listingId(7)
    alert.rule = .anyChange(NotifierV1.AnyChange())
    change(&alert)
    return alert
  }

  @Test("defaults are those of the contract")
  func defaults() throws {
    let alert = try mapping.alert(request(), now: noon)
    #expect(alert.rearm == .whenFalse)
    #expect(alert.expiresAt == noon + .days(730))
    #expect(alert.quietHours == nil && !alert.isDigest && !alert.isPaused)
  }

  @Test("what is wrong is named, with what was expected")
  func fields() {
    let cases: [(String, (inout NotifierV1.Alert) -> Void)] = [
      ("alert.subscriber", { $0.subscriber = "" }),
      ("alert.subscriber", { $0.subscriber = String(repeating: "x", count: 101) }),
      ("alert.rule", { $0.rule = nil }), ("alert.subject", { $0.subject = nil }),
      ("alert.product_id", { $0.subject = .productId(0) }),
      ("alert.target_price.price", { $0.rule = .targetPrice(NotifierV1.TargetPrice()) }),
      (
        "alert.target_price.price.minor_units",
        { $0.rule = .targetPrice(.with { $0.price = .with { $0.currency = "TRY" } }) }
      ),
      (
        "alert.target_price.price.currency",
        {
          $0.rule = .targetPrice(
            .with {
              $0.price = .with {
                $0.currency = "try"
                $0.minorUnits = 5
              }
            })
        }
      ), ("alert.drop.by", { $0.rule = .drop(NotifierV1.Drop()) }),
      ("alert.drop.basis_points", { $0.rule = .drop(.with { $0.by = .basisPoints(10_000) }) }),
      (
        "alert.drop.counted_from",
        {
          $0.rule = .drop(
            .with {
              $0.by = .basisPoints(10)
              $0.countedFrom = NotifierV1.DropBase(rawValue: 9)
            })
        }
      ), ("alert.lowest_in_days.days", { $0.rule = .lowestInDays(.with { $0.days = 31 }) }),
      ("alert.subject", { $0.rule = .dealInCategory(NotifierV1.DealInCategory()) }),
      (
        "alert.deal_in_category.category",
        {
          $0.subject = nil
          $0.rule = .dealInCategory(.with { $0.category = "/a" })
        }
      ), ("alert.rearm.after", { $0.rearm = .with { $0.mode = .after } }),
      (
        "alert.rearm.after",
        {
          $0.rearm = .with {
            $0.mode = .after
            $0.after = .with { $0.seconds = 59 }
          }
        }
      ), ("alert.rearm.mode", { $0.rearm = .with { $0.mode = NotifierV1.RearmMode(rawValue: 7) } }),
      ("alert.expires_at", { $0.expiresAt = .with { $0.seconds = noon.seconds } }),
      ("alert.quiet_hours.start_minute", { $0.quietHours = .with { $0.startMinute = 1440 } }),
      ("alert.quiet_hours.end_minute", { $0.quietHours = NotifierV1.QuietHours() }),
      (
        "alert.quiet_hours.time_zone",
        {
          $0.quietHours = .with {
            $0.endMinute = 1
            $0.timeZone = "Mars/Olympus"
          }
        }
      ), ("alert.channel_ids", { $0.channelIds = [0] }),
      ("alert.label", { $0.label = String(repeating: "x", count: 201) }),
    ]
    for (field, change) in cases {
      do {
        _ = try mapping.alert(request(change), now: noon)
        Issue.record("\(field) was accepted")
      } catch {
        #expect(error.code == .invalidArgument)
        #expect(error.message.hasPrefix(field + ": "), "\(error.message)")
      }
    }
  }

  @Test("an alert goes through the contract unchanged")
  func roundTrip() throws {
    let message = request {
      $0.rule = .drop(
        .with {
          $0.by = .basisPoints(1500)
          $0.countedFrom = .lastNotified
        })
      $0.rearm = .with {
        $0.mode = .after
        $0.after = .with { $0.seconds = 90 }
      }
      $0.quietHours = .with {
        $0.startMinute = 1380
        $0.endMinute = 480
        $0.timeZone = "Europe/London"
      }
      $0.channelIds = [3, 5]
      $0.label = "hediye"
      $0.dailyDigest = true
    }
    let answer = mapping.message(try mapping.alert(message, now: noon))
    #expect(answer.rule == message.rule)
    #expect(answer.rearm == message.rearm)
    #expect(answer.quietHours == message.quietHours)
    #expect(answer.channelIds == message.channelIds)
    #expect(answer.label == message.label && answer.dailyDigest)
  }

  @Test("a mask names the fields that change, and nothing else")
  func masks() throws {
    #expect(try AlertField.fields(nil) == Set(AlertField.allCases))
    #expect(try AlertField.fields(.with { $0.paths = ["paused", "target_price"] }) == [.paused, .rule])
    #expect(throws: RPCError.self) { try AlertField.fields(.with { $0.paths = ["subscriber"] }) }
  }

  @Test("a new rule forgets what the old one remembered, and revives what had ended")
  func newRule() throws {
    var alert = try mapping.alert(request(), now: noon)
    alert.state.endedAt = noon
    alert.state.listings[7] = AlertState.ListingMemory(holds: true)
    try mapping.set(.rule, of: &alert, to: request { $0.rule = .allTimeLow(NotifierV1.AllTimeLow()) }, now: noon)
    #expect(alert.rule == .allTimeLow && alert.state.endedAt == nil && alert.state.listings.isEmpty)
    #expect(throws: RPCError.self) {
      try mapping.set(
        .rule, of: &alert, to: request { $0.rule = .dealInCategory(NotifierV1.DealInCategory()) }, now: noon)
    }
  }

  @Test("an alert begins with the best price in stock, and knows who has stock")
  func begin() throws {
    let quotes = [
      ListingQuote(listing: 7, price: lira(900), isInStock: false),
      ListingQuote(listing: 8, price: lira(1000), isInStock: true),
      ListingQuote(listing: 9, price: Money(5, "EUR"), isInStock: true),
    ]
    var drop = alert(.drop(.init(by: .amount(lira(10)), base: .priceAtCreation)), subject: .product(3))
    drop.begin(with: quotes)
    #expect(drop.state.basePrice == lira(1000))
    var stock = alert(.backInStock, subject: .product(3))
    stock.begin(with: quotes)
    #expect(Set(stock.state.listings.keys) == [8, 9])
    var none = alert(.anyChange)
    none.begin(with: [])
    #expect(none.state.basePrice == nil)
  }

  @Test("memory goes through its column unchanged")
  func memory() {
    let listings: [Int64: AlertState.ListingMemory] = [
      7: .init(holds: true, outSince: noon, toldPrice: 5), 8: .init(holds: true),
    ]
    #expect(AlertMemory.decode(AlertMemory.encode(listings)) == listings)
    #expect(AlertMemory.text([:]) == "{}")
    #expect(AlertMemory.decode([1, 2, 3]).isEmpty)
  }

  @Test("a silent pricing counts as lag")
  func lag() {
    let start = ContinuousClock.now
    let meter = LagMeter(now: start)
    meter.heard(behind: .seconds(2), at: start)
    #expect(meter.lag(at: start + .seconds(10)) == .seconds(2))
    #expect(meter.lag(at: start + .seconds(60)) == .seconds(62))
    meter.heard(behind: .zero, at: start + .seconds(60))
    #expect(meter.lag(at: start + .seconds(61)) == .zero)
  }
}
