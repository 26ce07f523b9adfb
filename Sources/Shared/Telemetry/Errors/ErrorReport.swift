package import TraceContext

/// An error that nobody expected, or a job that failed, as whoever saw it tells it.
package struct ErrorReport: Sendable {
  package enum Level: String, Sendable { case warning, error, fatal }

  /// What was at work.
  package enum Work: String, Sendable { case request, rpc, task, job, process }

  package var level = Level.error
  package var work: Work
  /// The route's pattern, the method's path, the task's name: one of few.
  package var place: String
  /// The error's type.
  package var type: String
  /// What it says of itself, as safe as a log's line.
  package var message: String
  package var requestID: String?
  package var trace: TraceParent?
  /// More labels; each from a small set.
  package var tags: [(name: String, value: String)] = []

  package init(_ work: Work, at place: String, type: String, message: String) {
    self.work = work
    self.place = place
    self.type = type
    self.message = message
  }

  /// What makes two reports the same error.
  var key: String { "\(work.rawValue) \(place) \(type)" }
}
