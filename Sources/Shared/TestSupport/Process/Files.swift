internal import Glibc

/// A file's text; empty when it cannot be read.
func readFile(_ path: String) -> String {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return "" }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 8192)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { break }
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

func write(_ text: String, to path: String) throws {
  try put(text, to: path, flags: O_WRONLY | O_CREAT | O_TRUNC)
}

func append(_ text: String, to path: String) throws {
  try put(text, to: path, flags: O_WRONLY | O_CREAT | O_APPEND)
}

private func put(_ text: String, to path: String, flags: Int32) throws {
  let descriptor = open(path, flags | O_CLOEXEC, 0o644)
  let bytes = Array(text.utf8)
  guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
    throw TestSupportError("cannot write \(path)")
  }
  close(descriptor)
}

/// A TCP port on 127.0.0.1 that nobody listens on now.
package func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let status = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
      bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
    }
  }
  guard status else { throw TestSupportError("no free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}
