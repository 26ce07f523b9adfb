internal import Glibc

/// Ports on loopback for test servers.
package enum FreePort {
  /// A TCP port that nobody listened on just now; another process may take it before its user does.
  ///
  /// Below the range from which the system gives ports to outgoing connections, which would take one at any time.
  ///
  /// - Throws: `TestSupportError` when none is found.
  package static func next() throws -> Int {
    for _ in 0..<200 {
      let candidate = UInt16.random(in: 20_000..<32_000)
      if isFree(candidate) { return Int(candidate) }
    }
    throw TestSupportError("no free port on 127.0.0.1")
  }

  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    // As servers bind: a port whose last connections still linger is free to them.
    var reuse: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
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
