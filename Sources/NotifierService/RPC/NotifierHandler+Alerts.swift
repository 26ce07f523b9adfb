internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

extension NotifierHandler {
  func createAlert(
    _ request: NotifierV1.CreateAlertRequest, context: ServerContext
  ) async throws -> NotifierV1.Alert {
    var alert = try mapping.alert(request.alert, now: .now())
    try await checkChannels(alert)
    do {
      alert.begin(with: try await prices.prices(of: alert.subject))
    } catch let error as RPCError {
      // The first event tells the price then.
      logger.warning("an alert begins without a price", metadata: ["error": "\(error)"])
    }
    guard let created = try await alerts.create(alert, limit: limits.alerts) else {
      throw RPCError(
        code: .resourceExhausted, message: "alert.subscriber: has \(limits.alerts) alerts, the most; delete one first")
    }
    return mapping.message(created)
  }

  private func checkChannels(_ alert: Alert) async throws {
    guard !alert.channels.isEmpty else { return }
    let usable = Set(try await channels.list(of: alert.subscriber).filter(\.isUsable).map(\.id))
    if let unknown = alert.channels.first(where: { !usable.contains($0) }) {
      throw RPCError(
        code: .failedPrecondition,
        message: "alert.channel_ids: \(unknown) is no verified channel of the subscriber in working order")
    }
  }

  func updateAlert(
    _ request: NotifierV1.UpdateAlertRequest, context: ServerContext
  ) async throws -> NotifierV1.Alert {
    guard let message = request.alert else { throw RPCError.field("alert", "expected an alert") }
    let id = try RequestCheck.id(message.id, field: "alert.id")
    let subscriber = try RequestCheck.subscriber(message.subscriber, field: "alert.subscriber")
    let fields = try AlertField.fields(request.updateMask)
    if fields.contains(.channelIDs) {
      var named = Alert(
        id: id, subscriber: subscriber, subject: .category, rule: .anyChange, expiresAt: .now(), createdAt: .now())
      try mapping.set(.channelIDs, of: &named, to: message, now: .now())
      try await checkChannels(named)
    }
    let updated = try await alerts.update(id, of: subscriber) { [mapping] alert in
      var alert = alert
      for field in AlertField.allCases where fields.contains(field) {
        try mapping.set(field, of: &alert, to: message, now: .now())
      }
      return alert
    }
    guard let updated else {
      throw RPCError(code: .notFound, message: "alert.id: the subscriber has no such alert")
    }
    return mapping.message(updated)
  }

  func deleteAlert(
    _ request: NotifierV1.DeleteAlertRequest, context: ServerContext
  ) async throws -> NotifierV1.DeleteAlertResponse {
    try await alerts.delete(
      try RequestCheck.id(request.id, field: "id"), of: try RequestCheck.subscriber(request.subscriber))
    return NotifierV1.DeleteAlertResponse()
  }

  func listAlerts(
    _ request: NotifierV1.ListAlertsRequest, context: ServerContext
  ) async throws -> NotifierV1.ListAlertsResponse {
    let size = try RequestCheck.pageSize(request.page?.size ?? 0)
    let before = try RequestCheck.pageToken(request.page?.token ?? "")
    let found = try await alerts.list(
      of: try RequestCheck.subscriber(request.subscriber), before: before, limit: size + 1)
    let page = found.prefix(size)
    return .with {
      $0.alerts = page.map { mapping.message($0) }
      if found.count > size, let last = page.last { $0.nextPageToken = RequestCheck.token(before: last.id) }
    }
  }
}
