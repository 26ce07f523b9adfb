/// The figures of a run.
struct BenchReport: Sendable {
  let load: BenchLoad
  let latencies: LatencyHistogram
  /// Of this process, user and system, in the measured time.
  let cpuSeconds: Double

  /// One line. `bytes_per_second` counts payload in one direction.
  var json: String {
    let bytes = Double(latencies.count) * Double(load.payload) / load.seconds
    let fields = [
      "\"mode\":\"\(load.mode.rawValue)\"", "\"outstanding\":\(load.outstanding)", "\"calls\":\(latencies.count)",
      "\"seconds\":\(load.seconds)", "\"cpu_seconds\":\(rounded(cpuSeconds))",
      "\"p50_us\":\(rounded(latencies.quantile(0.50)))", "\"p99_us\":\(rounded(latencies.quantile(0.99)))",
      "\"bytes_per_second\":\(bytes.rounded())",
    ]
    return "{" + fields.joined(separator: ",") + "}"
  }

  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
