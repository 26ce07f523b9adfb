internal import CHiredis

/// hiredis' callbacks. Objects are never made: each callback hands its value to the `ReplyReader` in `privdata` and
/// returns that same pointer, because null would mean failure.
enum ReplyCallbacks {
  /// The function table that all readers share; it lives as long as the process.
  nonisolated(unsafe) static let table: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let table = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    table.initialize(
      to: redisReplyObjectFunctions(
        createString: { task, bytes, length in
          guard let task, let bytes else { return nil }
          return answer(task) { $0.string(task.pointee.type, bytes, length) }
        },
        createArray: { task, count in
          guard let task else { return nil }
          return answer(task) { $0.array(Int(count)) }
        },
        createInteger: { task, value in
          guard let task else { return nil }
          return answer(task) { $0.integer(value) }
        },
        createNil: { task in
          guard let task else { return nil }
          return answer(task) { $0.null() }
        },
        freeObject: { _ in }))
    return table
  }()

  @inline(__always)
  private static func answer(
    _ task: UnsafePointer<redisReadTask>, _ body: (ReplyReader) -> Bool
  ) -> UnsafeMutableRawPointer? {
    guard let context = task.pointee.privdata else { return nil }
    let reader = Unmanaged<ReplyReader>.fromOpaque(context)
    return reader._withUnsafeGuaranteedRef(body) ? context : nil
  }
}
