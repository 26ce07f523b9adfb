internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

extension NotifierHandler {
  func listDeliveries(
    _ request: NotifierV1.ListDeliveriesRequest, context: ServerContext
  ) async throws -> NotifierV1.ListDeliveriesResponse {
    let size = try RequestCheck.pageSize(request.page?.size ?? 0)
    guard request.subscriber.unicodeScalars.count <= 100 else {
      throw RPCError.field("subscriber", "expected at most 100 characters, or nothing for all")
    }
    guard (0...4).contains(request.state.rawValue) else {
      throw RPCError.field("state", "expected PENDING, SENT, PARKED, DROPPED, or nothing for any")
    }
    guard request.alertId >= 0 else { throw RPCError.field("alert_id", "expected an id, or 0 for any") }
    var filter = DeliveryStore.Filter(limit: size + 1)
    filter.subscriber = request.subscriber
    filter.state = Int16(truncatingIfNeeded: request.state.rawValue)
    filter.alert = request.alertId
    filter.before = try RequestCheck.pageToken(request.page?.token ?? "")
    let found = try await deliveries.list(filter)
    let page = found.prefix(size)
    return .with {
      $0.deliveries = page.map(\.message)
      if found.count > size, let last = page.last { $0.nextPageToken = RequestCheck.token(before: last.id) }
    }
  }

  func retryDelivery(
    _ request: NotifierV1.RetryDeliveryRequest, context: ServerContext
  ) async throws -> NotifierV1.Delivery {
    switch try await deliveries.retry(try RequestCheck.id(request.id, field: "id")) {
    case .queued(let delivery): return delivery.message
    case .unknown: throw RPCError(code: .notFound, message: "id: there is no such delivery")
    case .notParked: throw RPCError(code: .failedPrecondition, message: "id: only a parked delivery can be retried")
    case .channelUnusable:
      throw RPCError(
        code: .failedPrecondition, message: "id: its channel is gone or disabled; it must be verified again first")
    }
  }

  func pauseSending(
    _ request: NotifierV1.PauseSendingRequest, context: ServerContext
  ) async throws -> NotifierV1.NotifierStatus {
    try await deliveries.setPaused(request.paused)
    logger.notice(request.paused ? "sending was paused" : "sending was resumed")
    return try await status()
  }

  func getStatus(
    _ request: NotifierV1.GetStatusRequest, context: ServerContext
  ) async throws -> NotifierV1.NotifierStatus {
    try await status()
  }

  private func status() async throws -> NotifierV1.NotifierStatus {
    let status = try await deliveries.status()
    let lag = lag.lag(at: .now)
    return .with {
      $0.channels = status.channels
      $0.alerts = status.alerts
      $0.pending = status.pending
      $0.parked = status.parked
      $0.sent24h = status.sentToday
      $0.oldestPending = status.oldestPending.map { GoogleProtobuf.Duration($0) }
      $0.pricingLag = GoogleProtobuf.Duration(lag)
      $0.paused = status.isPaused
    }
  }
}
