/// A listing within one batch: what is known of it, what arrived, and what came out.
struct ListingWork: Sendable {
  let id: Int64
  let currency: String
  /// Of the state that was read.
  let version: Int64
  /// Where the state that was read lies in its table (`ctid`).
  let place: String
  var fold: ListingFold
  /// The deal whose end by time alone has been told, and the end.
  var announced: Announced?
  /// Places of the arrivals in the batch, and what they are.
  var places: [Int] = []
  var arrivals: [Observation] = []
  var known: [Moment: Observation] = [:]
  var settlement: Settlement?
  /// The listing's whole record, where it must be folded anew.
  var record: [Recorded]?
  var storedDeals: [StoredDeal] = []

  // What is to be written.
  var inserted: [Recorded] = []
  var roleUpdates: [FoldStep.Resolved] = []
  var changes: [ListingChange] = []
  var dealRows: [Moment: Deal] = [:]
  var vanishedDeals: [Int64] = []
  /// Of `dealRows`, those that the table does not have yet.
  var addedDeals: Set<Int64> = []
  var isTouched = false

  struct Announced: Hashable, Sendable {
    var deal: Int64
    var at: Moment
  }

  /// An observation and its role.
  struct Recorded: Hashable, Sendable {
    var observation: Observation
    var role: ObservationRole
  }

  struct StoredDeal: Sendable {
    var id: Int64
    var openedAt: Moment
    var closedAt: Moment?
    var facts: [UInt8]
  }

  init(id: Int64, currency: String, version: Int64, place: String, fold: ListingFold, announced: Announced?) {
    self.id = id
    self.currency = currency
    self.version = version
    self.place = place
    self.fold = fold
    self.announced = announced
  }

  /// Whether something arrived that is not younger than all that is known.
  var hasOld: Bool {
    guard let last = fold.lastObservedAt else { return false }
    return arrivals.contains { $0.at <= last }
  }

  /// Decides what is new.
  mutating func settle() {
    settlement = Settlement(arrivals, known: known)
  }

  /// Whether the listing must be folded anew.
  var needsReplay: Bool {
    guard let settlement, let last = fold.lastObservedAt else { return false }
    return settlement.added.first.map { $0.at <= last } ?? false
  }

  /// Whether the fold lacks points that what is new may ask for.
  var needsHistory: Bool {
    guard let settlement, !needsReplay else { return false }
    return settlement.added.contains { fold.needsHistory(for: $0) }
  }

  /// Folds what is new.
  mutating func run(rules: DealRules) {
    guard let settlement, !settlement.added.isEmpty else { return }
    isTouched = true
    if let record {
      replay(record, settlement, rules)
    } else {
      advance(settlement, rules)
    }
  }

  private mutating func advance(_ settlement: Settlement, _ rules: DealRules) {
    inserted.reserveCapacity(settlement.added.count)
    var heldPlace: Int?
    for observation in settlement.added {
      let step = fold.take(observation, rules: rules)
      if let resolved = step.resolved {
        if let place = heldPlace, inserted[place].observation.at == resolved.at {
          inserted[place].role = resolved.role
        } else {
          roleUpdates.append(resolved)
        }
      }
      if step.role == .unconfirmed { heldPlace = inserted.count }
      inserted.append(Recorded(observation: observation, role: step.role))
      changes += step.changes
    }
    for case .deal(let change) in changes { note(change) }
  }

  private mutating func note(_ change: DealTracker.Change) {
    switch change {
    case .opened(let deal), .closed(let deal), .marked(let deal): dealRows[deal.openedAt] = deal
    }
  }

  private mutating func replay(_ record: [Recorded], _ settlement: Settlement, _ rules: DealRules) {
    let before = fold
    let gone = Set(settlement.displaced.map(\.at))
    let kept = record.filter { !gone.contains($0.observation.at) }
    let all = (kept.map(\.observation) + settlement.added).sorted { $0.at < $1.at }
    let (fold, roles, replayed) = ListingFold.replay(all, rules: rules)
    self.fold = fold
    let added = Set(settlement.added.map(\.at))
    let old = Dictionary(kept.map { ($0.observation.at, $0.role) }, uniquingKeysWith: { first, _ in first })
    for (observation, role) in zip(all, roles) {
      if added.contains(observation.at) {
        inserted.append(Recorded(observation: observation, role: role))
      } else if old[observation.at] != role {
        roleUpdates.append(.init(at: observation.at, role: role))
      }
    }
    compare(before, replayed)
  }

  /// After a replay: others are told how the present differs, not how the past was corrected.
  private mutating func compare(_ before: ListingFold, _ replayed: [ListingChange]) {
    for case .deal(let change) in replayed { note(change) }
    matchDeals()
    if fold.price != before.price {
      for case .price(var change) in replayed.reversed() {
        change.old = before.price
        changes.append(.price(change))
        break
      }
    }
    if let old = before.timeline.last?.availability, let last = fold.timeline.last, last.availability != old {
      changes.append(
        .stock(StockChange(at: last.at, old: old, availability: last.availability, price: fold.price)))
    }
  }

