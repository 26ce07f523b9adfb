internal import HTTPTransport
internal import NIOConcurrencyHelpers
package import NIOCore
internal import ProtobufBridge

/// A client of one service, over as many connections as its balancing policy keeps: deadlines, retries, interceptors.
package final class RPCChannel: RPCClient {
  package struct Configuration: Sendable {
    /// Per-method settings, retry throttling, balancing policy.
    package var serviceConfig = ServiceConfig()
    /// Whether calls wait while no connection can be made, where neither they nor the service config say. Default
    /// false: they fail with UNAVAILABLE.
    package var waitForReady = false
    /// Bytes of a response message, inflated. Default 4 MiB, as gRPC's.
    package var maxResponseBytes = 4 * 1024 * 1024
    /// Bytes of a request message. Default: none but the protocol's own 4 GiB.
    package var maxRequestBytes = Int(UInt32.max)
    /// Outermost first.
    package var interceptors: [any ClientInterceptor] = []
    package var userAgent = "fiyatradari-rpc/1"

    package init() {}
  }

  let configuration: Configuration
  private let provider: any ConnectionProvider
  private let throttle: NIOLockedValueBox<RetryThrottle?>

  /// - Parameter provider: gives connections; `shutdown` closes it.
  package init(provider: any ConnectionProvider, configuration: Configuration = Configuration()) {
    self.provider = provider
    self.configuration = configuration
    throttle = NIOLockedValueBox(configuration.serviceConfig.retryThrottling)
  }

  /// Closes every connection; calls under way end with UNAVAILABLE.
  package func shutdown() async { await provider.shutdown() }

  // MARK: The four kinds of call

  package func unary<Request, Response>(
    _ method: RPCMethod<Request, Response>, _ request: Request, options: CallOptions
  ) async throws -> Response {
    try await intercepted(method.descriptor, options) { options in
      try await self.singleResponse(method, request, options: options).message
    }
  }

  package func unaryResponse<Request, Response>(
    _ method: RPCMethod<Request, Response>, _ request: Request, options: CallOptions
  ) async throws -> UnaryResponse<Response> {
    try await intercepted(method.descriptor, options) { options in
      let (message, outcome) = try await self.singleResponse(method, request, options: options)
      return UnaryResponse(
        message: message,
        initialMetadata: try outcome.head.map { try Metadata($0, sizeLimit: .max) } ?? Metadata(),
        trailingMetadata: try Metadata(outcome.trailers, sizeLimit: .max),
        wasCompressed: outcome.message?.isCompressed ?? false)
    }
  }

  private func singleResponse<Request, Response>(
    _ method: RPCMethod<Request, Response>, _ request: Request, options: CallOptions
  ) async throws -> (message: Response, outcome: ClientCall.Outcome) {
    let plan = CallPlan(method.descriptor, options, configuration)
    let frame = try MessageCoding.frame(request, compression: options.compression, limit: plan.maxRequestBytes)
    var retry = RetryState(policy: plan.retryPolicy)
    while true {
      let lease = try await lease(plan)
      let call = ClientCall(
        eventLoop: lease.connection.eventLoop, method: method.descriptor, deadline: plan.deadline,
        maxResponseBytes: plan.maxResponseBytes)
      let head = plan.head(lease, retry: retry, userAgent: configuration.userAgent)
      let outcome = await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<ClientCall.Outcome, Never>) in
          let begin: @Sendable () -> Void = {
            do {
              try call.start(on: lease.connection, head: head, request: frame)
              call.wait(continuation)
            } catch {
              continuation.resume(returning: .notSent(error))
            }
          }
          if call.eventLoop.inEventLoop { begin() } else { call.eventLoop.execute(begin) }
        }
      } onCancel: {
        call.abandon()
      }
      lease.release()
      if outcome.head != nil { retry.commit() }
      if try await shouldRetry(outcome, &retry, plan) { continue }
      if let error = outcome.error { throw error }
      guard let message = outcome.message else {
        throw RPCError(code: .internal, message: "the call ended without a response message")
      }
      let response = try MessageCoding.message(
        Response.self, from: message, compression: call.compression, limit: plan.maxResponseBytes)
      return (response, outcome)
    }
  }

  package func serverStreaming<Request, Response, Result>(
    _ method: RPCMethod<Request, Response>, _ request: Request, options: CallOptions,
    _ body: (ResponseStream<Response>) async throws -> Result
  ) async throws -> Result {
    try await intercepted(method.descriptor, options) { options in
      let plan = CallPlan(method.descriptor, options, configuration)
      let frame = try MessageCoding.frame(request, compression: options.compression, limit: plan.maxRequestBytes)
      var retry = RetryState(policy: plan.retryPolicy)
      while true {
        let (call, lease) = try await start(method.descriptor, plan, retry, request: frame)
        defer {
          call.abandon()
          lease.release()
        }
        if await call.initialHead() == nil {
          let outcome = await call.waitForOutcome()
          if try await shouldRetry(outcome, &retry, plan) { continue }
        }
        return try await body(ResponseStream(call: call, maxResponseBytes: plan.maxResponseBytes))
      }
    }
  }

  package func relay(
    _ method: MethodDescriptor, _ request: ByteBuffer, options: CallOptions,
    _ receive: (ByteBuffer) async throws -> Void
  ) async throws {
    // Whatever its kind, its responses are taken one by one.
    let method = MethodDescriptor(
      service: method.service, name: method.name, kind: .serverStreaming, isIdempotent: method.isIdempotent)
    try await intercepted(method, options) { options in
      let plan = CallPlan(method, options, configuration)
      var frame = ByteBuffer()
      frame.reserveCapacity(MessageFramer.prefixLength + request.readableBytes)
      try MessageFramer.writePrefix(
        length: request.readableBytes, isCompressed: false, limit: plan.maxRequestBytes, into: &frame)
      frame.writeImmutableBuffer(request)
      var retry = RetryState(policy: plan.retryPolicy)
      while true {
        let (call, lease) = try await start(method, plan, retry, request: frame)
        defer {
          call.abandon()
          lease.release()
        }
        if await call.initialHead() == nil {
          let outcome = await call.waitForOutcome()
          if try await shouldRetry(outcome, &retry, plan) { continue }
        }
        while let response = try await call.next() {
          try await receive(
            try MessageCoding.plain(response, compression: call.compression, limit: plan.maxResponseBytes))
        }
        return
      }
    }
  }

  package func clientStreaming<Request, Response>(
    _ method: RPCMethod<Request, Response>, options: CallOptions,
    _ send: @escaping @Sendable (RequestWriter<Request>) async throws -> Void
  ) async throws -> Response {
    try await intercepted(method.descriptor, options) { options in
      let plan = CallPlan(method.descriptor, options, configuration)
      let call = try await RestartableCall {
        try await self.start(method.descriptor, plan, RetryState(policy: nil), request: nil)
      }
      defer { call.end() }
      let (outcome, sendError) = await withTaskGroup(of: (any Error)?.self) { group in
        group.addTask {
          do {
            try await send(RequestWriter(call: call, compression: options.compression))
            call.finishWriting()
            return nil
          } catch {
            call.abandon()
            return error
          }
        }
        let outcome = await call.waitForOutcome()
        group.cancelAll()
        return (outcome, await group.next() ?? nil)
      }
      // Why the caller's closure failed matters more than the cancellation that it caused; why the server ended the
      // call matters more than that writing to it failed, and so does that the caller itself was cancelled.
      if let sendError, !(sendError is CancellationError), outcome.error?.code == .cancelled { throw sendError }
      if let error = outcome.error { throw error }
      guard let message = outcome.message else {
        throw RPCError(code: .internal, message: "the call ended without a response message")
      }
      return try MessageCoding.message(
        Response.self, from: message, compression: call.compression, limit: plan.maxResponseBytes)
    }
  }

  package func bidirectionalStreaming<Request, Response, Result>(
    _ method: RPCMethod<Request, Response>, options: CallOptions,
    _ body: (RequestWriter<Request>, ResponseStream<Response>) async throws -> Result
  ) async throws -> Result {
    try await intercepted(method.descriptor, options) { options in
      let plan = CallPlan(method.descriptor, options, configuration)
      let call = try await RestartableCall {
        try await self.start(method.descriptor, plan, RetryState(policy: nil), request: nil)
      }
      defer { call.end() }
      return try await body(
        RequestWriter(call: call, compression: options.compression),
        ResponseStream(call: call, maxResponseBytes: plan.maxResponseBytes))
    }
  }

  // MARK: Attempts

  private func lease(_ plan: CallPlan) async throws -> ConnectionLease {
    if Task.isCancelled { throw ClientCall.cancelled }
    if let lease = provider.readyConnection() { return lease }
    return try await provider.connection(waitForReady: plan.waitForReady, deadline: plan.deadline)
  }

  /// Opens a stream, on another connection when the first one closed at that very moment.
  private func start(
    _ method: MethodDescriptor, _ plan: CallPlan, _ retry: RetryState, request: ByteBuffer?
  ) async throws -> (ClientCall, ConnectionLease) {
    while true {
      let lease = try await lease(plan)
      let call = ClientCall(
        eventLoop: lease.connection.eventLoop, method: method, deadline: plan.deadline,
        maxResponseBytes: plan.maxResponseBytes)
      let head = plan.head(lease, retry: retry, userAgent: configuration.userAgent)
      let isOpen = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
        call.eventLoop.execute {
          do {
            try call.start(on: lease.connection, head: head, request: request)
            continuation.resume(returning: true)
          } catch {
            continuation.resume(returning: false)
          }
        }
      }
      if isOpen { return (call, lease) }
      lease.release()
    }
  }

  /// Decides on a failed attempt, and waits out the backoff when there is to be another.
  private func shouldRetry(
    _ outcome: ClientCall.Outcome, _ retry: inout RetryState, _ plan: CallPlan
  ) async throws -> Bool {
    guard let error = outcome.error else {
      throttle.withLockedValue { $0?.recordSuccess() }
      return false
    }
    if Task.isCancelled { return false }
    if outcome.isUnprocessed, retry.retriesUnprocessedAttempt(wasSent: outcome.wasSent) { return true }
    let pushback = RetryPushback(outcome.trailers.first(named: RetryPushback.key))
    var generator = SystemRandomNumberGenerator()
    let decision = throttle.withLockedValue { throttle in
      retry.attemptEnded(with: error.code, pushback: pushback, throttle: &throttle, using: &generator)
    }
    guard case .retry(let delay) = decision else { return false }
    if let left = plan.deadline.remaining(at: .now()), left <= delay { return false }
    try await Task.sleep(for: delay)
    return true
  }

  private func intercepted<Result>(
    _ method: MethodDescriptor, _ options: CallOptions, _ body: (CallOptions) async throws -> Result
  ) async throws -> Result {
    if configuration.interceptors.isEmpty { return try await body(options) }
    return try await intercepted(method, options, at: 0, body)
  }

  private func intercepted<Result>(
    _ method: MethodDescriptor, _ options: CallOptions, at index: Int, _ body: (CallOptions) async throws -> Result
  ) async throws -> Result {
    guard index < configuration.interceptors.count else { return try await body(options) }
    return try await configuration.interceptors[index].intercept(method, options: options) { options in
      try await self.intercepted(method, options, at: index + 1, body)
    }
  }
}

extension ClientCall.Outcome {
  /// The connection took no stream: nothing has reached the wire.
  static func notSent(_ error: any Error) -> ClientCall.Outcome {
    ClientCall.Outcome(
      error: RPCError(code: .unavailable, message: "the connection closed before the call was sent", cause: error),
      head: nil, isUnprocessed: true, wasSent: false)
  }
}
