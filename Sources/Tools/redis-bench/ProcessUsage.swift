#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What this process has used so far.
struct ProcessUsage {
  /// User and system time of all threads.
  let cpuSeconds: Double
  /// The largest resident set so far.
  let peakKiB: Int

  static func now() -> ProcessUsage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return ProcessUsage(cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakKiB: Int(usage.ru_maxrss))
  }
}
