internal import NIOCore

/// What waits for a connection, in order and bounded in number and bytes.
struct OfflineQueue<Element> {
  private struct Entry {
    let id: UInt64
    let deadline: NIODeadline
    let commands: Int
    let bytes: Int
    let element: Element
  }

  private let maximumCommands: Int
  private let maximumBytes: Int
  private var entries = CircularBuffer<Entry>()
  private(set) var commands = 0
  private(set) var bytes = 0

  init(maximumCommands: Int, maximumBytes: Int) {
    self.maximumCommands = maximumCommands
    self.maximumBytes = maximumBytes
  }

  var isEmpty: Bool { entries.isEmpty }

  var earliestDeadline: NIODeadline? { entries.lazy.map(\.deadline).min() }

  /// Adds `element`; false when a bound forbids it.
  mutating func append(id: UInt64, deadline: NIODeadline, commands: Int, bytes: Int, element: Element) -> Bool {
    guard commands <= maximumCommands - self.commands, bytes <= maximumBytes - self.bytes else { return false }
    self.commands += commands
    self.bytes += bytes
    entries.append(Entry(id: id, deadline: deadline, commands: commands, bytes: bytes, element: element))
    return true
  }

  /// Takes those whose deadline has come.
  mutating func expire(at now: NIODeadline) -> [Element] {
    remove { $0.deadline <= now }
  }

  /// Takes those with these ids.
  mutating func cancel(_ ids: Set<UInt64>) -> [Element] {
    remove { ids.contains($0.id) }
  }

  /// Takes all, in order.
  mutating func removeAll() -> [Element] {
    remove { _ in true }
  }

  private mutating func remove(where condition: (Entry) -> Bool) -> [Element] {
    let all = entries
    entries = CircularBuffer(initialCapacity: all.count)
    var removed: [Element] = []
    for entry in all {
      if condition(entry) {
        commands -= entry.commands
        bytes -= entry.bytes
        removed.append(entry.element)
      } else {
        entries.append(entry)
      }
    }
    return removed
  }
}
