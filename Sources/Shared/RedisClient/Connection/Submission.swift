internal import NIOCore

/// A call on its way to a connection.
struct Submission {
  enum Work {
    case call(RedisCommand, UnsafeContinuation<RESPValue, any Error>)
    case batch([RedisCommand], ReplyBatch)
  }

  let id: UInt64
  /// From the call to the reply.
  let timeout: TimeAmount
  /// How long it may wait for a connection, when less than `timeout`.
  let connectionWait: TimeAmount?
  let work: Work
  /// When `timeout` is over, for one that had to wait.
  var deadline: NIODeadline?

  var commandCount: Int {
    switch work {
    case .call: 1
    case .batch(let commands, _): commands.count
    }
  }

  var estimatedBytes: Int {
    switch work {
    case .call(let command, _): command.estimatedBytes
    case .batch(let commands, _): commands.reduce(0) { $0 + $1.estimatedBytes }
    }
  }

  /// Who waits for it.
  var completion: ReplyCompletion {
    switch work {
    case .call(_, let continuation): .call(continuation)
    case .batch(_, let batch): .batch(batch)
    }
  }
}
