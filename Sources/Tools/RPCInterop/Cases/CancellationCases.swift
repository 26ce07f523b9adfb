internal import MeshMessages
internal import MeshRPC

/// Calls that their client gives up.
enum CancellationCases {
  static func afterBegin(_ test: GrpcTesting.TestService.Client) async throws {
    try await cancelled { didBegin in
      _ = try await test.streamingInputCall { _ in
        didBegin()
        try await untilCancelled()
      }
    }
  }

  static func afterFirstResponse(_ test: GrpcTesting.TestService.Client) async throws {
    try await cancelled { didAnswer in
      try await test.fullDuplexCall { requests, responses in
        var responses = responses.makeAsyncIterator()
        try await requests.write(StreamingCases.exchange(27_182, 31_415))
        let response = try await responses.next()
        try Expect.equal(response?.payload?.body.count, 31_415, "size of the response")
        didAnswer()
        while try await responses.next() != nil {}
      }
    }
  }

  static func timeout(_ test: GrpcTesting.TestService.Client) async throws {
    var options = CallOptions()
    options.timeout = .milliseconds(1)
    try await Expect.status(.deadlineExceeded) {
      try await test.fullDuplexCall(options: options) { requests, responses in
        try await requests.write(GrpcTesting.StreamingOutputCallRequest(payload: .zeros(27_182)))
        for try await _ in responses {}
      }
    }
  }

  /// Runs `call` in a task and cancels that as soon as the call says so; it must end with CANCELLED.
  private static func cancelled(
    _ call: @escaping @Sendable (_ ready: @escaping @Sendable () -> Void) async throws -> Void
  )
    async throws
  {
    let (moments, moment) = AsyncStream.makeStream(of: Void.self)
    try await Expect.status(.cancelled) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          defer { moment.finish() }
          try await call { moment.yield() }
        }
        for await _ in moments { group.cancelAll() }
        try await group.waitForAll()
      }
    }
  }

  private static func untilCancelled() async throws {
    let (never, hold) = AsyncStream.makeStream(of: Never.self)
    for await _ in never {}
    hold.finish()
    throw CancellationError()
  }
}
