/// Something that stands around every call of a channel: it may change the call's options (add metadata), look at
/// its outcome, or throw instead of making it.
package protocol ClientInterceptor: Sendable {
  /// Wraps a whole call, retries included. `next` makes the call with the options it is given.
  func intercept<Result>(
    _ method: MethodDescriptor, options: CallOptions, next: (CallOptions) async throws -> Result
  ) async throws -> Result
}
