import HTTPTransport
import NIOCore

/// How a load test goes, whatever it asks for.
struct LoadPlan: Sendable {
  enum Mode: Sendable, Equatable {
    /// So many users, each of whom asks again when the answer is there (closed loop).
    case users(Int)
    /// So many requests a second, whatever becomes of them (open loop).
    case rate(Double)
  }

  var mode = Mode.users(100)
  var version = HTTPConnectionInfo.Version.http1
  var warmUp = Duration.seconds(5)
  var duration = Duration.seconds(60)
  /// How long an answer may take.
  var timeout = Duration.seconds(10)
  var think: ClosedRange<Duration> = .zero...(.zero)
  var connections = 100
  /// Requests that may be under way, those that wait for a connection included.
  var maximumOutstanding = 10_000
  var seed: UInt64 = 1
  var threads = 1

  /// What one of `threads` workers has of a number of things.
  func share(_ count: Int, of worker: Int) -> Int {
    count / threads + (worker < count % threads ? 1 : 0)
  }
}

/// When requests are due in open loop: evenly, whatever the target does.
struct RateSchedule: Sendable, Equatable {
  let rate: Double
  /// Every how many-th is ours, and which is the first.
  let stride: Int
  let offset: Int

  /// Nanoseconds from the start to our n-th request.
  func due(_ number: Int) -> Int64 { Int64(Double(number * stride + offset) / rate * 1e9) }
}
