import Synchronization

@testable import OutboundHTTP
@testable import PricingService

/// Answers by URL; keeps what it was asked.
final class ScriptedFetcher: PageFetcher {
  struct Answer: Sendable {
    var status = 200
    var headers: OutboundHeaders = ["content-type": "text/html; charset=utf-8"]
    var body = ""
    var url: String?
  }

  private struct State {
    var answers: [String: Answer] = [:]
    var requests: [OutboundRequest] = []
    var error: OutboundError?
  }

  private let state = Mutex(State())

  init(_ answers: [String: Answer] = [:]) { state.withLock { $0.answers = answers } }

  var requests: [OutboundRequest] { state.withLock { $0.requests } }

  func set(_ answer: Answer, for url: String) { state.withLock { $0.answers[url] = answer } }

  func fail(_ error: OutboundError?) { state.withLock { $0.error = error } }

  func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    let (answer, error) = state.withLock { state in
      state.requests.append(request)
      return (state.answers[request.url] ?? Answer(status: 404), state.error)
    }
    if let error { throw error }
    return OutboundResponse(
      status: answer.status, headers: answer.headers, body: Array(answer.body.utf8),
      url: try OutboundURL(answer.url ?? request.url))
  }
}