  /// Gives deals that were found again the ids that they had, and forgets those that never were.
  private mutating func matchDeals() {
    var ids: [Moment: Int64] = [:]
    var unmatched: [StoredDeal] = []
    for stored in storedDeals {
      if dealRows[stored.openedAt] != nil { ids[stored.openedAt] = stored.id } else { unmatched.append(stored) }
    }
    // A deal that is open, before and after, is the same one even if it began at another time.
    if let open = fold.deals.deal, ids[open.openedAt] == nil,
      let index = unmatched.firstIndex(where: { $0.closedAt == nil })
    {
      ids[open.openedAt] = unmatched.remove(at: index).id
    }
    vanishedDeals = unmatched.map(\.id)
    let wasOpen = Set(storedDeals.filter { $0.closedAt == nil }.map(\.id))
    let facts = Dictionary(storedDeals.map { ($0.id, $0.facts) }, uniquingKeysWith: { first, _ in first })
    for (openedAt, deal) in dealRows.sorted(by: { $0.key < $1.key }) {
      guard let id = ids[openedAt] else {
        if deal.closure == nil { changes.append(.deal(.opened(deal))) }
        continue
      }
      var known = deal
      known.id = id
      dealRows[openedAt] = known
      if fold.deals.deal?.openedAt == openedAt { fold.deals.deal?.id = id }
      if deal.closure != nil {
        if wasOpen.contains(id) { changes.append(.deal(.closed(known))) }
      } else if facts[id] != known.packed() {
        changes.append(.deal(.opened(known)))
      }
    }
  }

  /// How many deals have no id yet.
  var newDeals: Int { dealRows.values.count { $0.id == 0 } }

  /// Gives the deals without an id one from `next`.
  mutating func assignIDs(_ next: inout ArraySlice<Int64>) {
    var ids: [Moment: Int64] = [:]
    for openedAt in dealRows.filter({ $0.value.id == 0 }).keys.sorted() {
      guard let id = next.popFirst() else { return }
      ids[openedAt] = id
      dealRows[openedAt]?.id = id
      addedDeals.insert(id)
    }
    guard !ids.isEmpty else { return }
    if let deal = fold.deals.deal, deal.id == 0, let id = ids[deal.openedAt] { fold.deals.deal?.id = id }
    for index in changes.indices { changes[index].setDealID(ids) }
  }

  /// Lets time pass up to `now`, which may end the deal; told once.
  mutating func project(to now: Moment) {
    let (_, ended) = fold.projected(to: max(now, fold.lastObservedAt ?? now))
    changes.removeAll { change in
      guard case .deal(.closed(let deal)) = change, let closure = deal.closure else { return false }
      return announced == Announced(deal: deal.id, at: closure.at)
    }
    var announcing: Announced?
    for case .closed(let deal) in ended {
      guard let closure = deal.closure else { continue }
      dealRows[deal.openedAt] = deal
      announcing = Announced(deal: deal.id, at: closure.at)
      if announcing != announced { changes.append(.deal(.closed(deal))) }
    }
    if announcing == nil, let was = announced?.deal, let deal = fold.deals.deal, deal.id == was,
      !changes.contains(where: { if case .deal(.opened(let told)) = $0 { told.id == was } else { false } })
    {
      // What is known now says that it did not end.
      changes.append(.deal(.opened(deal)))
      dealRows[deal.openedAt] = deal
    }
    if announcing != announced { isTouched = true }
    announced = announcing
  }

  /// Ends the deal because the catalogue dropped the listing.
  mutating func drop(at moment: Moment) {
    // Also without a deal: a batch that has read the state must see that the listing went.
    isTouched = true
    let ended = fold.deals.remove(at: max(moment, fold.lastObservedAt ?? moment))
    for case .closed(let deal) in ended {
      dealRows[deal.openedAt] = deal
      if announced?.deal != deal.id { changes.append(.deal(.closed(deal))) }
    }
  }

  /// When the deal ends if nothing more is seen; nil without one, or when its end has been told.
  var deadline: Moment? { announced == nil ? fold.deals.deadline : nil }
}

extension ListingChange {
  fileprivate mutating func setDealID(_ ids: [Moment: Int64]) {
    func given(_ deal: Deal) -> Deal {
      guard deal.id == 0, let id = ids[deal.openedAt] else { return deal }
      var deal = deal
      deal.id = id
      return deal
    }
    switch self {
    case .price(var change):
      guard let deal = change.deal else { return }
      change.deal = given(deal)
      self = .price(change)
    case .deal(.opened(let deal)): self = .deal(.opened(given(deal)))
    case .deal(.closed(let deal)): self = .deal(.closed(given(deal)))
    case .deal(.marked(let deal)): self = .deal(.marked(given(deal)))
    case .stock: break
    }
  }
}
