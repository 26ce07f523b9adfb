/// What a batch means for one alert.
struct AlertJudgement: Sendable {
  let original: Alert
  /// With what it remembers now.
  private(set) var alert: Alert
  private(set) var fires: [(event: MarketEvent, reason: FireReason)] = []
  private(set) var holds: [AlertDecision.HoldReason] = []

  init(_ alert: Alert, _ batch: EventBatch, told: Set<ToldDeal>, canTell: Bool) {
    original = alert
    self.alert = alert
    // Deals told within this very batch.
    var toldNow: Set<Int64> = []
    for event in batch.events(for: alert) {
      var current = self.alert
      current.isPaused = alert.isPaused || !canTell
      var wasTold = false
      if case .deal(let deal) = event.change {
        wasTold = toldNow.contains(deal.id) || told.contains(ToldDeal(alert: alert.id, deal: deal.id))
      }
      let decision = current.decide(on: event, wasDealTold: wasTold)
      self.alert.state = decision.state
      switch decision.outcome {
      case .nothing: break
      case .hold(let reason): holds.append(reason)
      case .fire(let reason):
        fires.append((event, reason))
        if case .deal(let deal) = event.change { toldNow.insert(deal.id) }
      }
    }
  }
}
