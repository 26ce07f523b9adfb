internal import HTTPTransport
internal import NIOCore

/// What a call's options, the method's settings and the surrounding call come to.
struct CallPlan: Sendable {
  let method: MethodDescriptor
  let deadline: Deadline
  let waitForReady: Bool
  let maxRequestBytes: Int
  let maxResponseBytes: Int
  let retryPolicy: RetryPolicy?
  private let options: CallOptions

  init(_ method: MethodDescriptor, _ options: CallOptions, _ configuration: RPCChannel.Configuration) {
    self.method = method
    self.options = options
    let settings = configuration.serviceConfig.method(service: method.service, method: method.name)
    var deadline = options.deadline
    if let timeout = options.timeout { deadline = min(deadline, Deadline(after: timeout, from: .now())) }
    if let timeout = settings?.timeout { deadline = min(deadline, Deadline(after: timeout, from: .now())) }
    if let scope = CallScope.current { deadline = min(deadline, scope.deadline) }
    self.deadline = deadline
    waitForReady = options.waitForReady ?? settings?.waitForReady ?? configuration.waitForReady
    maxRequestBytes = min(settings?.maxRequestMessageBytes ?? .max, configuration.maxRequestBytes)
    maxResponseBytes =
      options.maxResponseBytes ?? settings?.maxResponseMessageBytes ?? configuration.maxResponseBytes
    // A call that may have been carried out is repeated only where that does no harm.
    retryPolicy = options.isIdempotent ?? method.isIdempotent ? settings?.retryPolicy : nil
  }

  /// The request head of one attempt.
  func head(_ lease: ConnectionLease, retry: RetryState, userAgent: String) -> HeaderBlock {
    var block = HeaderBlock()
    block.reserveCapacity(fields: 12, bytes: 256)
    block.append(":method", "POST")
    block.append(":scheme", lease.scheme)
    block.append(":path", method.path)
    block.append(":authority", lease.authority)
    block.append("te", "trailers")
    block.append("content-type", "application/grpc")
    block.append("user-agent", userAgent)
    block.append("grpc-accept-encoding", CompressionSet.all.acceptEncoding)
    if options.compression != .identity { block.append("grpc-encoding", options.compression.name) }
    if let timeout = deadline.grpcTimeout(at: .now()) { block.append("grpc-timeout", timeout) }
    if let attempts = retry.previousAttemptsHeader { block.append("grpc-previous-rpc-attempts", attempts) }
    options.metadata.append(to: &block)
    return block
  }
}
