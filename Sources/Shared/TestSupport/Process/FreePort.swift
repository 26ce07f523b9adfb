#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Ports on loopback for test servers.
package enum FreePort {
  /// A TCP port that nobody listened on just now; another process may take it before its user does.
  ///
  /// - Parameter bound: the port is below it; a Redis node in a cluster also uses its port plus 10000.
  package static func next(below bound: UInt16 = .max) throws -> Int {
    for _ in 0..<200 {
      let candidate = UInt16.random(in: 20_000..<min(bound, 32_000))
      if isFree(candidate) { return Int(candidate) }
    }
    throw TestProcess.Failure("no free port on 127.0.0.1")
  }

  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
