@testable import NotifierService

let noon = UnixTime(seconds: 1_790_000_000)

func lira(_ whole: Int64, _ kurus: Int64 = 0) -> Money { Money(whole * 100 + kurus, "TRY") }

func alert(
  _ rule: AlertRule, subject: Alert.Subject = .listing(7), rearm: Rearm = .whenFalse, base: Money? = nil,
  paused: Bool = false
) -> Alert {
  var alert = Alert(
    id: 1, subscriber: "ayse", subject: subject, rule: rule, rearm: rearm, expiresAt: noon + Alert.lifetime,
    createdAt: noon)
  alert.state.basePrice = base
  alert.isPaused = paused
  return alert
}

/// A step of a story: an event that many minutes after noon.
struct Step {
  var minute: Int64
  var change: MarketEvent.Change
  var listing: Int64 = 7
  var observedMinute: Int64?
  var category = "elektronik/kulaklik"

  var event: MarketEvent {
    MarketEvent(
      position: EventKey(transaction: 100, sequence: minute), occurredAt: noon + .minutes(minute),
      observedAt: noon + .minutes(observedMinute ?? minute), listing: listing, product: 3, shop: "demo",
      title: "Kulaklık", category: category, url: "https://shop.test/p/7", change: change)
  }

  static func price(
    _ minute: Int64, _ price: Money, old: Money? = nil, _ availability: Availability = .inStock, listing: Int64 = 7,
    low: Money? = nil, isAllTimeLow: Bool = false, observed: Int64? = nil
  ) -> Step {
    Step(
      minute: minute,
      change: .price(
        PriceChange(
          oldPrice: old, price: price, availability: availability, isAllTimeLow: isAllTimeLow, lowest30Days: low,
          lowest90Days: low, lowest365Days: low)), listing: listing, observedMinute: observed)
  }

  static func stock(
    _ minute: Int64, _ availability: Availability, from old: Availability = .unknown, price: Money? = lira(900),
    listing: Int64 = 7
  ) -> Step {
    Step(
      minute: minute, change: .stock(StockChange(oldAvailability: old, availability: availability, price: price)),
      listing: listing)
  }

  static func deal(
    _ minute: Int64, discount: Int, _ verdict: Verdict = .genuine, category: String = "elektronik/kulaklik"
  ) -> Step {
    Step(
      minute: minute,
      change: .deal(
        DealOpening(
          id: minute, price: lira(900), previousPrice: lira(1200),
          summary: DealSummary(realDiscount: discount, verdict: verdict))), category: category)
  }
}

/// Feeds the steps one after another and tells what became of each.
func play(_ alert: Alert, _ steps: [Step]) -> [AlertDecision.Outcome] {
  var alert = alert
  return steps.map { step in
    let decision = alert.decide(on: step.event)
    alert.state = decision.state
    return decision.outcome
  }
}

/// As `play`, short: which steps fired.
func fires(_ alert: Alert, _ steps: [Step]) -> [Bool] {
  play(alert, steps).map { if case .fire = $0 { true } else { false } }
}
