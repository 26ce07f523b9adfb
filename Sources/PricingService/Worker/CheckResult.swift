internal import Logging

/// What came of a check.
package struct CheckResult: Sendable {
  package var claim: Claim
  package var startedAt: Moment
  /// In microseconds.
  package var duration: Int64
  package var outcome: Outcome
  /// For a person; without secrets.
  package var detail = ""
  package var observation: SourceObservation?
  /// Of the answer; nil: those before stay.
  package var validators: Validators?
  /// The source does not want to be asked for so long, in milliseconds.
  package var retryAfter: Int64?

  /// The numbers of `RunOutcome` in scheduler.proto.
  package enum Outcome: Int16, Sendable {
    case succeeded = 1
    case unreachable = 2
    case refused = 3
    case unreadable = 4
    case forbiddenAddress = 5
    case gone = 6
    case notModified = 7

    /// Whether the source gave an answer that can be used.
    package var isSuccess: Bool { self == .succeeded || self == .gone || self == .notModified }
  }

  package init(claim: Claim, startedAt: Moment, duration: Int64, outcome: Outcome) {
    self.claim = claim
    self.startedAt = startedAt
    self.duration = duration
    self.outcome = outcome
  }
}

extension Claim {
  /// Asks a source and says what came of it; never throws.
  func check(_ source: (any PriceSource)?, clock: @Sendable () -> Moment, logger: Logger) async -> CheckResult {
    let startedAt = clock()
    let start = ContinuousClock.now
    func result(_ outcome: CheckResult.Outcome) -> CheckResult {
      let elapsed = ContinuousClock.now - start
      let duration = elapsed.components.seconds * 1_000_000 + elapsed.components.attoseconds / 1_000_000_000_000
      return CheckResult(claim: self, startedAt: startedAt, duration: duration, outcome: outcome)
    }
    guard let source else {
      var failed = result(.unreadable)
      failed.detail = "no source of kind \(kind) here"
      return failed
    }
    do {
      switch try await source.observe(listing) {
      case .observed(let observation, let validators):
        var seen = result(.succeeded)
        seen.observation = observation
        seen.validators = validators
        return seen
      case .notModified: return result(.notModified)
      case .gone: return result(.gone)
      }
    } catch let error as SourceError {
      var failed = result(CheckResult.Outcome(error.kind))
      failed.detail = String(error.detail.prefix(500))
      if case .refused(let after?) = error.kind {
        // A day at most: a source that says more is looked at again tomorrow.
        failed.retryAfter = min(max(0, after.components.seconds), 86_400) * 1000
      }
      return failed
    } catch {
      var failed = result(.unreachable)
      failed.detail = error is CancellationError ? "the check was cancelled" : "\(type(of: error))"
      // What shops do wrong are errors of sources; this is a mistake of ours.
      if !(error is CancellationError) {
        logger.error("a check failed as none should", error: error, metadata: ["source": "\(self.source)"])
      }
      return failed
    }
  }
}

extension CheckResult.Outcome {
  fileprivate init(_ kind: SourceError.Kind) {
    switch kind {
    case .unreachable: self = .unreachable
    case .refused: self = .refused
    case .unreadable: self = .unreadable
    case .forbiddenAddress: self = .forbiddenAddress
    }
  }
}
