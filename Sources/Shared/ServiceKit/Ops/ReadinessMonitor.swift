internal import CoreMetrics
internal import Logging

/// Runs the checks again and again; probes get the last result and cost the checked servers nothing.
struct ReadinessMonitor<C: Clock>: Sendable where C.Duration == Duration {
  let readiness: Readiness
  let checks: [ReadinessCheck]
  let logger: Logger
  let clock: C
  var interval = Duration.seconds(1)

  /// One round: all checks side by side.
  ///
  /// - Parameter requiredOnly: leaves out those that readiness does not wait for.
  func round(requiredOnly: Bool = false) async {
    await withTaskGroup(of: Void.self) { group in
      for check in checks where check.isRequired || !requiredOnly {
        group.addTask {
          let failure = await check.failure()
          // While the process ends its checks fail for that alone.
          if Task.isCancelled { return }
          let before = readiness.checkState(check.name)
          readiness.set(check.name, isRequired: check.isRequired, failure: failure)
          gauge(check.name).set(Int64(failure == nil ? 1 : 0))
          if let failure, before == nil || before?.failure == nil {
            logger.warning("check fails", metadata: ["check": "\(check.name)", "reason": "\(failure)"])
          } else if failure == nil, before?.failure != nil {
            logger.notice("check is well again", metadata: ["check": "\(check.name)"])
          }
        }
      }
    }
  }

  /// Rounds until cancelled.
  func run() async {
    while !Task.isCancelled {
      await round()
      do { try await clock.sleep(for: interval) } catch { return }
    }
  }

  private func gauge(_ name: String) -> any MeterHandler {
    PrometheusRegistry.shared.makeMeter(label: "readiness_check_ok", dimensions: [("check", name)])
  }
}
