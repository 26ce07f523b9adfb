import HTTPTransport
import NIOCore
import ProtobufBridge

/// Asks for what a scenario takes from answers, before the test begins; and finds out whether the target is there.
struct FirstAnswers {
  let scenario: Scenario
  let target: LoadTarget
  let settings: LoadConnectionSettings
  let key: String?
  let timeout: Duration

  /// Values that a variable takes from an answer.
  static let maximumValues = Scenario.maximumValues

  /// - Returns: the values of each variable.
  /// - Throws: `FiyatError`.
  func values(from address: SocketAddress, executor: EventLoopExecutor) async throws -> [String: [String]] {
    let listener = Listener()
    let connection = try await connect(to: address, executor, listener)
    defer { connection.close() }
    var values: [String: [String]] = [:]
    for variable in scenario.variables {
      values[variable.name] = variable.values
      guard let answer = variable.answer else { continue }
      let body = try await body(of: answer.path, connection, for: variable.name)
      let found: [String]
      do throws(JSONTextError) {
        found = try JSONPlaces.texts(in: body, at: answer.field, limit: Self.maximumValues)
      } catch {
        throw FiyatError("variable \(variable.name): the answer of \(answer.path) is no JSON: \(error)")
      }
      if !found.isEmpty { values[variable.name] = found }
      guard values[variable.name]?.isEmpty == false else {
        throw FiyatError("variable \(variable.name): the answer of \(answer.path) has no \(answer.field)")
      }
    }
    withExtendedLifetime(listener) {}
    return values
  }

  private func connect(
    to address: SocketAddress, _ executor: EventLoopExecutor, _ listener: Listener
  ) async throws -> any HTTPClientConnection {
    do {
      switch settings.version {
      case .http1:
        return try await HTTP1ClientConnection.connect(
          to: address, hostname: settings.hostname, configuration: .init(tls: settings.tls), executor: executor,
          delegate: listener)
      case .http2:
        return try await HTTP2ClientConnection.connect(
          to: address, hostname: settings.hostname, configuration: .init(tls: settings.tls), executor: executor,
          delegate: listener)
      }
    } catch let error as HTTPTransportError {
      throw FiyatError("\(target.url): \(error.message)")
    }
  }

  private func body(of path: String, _ connection: any HTTPClientConnection, for variable: String) async throws
    -> [UInt8]
  {
    // Not the scenario's fields: an answer that is compressed cannot be looked into.
    let head = RequestMix.head(path, target: target, headers: [:], key: key)
    let eventLoop = connection.eventLoop
    let timeout = TimeAmount.nanoseconds(timeout.nanoseconds)
    let answer = try await eventLoop.flatSubmit { () -> EventLoopFuture<Answer> in
      let promise = eventLoop.makePromise(of: Answer.self)
      let collector = Collector(promise)
      do {
        collector.stream = try connection.openStream(head: head, endStream: true, delegate: collector)
      } catch {
        promise.fail(error)
      }
      let bound = NIOLoopBound(collector, eventLoop: eventLoop)
      let timer = eventLoop.scheduleTask(in: timeout) { bound.value.stream?.reset(.cancel) }
      promise.futureResult.whenComplete { _ in timer.cancel() }
      return promise.futureResult
    }.get()
    guard answer.status == 200, !answer.isCut else {
      let reason = answer.isCut ? "was broken off, too long or too late" : "has status \(answer.status)"
      throw FiyatError("variable \(variable): the answer of \(path) \(reason)")
    }
    return answer.body
  }

  private struct Answer: Sendable {
    var status = 0
    var body: [UInt8] = []
    var isCut = false
  }

  private final class Listener: HTTPClientConnectionDelegate {
    func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {}
    func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {}
  }

  /// Keeps an answer up to 8 MiB. On the connection's event loop only.
  private final class Collector: HTTPStreamDelegate {
    private static let maximumBytes = 8 << 20
    private let promise: EventLoopPromise<Answer>
    private var answer = Answer()
    var stream: (any HTTPStream)?

    init(_ promise: EventLoopPromise<Answer>) { self.promise = promise }

    func streamReceived(head: HeaderBlock, endStream: Bool) {
      answer.status = head[":status"].flatMap { Int($0) } ?? 0
    }

    func streamReceived(data: ByteBuffer, endStream: Bool) {
      stream?.consumed(data.readableBytes)
      if answer.body.count + data.readableBytes <= Self.maximumBytes {
        answer.body += data.readableBytesView
      } else {
        stream?.reset(.cancel)
      }
    }

    func streamReceived(trailers: HeaderBlock) {}

    func streamClosed(_ reason: HTTPStreamCloseReason) {
      answer.isCut = reason != .completed
      stream = nil
      promise.succeed(answer)
    }
  }
}
