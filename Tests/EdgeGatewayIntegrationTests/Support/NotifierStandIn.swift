import HTTPTransport
import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import ProtobufBridge
import Synchronization

/// The notifier as far as accounts need it, over real RPC: mails that arrived, channels and alerts of subscribers.
final class NotifierStandIn: Sendable {
  private struct State {
    var mails: [NotifierV1.SendMailRequest] = []
    var isAway = false
    var losesAnswers = false
    var alerts: [NotifierV1.Alert] = []
    var channels: [NotifierV1.Channel] = []
  }

  private let state = Mutex(State())

  /// Each wish once, as the notifier sends it.
  var mails: [NotifierV1.SendMailRequest] {
    var seen: Set<String> = []
    return state.withLock { $0.mails.filter { seen.insert($0.idempotencyKey).inserted } }
  }

  /// How often mails were handed over.
  var handovers: Int { state.withLock { $0.mails.count } }

  func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
  /// Takes mails and says that it did not.
  func setLosesAnswers(_ loses: Bool) { state.withLock { $0.losesAnswers = loses } }

  /// Gives a subscriber things.
  func fill(_ subscriber: String, alerts: Int, channels: Int) {
    state.withLock { state in
      for id in 1...Int64(alerts) { state.alerts.append(.with { ($0.id, $0.subscriber) = (id, subscriber) }) }
      for id in 1...Int64(channels) { state.channels.append(.with { ($0.id, $0.subscriber) = (id, subscriber) }) }
    }
  }

  func count(of subscriber: String) -> Int {
    state.withLock { state in
      state.alerts.count { $0.subscriber == subscriber } + state.channels.count { $0.subscriber == subscriber }
    }
  }

  /// The token in the link of the last mail of a kind to an address.
  func token(_ mail: NotifierV1.AccountMail, to address: String) -> String? {
    mails.last { $0.mail == mail && $0.to == address }?.link.split(separator: "?token=").dropFirst().first
      .map { String($0) }
  }

  private static let away = RPCError(code: .unavailable, message: "away")

  var definition: ServiceDefinition {
    typealias Methods = NotifierV1.NotifierService.Methods
    return ServiceDefinition(
      name: NotifierV1.NotifierService.name,
      methods: [
        .unary(Methods.sendMail) { request, _ in
          try self.state.withLock { state in
            if state.isAway { throw Self.away }
            state.mails.append(request)
            if state.losesAnswers { throw Self.away }
            return NotifierV1.SendMailResponse()
          }
        },
        .unary(Methods.listAlerts) { request, _ in
          try self.state.withLock { state in
            if state.isAway { throw Self.away }
            let all = state.alerts.filter { $0.subscriber == request.subscriber }
            return NotifierV1.ListAlertsResponse(alerts: Array(all.prefix(Int(request.page?.size ?? 20))))
          }
        },
        .unary(Methods.deleteAlert) { request, _ in
          self.state.withLock { state in
            state.alerts.removeAll { $0.id == request.id && $0.subscriber == request.subscriber }
          }
          return NotifierV1.DeleteAlertResponse()
        },
        .unary(Methods.listChannels) { request, _ in
          self.state.withLock { state in
            NotifierV1.ListChannelsResponse(channels: state.channels.filter { $0.subscriber == request.subscriber })
          }
        },
        .unary(Methods.removeChannel) { request, _ in
          self.state.withLock { state in
            state.channels.removeAll { $0.id == request.id && $0.subscriber == request.subscriber }
          }
          return NotifierV1.RemoveChannelResponse()
        },
        .unary(Methods.listDeliveries) { request, _ in
          NotifierV1.ListDeliveriesResponse(deliveries: [.with { ($0.id, $0.subscriber) = (5, request.subscriber) }])
        },
      ])
  }

  static func withServer<Value>(_ body: (NotifierStandIn, String) async throws -> Value) async throws -> Value {
    let standIn = NotifierStandIn()
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0)),
      handler: try RPCServer(services: [standIn.definition]), group: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "notifier-stand-in"))
    let port = try await server.start().port ?? 0
    do {
      let value = try await body(standIn, "127.0.0.1:\(port)")
      await server.shutdown(grace: .zero)
      return value
    } catch {
      await server.shutdown(grace: .zero)
      throw error
    }
  }
}
