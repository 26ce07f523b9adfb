/// What a service config says about a method (gRPC's `service_config.md`, `MethodConfig`).
package struct MethodConfig: Sendable, Hashable {
  /// The longest time a call may take; a caller's shorter deadline wins. Nil for no limit.
  package var timeout: Duration?

  /// Whether calls wait for a connection instead of failing while none can be made; nil leaves it to the caller.
  package var waitForReady: Bool?

  /// The largest request in bytes, before compression; nil for the client's own limit.
  package var maxRequestMessageBytes: Int?

  /// The largest response in bytes, before compression; nil for the client's own limit.
  package var maxResponseMessageBytes: Int?

  /// When failed calls are made again; nil for never.
  package var retryPolicy: RetryPolicy?

  package init(
    timeout: Duration? = nil, waitForReady: Bool? = nil, maxRequestMessageBytes: Int? = nil,
    maxResponseMessageBytes: Int? = nil, retryPolicy: RetryPolicy? = nil
  ) {
    self.timeout = timeout
    self.waitForReady = waitForReady
    self.maxRequestMessageBytes = maxRequestMessageBytes
    self.maxResponseMessageBytes = maxResponseMessageBytes
    self.retryPolicy = retryPolicy
  }
}
