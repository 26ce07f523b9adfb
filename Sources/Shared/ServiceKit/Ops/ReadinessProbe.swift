internal import Glibc
internal import HTTPTransport

/// `--probe`: asks the ops listener of a process on this machine for `/readyz`, by a plain blocking socket, for nothing
/// else runs in a process that only asks.
enum ReadinessProbe {
  /// How long each step may take: an engine's own limit is to be longer.
  static let seconds = 2

  /// - Throws: `ServiceError` `.unavailable` when nobody answers, or the answer is not 200.
  static func ask(_ address: HTTPServerConfiguration.Address) throws(ServiceError) {
    let descriptor = try connected(to: address)
    defer { close(descriptor) }
    try send(Array("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8), descriptor)
    let line = try statusLine(descriptor)
    guard line.hasPrefix("HTTP/1.1 200") else {
      throw ServiceError(.unavailable, "not ready: \(line.debugDescription)")
    }
  }

  private static func connected(to address: HTTPServerConfiguration.Address) throws(ServiceError) -> Int32 {
    let (family, bytes) = try socketAddress(address)
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw ServiceError(.unavailable, "no socket: error \(errno)") }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    let status = bytes.withUnsafeBytes { raw in
      connect(descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
    }
    guard status == 0 else {
      let number = errno
      close(descriptor)
      throw ServiceError(.unavailable, "nobody answers at OPS_LISTEN: error \(number)")
    }
    return descriptor
  }

  private static func send(_ request: [UInt8], _ descriptor: Int32) throws(ServiceError) {
    // A request of some 60 bytes goes into an empty buffer whole, or not at all.
    guard write(descriptor, request, request.count) == request.count else {
      throw ServiceError(.unavailable, "the request could not be sent: error \(errno)")
    }
  }

  private static func statusLine(_ descriptor: Int32) throws(ServiceError) -> String {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while line.count < 256, !line.contains(UInt8(ascii: "\n")) {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ServiceError(.unavailable, "no answer within \(seconds) s") }
      line += buffer[..<count]
    }
    return String(decoding: line.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// The bytes of the `sockaddr`. Of a listener on all addresses the loopback one is asked.
  private static func socketAddress(
    _ address: HTTPServerConfiguration.Address
  ) throws(ServiceError) -> (family: Int32, bytes: [UInt8]) {
    switch address {
    case .unixSocket(let path):
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
      return (AF_UNIX, withUnsafeBytes(of: address) { Array($0) })
    case .hostPort(let host, let port):
      guard let number = UInt16(exactly: port) else { throw ServiceError(.unavailable, "OPS_LISTEN: no port \(port)") }
      let host = ["0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"][host] ?? host
      var four = sockaddr_in()
      if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = number.bigEndian
        return (AF_INET, withUnsafeBytes(of: four) { Array($0) })
      }
      var six = sockaddr_in6()
      guard inet_pton(AF_INET6, host, &six.sin6_addr) == 1 else {
        throw ServiceError(.unavailable, "--probe needs an IP address in OPS_LISTEN")
      }
      six.sin6_family = sa_family_t(AF_INET6)
      six.sin6_port = number.bigEndian
      return (AF_INET6, withUnsafeBytes(of: six) { Array($0) })
    }
  }
}
