internal import NIOCore

/// Builds one reply from hiredis' depth-first callbacks: no tree of C objects, one Swift array for each RESP array.
struct ReplyBuilder {
  private struct Frame {
    var elements: [RESPValue]
    let count: Int
  }

  private let limits: ReplyLimits
  private var frames: [Frame] = []
  /// Elements that the arrays announced so far.
  private var elements = 0
  private var bytes = 0
  /// The finished reply.
  private(set) var completed: RESPValue?
  /// The limit that the reply broke.
  private(set) var violation: String?

  init(limits: ReplyLimits) {
    self.limits = limits
  }

  /// Accounts for a string of `length` bytes; false when a limit forbids it.
  mutating func admit(_ length: Int) -> Bool {
    bytes += length
    if length > limits.stringBytes { return refuse("a string of more than \(limits.stringBytes) bytes") }
    if bytes > limits.replyBytes { return refuse("a reply of more than \(limits.replyBytes) bytes") }
    return true
  }

  /// Adds a value that has no children.
  mutating func append(_ value: consuming RESPValue) -> Bool {
    place(value)
    return true
  }

  /// Opens an array of `count` elements.
  mutating func beginArray(_ count: Int) -> Bool {
    // The announced count is only a claim: it must fit the limit, and memory is reserved for few at once.
    guard count >= 0, count <= limits.elements - elements else {
      return refuse("an array that takes the reply above \(limits.elements) elements")
    }
    elements += count
    if count == 0 {
      place(.array([]))
    } else {
      var storage: [RESPValue] = []
      storage.reserveCapacity(min(count, 256))
      frames.append(Frame(elements: storage, count: count))
    }
    return true
  }

  /// Takes the finished reply and begins the next.
  mutating func take() -> RESPValue? {
    let reply = completed
    completed = nil
    elements = 0
    bytes = 0
    return reply
  }

  private mutating func place(_ value: consuming RESPValue) {
    while !frames.isEmpty {
      let top = frames.count - 1
      frames[top].elements.append(value)
      guard frames[top].elements.count == frames[top].count else { return }
      value = .array(frames.removeLast().elements)
    }
    completed = value
  }

  private mutating func refuse(_ what: String) -> Bool {
    violation = what
    return false
  }
}
