internal import CGlibc
internal import NIOCore

/// The processors that this process may run on.
enum Processors {
  /// At least 1: fewer than the machine has where a container's share (cgroup) is smaller, or where the calling thread is
  /// pinned (`taskset`, a cpuset). More threads than that only take turns, and hand each other work.
  static var usable: Int {
    var set = cpu_set_t()
    // EINVAL: the machine has more processors than the set has bits.
    guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return System.coreCount }
    let pinned = withUnsafeBytes(of: &set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
    return max(1, min(pinned, System.coreCount))
  }
}
