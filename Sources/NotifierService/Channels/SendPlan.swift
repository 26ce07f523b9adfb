/// Which of the due deliveries go out now, and when the others may. Pure: the store reads what it needs and writes what
/// it decides, in one transaction that holds the kind's pace.
struct SendPlan: Sendable {
  /// How fast a kind may be sent.
  struct Limits: Sendable {
    /// Between two messages of the kind, all chats together; zero for no limit.
    var interval: Duration
    /// How many messages may be sent in one go after a pause.
    var burst: Int
    /// Between two messages to one address; zero for no limit.
    var addressInterval: Duration
  }

  struct Pace: Hashable, Sendable {
    var nextSlot: UnixTime
    var blockedUntil: UnixTime
  }

  struct Candidate: Sendable {
    var delivery: Int64
    var address: String
    /// Its place in the address's row, if it has one.
    var slot: UnixTime?
    var pace: Pace
  }

  private(set) var send: [Int64] = []
  /// Those that have to wait, until when, and whether that is a place in their address's row.
  private(set) var later: [(delivery: Int64, until: UnixTime, isSlot: Bool)] = []
  /// Addresses whose pace has changed.
  private(set) var nextSlots: [String: UnixTime] = [:]
  /// Of the kind.
  private(set) var kindSlot: UnixTime
  /// When the kind may send again, where that is what ended the plan.
  private(set) var wait: UnixTime?

  /// - Parameters:
  ///   - candidates: due, in order.
  ///   - capacity: how many may be sent at most.
  init(_ candidates: [Candidate], capacity: Int, kind: Pace, limits: Limits, now: UnixTime) {
    kindSlot = kind.nextSlot
    if kind.blockedUntil > now {
      wait = kind.blockedUntil
      return
    }
    let tolerance = limits.interval * (limits.burst - 1)
    for candidate in candidates where send.count < capacity {
      if candidate.pace.blockedUntil > now {
        later.append((candidate.delivery, candidate.pace.blockedUntil, false))
        continue
      }
      if limits.interval > .zero, kindSlot > now + tolerance {
        wait = kindSlot - tolerance
        return
      }
      if limits.addressInterval > .zero, candidate.slot == nil {
        let slot = max(now, nextSlots[candidate.address] ?? candidate.pace.nextSlot)
        nextSlots[candidate.address] = slot + limits.addressInterval
        if slot > now {
          later.append((candidate.delivery, slot, true))
          continue
        }
      }
      kindSlot = max(kindSlot, now) + limits.interval
      send.append(candidate.delivery)
    }
  }
}
