internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import PostgresClient

/// Has the notifier forget the channels and alerts of accounts that are gone.
struct AccountRemoval: Sendable {
  let store: RemovalStore
  let notifier: NotifierV1.NotifierService.Client
  let timeout: Duration
  let logger: Logger

  private static let pause = Duration.seconds(15)
  private static let pageSize: UInt32 = 200

  /// - Parameter wake: says that there is something new.
  func run(_ wake: WorkSignal) async throws {
    while true {
      try Task.checkCancellation()
      try await removeDue()
      await wake.wait(atMost: Self.pause)
    }
  }

  func removeDue() async throws {
    for due in try await store.take(limit: 16) {
      do {
        try await remove(AccountRecord.subscriber(due.account))
        // Until then another gateway may still let the owner in; it is looked at once more.
        if due.isSettled { try await store.done(due.account) }
      } catch let error as RPCError {
        if Task.isCancelled { throw CancellationError() }
        logger.warning(
          "what the notifier has of a removed account is not gone yet",
          metadata: ["account": "\(due.account)", "error": "\(error)"])
      }
    }
  }

  private func remove(_ subscriber: String) async throws {
    let options = CallOptions(timeout: timeout)
    // As many alerts as an account may ever have are far fewer pages.
    for _ in 0..<1000 {
      // Always the first page, for what was on it is gone.
      let page = try await notifier.listAlerts(
        NotifierV1.ListAlertsRequest(subscriber: subscriber, page: CommonV1.Page(size: Self.pageSize)),
        options: options)
      for alert in page.alerts {
        _ = try await notifier.deleteAlert(
          NotifierV1.DeleteAlertRequest(id: alert.id, subscriber: subscriber), options: options)
      }
      if page.alerts.isEmpty { break }
    }
    let channels = try await notifier.listChannels(
      NotifierV1.ListChannelsRequest(subscriber: subscriber), options: options)
    for channel in channels.channels {
      _ = try await notifier.removeChannel(
        NotifierV1.RemoveChannelRequest(id: channel.id, subscriber: subscriber), options: options)
    }
  }
}
