/// The listings of a batch, in the order of their ids. Each is changed where it stands: one takes a kilobyte and more, so
/// that a copy of all of them would cost more than the work on them.
struct ListingWorks: Sendable {
  /// In the order of their ids, each once.
  private(set) var all: [ListingWork]
  private var places: [Int64: Int] = [:]

  /// - Parameter works: each listing once, in any order.
  init(_ works: [ListingWork] = []) {
    let isSorted = zip(works, works.dropFirst()).allSatisfy { $0.id < $1.id }
    if isSorted {
      all = works
    } else {
      // Of large values the order is sorted, not they.
      let order = works.indices.sorted { works[$0].id < works[$1].id }
      all = order.map { works[$0] }
    }
    index()
  }

  private mutating func index() {
    places = [:]
    places.reserveCapacity(all.count)
    for place in all.indices { places[all[place].id] = place }
  }

  /// The currency of a listing; nil when it is none of these.
  func currency(of id: Int64) -> String? { places[id].map { all[$0].currency } }

  /// Changes one listing, if it is one of these.
  mutating func update(_ id: Int64, _ body: (inout ListingWork) -> Void) {
    if let place = places[id] { body(&all[place]) }
  }

  /// Changes all, in the order of their ids.
  mutating func updateAll(_ body: (inout ListingWork) -> Void) {
    for place in all.indices { body(&all[place]) }
  }

  /// The ids of those that meet a condition, in order.
  func ids(where condition: (ListingWork) -> Bool) -> [Int64] {
    var ids: [Int64] = []
    for place in all.indices where condition(all[place]) { ids.append(all[place].id) }
    return ids
  }

  mutating func removeAll(where condition: (ListingWork) -> Bool) {
    guard all.contains(where: condition) else { return }
    all.removeAll(where: condition)
    index()
  }
}

extension [ListingWork] {
  /// Those that meet a condition; no copy where all do.
  func only(where condition: (ListingWork) -> Bool) -> [ListingWork] {
    allSatisfy(condition) ? self : filter(condition)
  }
}
