import MeshRPC
import NIOCore
import NIOPosix
import OutboundHTTP

/// What a load test calls: `http://127.0.0.1:8080`.
struct LoadTarget: Sendable, Equatable {
  let isSecure: Bool
  let host: String
  let port: Int

  /// - Throws: `FiyatError` that says what was expected.
  init(_ url: String) throws(FiyatError) {
    let expected = FiyatError("URL: expected http://HOST:PORT or https://HOST:PORT without a path")
    let isSecure = url.hasPrefix("https://")
    guard isSecure || url.hasPrefix("http://"), url.utf8.count <= 300 else { throw expected }
    var authority = url.dropFirst(isSecure ? 8 : 7)
    if authority.hasSuffix("/") { authority = authority.dropLast() }
    var host = authority
    var port = isSecure ? 443 : 80
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else { throw expected }
      port = Int(number)
      host = authority[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard IPAddress(v6: host) != nil else { throw expected }
    } else {
      let isHost = host.utf8.allSatisfy { byte in
        PathTemplate.isName(String(UnicodeScalar(byte))) || byte == UInt8(ascii: ".")
      }
      guard !host.isEmpty, isHost else { throw expected }
    }
    self.isSecure = isSecure
    self.host = String(host)
    self.port = port
  }

  /// As it stands in `Host` and `:authority`.
  var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

  var url: String { (isSecure ? "https://" : "http://") + authority }

  /// The addresses of the host.
  ///
  /// - Parameter isOwn: whether the one who asks has said that the host is theirs.
  /// - Throws: `FiyatError` when there are none, or when one of them is not this machine's own.
  func addresses(isOwn: Bool, lookup: any HostLookup) async throws -> [SocketAddress] {
    let addresses: [SocketAddress]
    do throws(RPCError) {
      addresses = try await lookup.addresses(of: host, port: port)
    } catch {
      throw FiyatError("URL: \(error.message)")
    }
    guard !addresses.isEmpty else { throw FiyatError("URL: \(host) has no address") }
    if let other = addresses.first(where: { !Self.isLoopback($0) }), !isOwn {
      throw FiyatError(
        "URL: \(host) is \(other.ipAddress ?? "elsewhere"), which is not this machine. A load test of a host that is not "
          + "yours is an attack: say --i-own-this-host if it is")
    }
    return addresses
  }

  static func isLoopback(_ address: SocketAddress) -> Bool {
    IPAddress(address)?.unmapped.specialPurpose == "loopback"
  }
}
