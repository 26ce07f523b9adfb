internal import CoreMetrics
internal import Glibc

/// The process's own figures, read when Prometheus asks, under the names that Prometheus's clients have for them.
enum ProcessMetrics {
  static func register(in registry: PrometheusRegistry, service: String, version: String) {
    func gauge(_ name: String, _ help: String) -> any MeterHandler {
      registry.describe(name, help)
      return registry.makeMeter(label: name, dimensions: [])
    }
    let resident = gauge("process_resident_memory_bytes", "Memory in RAM.")
    let virtual = gauge("process_virtual_memory_bytes", "Address space.")
    let descriptors = gauge("process_open_fds", "Open file descriptors.")
    let limit = gauge("process_max_fds", "File descriptors that may be open.")
    let threads = gauge("process_threads", "Threads.")
    let start = gauge("process_start_time_seconds", "When the process started, in seconds since 1970.")
    start.set(startTime())
    registry.describe("process_cpu_seconds_total", "Processor time used.")
    let processor = registry.makeFloatingPointCounter(label: "process_cpu_seconds_total", dimensions: [])
    registry.describe("build_info", "1, labelled with what runs.")
    registry.makeMeter(label: "build_info", dimensions: [("service", service), ("version", version)]).set(Int64(1))
    registry.addCollector {
      let pages = numbers("/proc/self/statm")
      if pages.count >= 2 {
        virtual.set(Int64(pages[0] * pageSize))
        resident.set(Int64(pages[1] * pageSize))
      }
      descriptors.set(Int64(count(of: "/proc/self/fd")))
      threads.set(Int64(count(of: "/proc/self/task")))
      var bound = rlimit()
      if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bound) == 0 {
        limit.set(Int64(clamping: bound.rlim_cur))
      }
      processor.reset()
      processor.increment(by: processorTime())
    }
  }

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// From the process's start in clock ticks after boot (proc(5), `stat`, field 22).
  private static func startTime() -> Double {
    let text = (try? FileText.read("/proc/self/stat", limit: 4096)) ?? ""
    // The program's name stands in parentheses and may hold anything.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    var now = timespec()
    var sinceBoot = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    let boot = Double(now.tv_sec) - Double(sinceBoot.tv_sec) + Double(now.tv_nsec - sinceBoot.tv_nsec) / 1e9
    guard fields.count > 20, let ticks = Double(fields[20]) else { return Double(now.tv_sec) }
    return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func numbers(_ path: String) -> [Int] {
    ((try? FileText.read(path, limit: 4096)) ?? "").split { $0 == " " || $0.isNewline }.compactMap { Int($0) }
  }

  private static func count(of directory: String) -> Int {
    guard let handle = opendir(directory) else { return 0 }
    defer { closedir(handle) }
    var count = -2
    while readdir(handle) != nil { count += 1 }
    return max(0, count)
  }
}
