/// Something that stands around every call of a server: authentication, metrics, traces, logs.
package protocol ServerInterceptor: Sendable {
  /// Does its part before and after `next`, or throws instead of calling it. What `next` throws is the call's outcome.
  func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws
}
