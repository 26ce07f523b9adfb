/// What became of a batch of observations.
package struct RecordResult: Sendable {
  package var recorded = 0
  package var duplicates = 0
  /// By place in the batch, in order.
  package var rejections: [Rejected] = []
  /// The listings that something arrived for.
  package var listings: [Int64: Listing] = [:]

  package struct Rejected: Sendable {
    package var place: Int
    package var reason: ObservationRejected
  }

  /// A listing as it is after the batch.
  package struct Listing: Sendable {
    package var hasUnconfirmed: Bool
    /// Whether price, list price or availability are different now.
    package var hasChanged: Bool
  }

  /// Adds what became of a part of the batch.
  /// - Parameter places: where in the batch the part's observations stand.
  mutating func add(_ part: RecordResult, places: [Int]) {
    recorded += part.recorded
    duplicates += part.duplicates
    rejections += part.rejections.map { Rejected(place: places[$0.place], reason: $0.reason) }
    rejections.sort { $0.place < $1.place }
    listings.merge(part.listings) { old, new in
      Listing(hasUnconfirmed: new.hasUnconfirmed, hasChanged: old.hasChanged || new.hasChanged)
    }
  }
}

/// A batch on its way through the storage layer: pure steps between the database's.
struct ObservationBatch: Sendable {
  let arrivals: [Arrival]
  /// The listing of each arrival; nil for none.
  var listingIDs: [Int64?]
  var works = ListingWorks()
  var result = RecordResult()
  let now: Moment

  init(_ arrivals: [Arrival], now: Moment) {
    self.arrivals = arrivals
    self.now = now
    listingIDs = arrivals.map { if case .id(let id) = $0.target { id } else { nil } }
  }

  /// The months in which an observation may be kept.
  var months: Set<CalendarMonth> {
    var months: Set<CalendarMonth> = []
    for arrival in arrivals where arrival.hasAcceptableTime(now: now) {
      if let at = arrival.observedAt { months.insert(CalendarMonth(at)) }
    }
    return months
  }

  /// Shops and their ids that must be looked up, each once, with the places of the arrivals that name them.
  func keys() -> [(key: Key, places: [Int])] {
    var keys: [(key: Key, places: [Int])] = []
    var indices: [Key: Int] = [:]
    for place in arrivals.indices {
      guard case .key(let shop, let externalID) = arrivals[place].target else { continue }
      let key = Key(shop: shop, externalID: externalID)
      if let index = indices[key] {
        keys[index].places.append(place)
      } else {
        indices[key] = keys.count
        keys.append((key, [place]))
      }
    }
    return keys
  }

  /// A shop and its id of a listing.
  struct Key: Hashable, Sendable {
    var shop: String
    var externalID: String
  }

  /// Hands each arrival that can be kept to its listing, and forgets listings without any.
  mutating func distribute() {
    for (place, arrival) in arrivals.enumerated() {
      do {
        if case .missing = arrival.target {
          throw ObservationRejected(.malformed, "listing: expected listing_id, or key with shop and external_id")
        }
        guard let id = listingIDs[place], let currency = works.currency(of: id) else {
          throw ObservationRejected(.unknownListing, "listing: expected one of the catalogue's")
        }
        let observation = try arrival.checked(currency: currency, now: now)
        works.update(id) { work in
          work.places.append(place)
          work.arrivals.append(observation)
        }
      } catch let rejected as ObservationRejected {
        result.rejections.append(.init(place: place, reason: rejected))
      } catch {
        // `checked` throws nothing else.
        continue
      }
    }
    works.removeAll { $0.arrivals.isEmpty }
  }

  /// Folds all listings.
  mutating func run(_ rulebook: DealRulebook) {
    works.updateAll { $0.run(rules: rulebook.rules(for: $0.currency)) }
  }

  /// Counts what was kept, known, and in conflict.
  mutating func count() {
    for work in works.all {
      for (place, outcome) in zip(work.places, work.settlement?.outcomes ?? []) {
        switch outcome {
        case .recorded: result.recorded += 1
        case .duplicate: result.duplicates += 1
        case .conflict:
          let message = "observed_at: another observation of this listing at this moment stands"
          result.rejections.append(.init(place: place, reason: ObservationRejected(.conflict, message)))
        }
      }
      result.listings[work.id] = RecordResult.Listing(
        hasUnconfirmed: work.fold.hasUnconfirmed, hasChanged: work.inserted.contains { $0.role == .change })
    }
    result.rejections.sort { $0.place < $1.place }
  }
}
