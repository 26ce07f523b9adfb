/// What one call asks for beyond its request. Everything unset comes from the channel's service configuration.
package struct CallOptions: Sendable {
  /// Metadata sent with the request.
  package var metadata: Metadata
  /// How long the call may take, retries included.
  package var timeout: Duration?
  /// When it must be over; the earlier of this, `timeout` and the surrounding call's deadline counts.
  package var deadline: Deadline
  /// Whether to wait for a connection rather than fail while none can be made.
  package var waitForReady: Bool?
  /// How request messages are compressed. A streaming call can leave single messages plain.
  package var compression: CompressionAlgorithm
  /// Bytes of a response message, inflated; nil takes the channel's limit.
  package var maxResponseBytes: Int?
  /// Overrides the contract's word on whether the call may be repeated.
  package var isIdempotent: Bool?

  package init(
    metadata: Metadata = Metadata(), timeout: Duration? = nil, deadline: Deadline = .never,
    waitForReady: Bool? = nil, compression: CompressionAlgorithm = .identity, maxResponseBytes: Int? = nil,
    isIdempotent: Bool? = nil
  ) {
    self.metadata = metadata
    self.timeout = timeout
    self.deadline = deadline
    self.waitForReady = waitForReady
    self.compression = compression
    self.maxResponseBytes = maxResponseBytes
    self.isIdempotent = isIdempotent
  }
}
