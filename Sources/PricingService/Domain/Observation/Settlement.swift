/// Decides which of a listing's arriving observations are new, known already, or lose against another of the same
/// moment. What stands does not depend on the order of arrival.
package struct Settlement: Sendable {
  package enum Outcome: Hashable, Sendable {
    case recorded
    case duplicate
    case conflict
  }

  /// One for each arrival, in their order.
  package private(set) var outcomes: [Outcome]
  /// What is to be kept, in order of time.
  package private(set) var added: [Observation] = []
  /// Known ones that an arrival displaces.
  package private(set) var displaced: [Observation] = []

  /// - Parameters:
  ///   - arrivals: of one listing.
  ///   - known: what is kept at the arrivals' moments.
  package init(_ arrivals: [Observation], known: [Moment: Observation]) {
    outcomes = Array(repeating: .duplicate, count: arrivals.count)
    let order = arrivals.indices.sorted { (arrivals[$0].at, $0) < (arrivals[$1].at, $1) }
    var next = 0
    while next < order.count {
      let at = arrivals[order[next]].at
      var group: [Int] = []
      while next < order.count, arrivals[order[next]].at == at {
        group.append(order[next])
        next += 1
      }
      settle(group, of: arrivals, known: known[at])
    }
  }

  private mutating func settle(_ group: [Int], of arrivals: [Observation], known: Observation?) {
    var winner = group[0]
    for index in group.dropFirst() where arrivals[index].prevails(over: arrivals[winner]) { winner = index }
    let standing: Observation
    if let known, !arrivals[winner].prevails(over: known) {
      standing = known
    } else {
      standing = arrivals[winner]
      added.append(standing)
      outcomes[winner] = .recorded
      if let known { displaced.append(known) }
    }
    for index in group where outcomes[index] != .recorded && arrivals[index] != standing { outcomes[index] = .conflict }
  }
}
