/// Work that goes on beside the requests for as long as the service runs: a consumer of events, a scheduler.
///
/// It is cancelled at shutdown and must then return soon. When it throws it is started anew after a pause that grows
/// and varies; when it returns it has done its work.
package struct BackgroundTask: Sendable {
  /// For logs and metrics: a few words joined by hyphens.
  package let name: String
  let body: @Sendable () async throws -> Void

  package init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.body = body
  }
}
