/// Parses `redis://[user[:password]@]host[:port][/database]`, `rediss://…` (TLS) and
/// `unix://[user[:password]@]/path[?db=database]` (also `redis+unix`). User and password are percent-encoded.
enum RedisURL {
  /// - Throws: `RedisError` with `.invalidConfiguration`; its text never quotes the URL, which may hold a password.
  static func parse(_ url: String) throws -> RedisConfiguration {
    guard url.utf8.count <= 4096, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw invalid("it is longer than 4096 bytes, or holds spaces or control characters")
    }
    guard let colon = url.firstRange(of: "://") else {
      throw invalid("it has no scheme")
    }
    let rest = url[colon.upperBound...]
    switch url[..<colon.lowerBound].lowercased() {
    case "redis": return try parseTCP(rest, tls: false)
    case "rediss": return try parseTCP(rest, tls: true)
    case "unix", "redis+unix": return try parseUnix(rest)
    default: throw invalid("its scheme is not redis, rediss or unix")
    }
  }

  private static func parseTCP(_ text: Substring, tls: Bool) throws -> RedisConfiguration {
    let authorityEnd = text.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? text.endIndex
    let (credentials, address) = splitCredentials(text[..<authorityEnd])
    var configuration = RedisConfiguration(endpoint: try endpoint(address))
    try apply(credentials, to: &configuration)
    if tls { configuration.tls = RedisTLS() }
    var tail = text[authorityEnd...]
    if tail.first == "/" { tail = tail.dropFirst() }
    if !tail.isEmpty { configuration.database = try database(tail) }
    return configuration
  }

  private static func parseUnix(_ text: Substring) throws -> RedisConfiguration {
    let slash = text.firstIndex(of: "/") ?? text.endIndex
    let (credentials, host) = splitCredentials(text[..<slash])
    guard host.isEmpty else { throw invalid("a unix socket takes no host: write unix:///path") }
    let parts = text[slash...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    // sockaddr_un holds 108 bytes with the final NUL.
    guard let path = parts.first, path.utf8.count > 1, let decoded = decode(path), decoded.utf8.count < 108 else {
      throw invalid("the socket's path is missing or longer than 107 bytes")
    }
    var configuration = RedisConfiguration(endpoint: .unix(path: decoded))
    try apply(credentials, to: &configuration)
    if parts.count == 2 {
      guard parts[1].hasPrefix("db=") else { throw invalid("the only option of a unix socket is ?db=") }
      configuration.database = try database(parts[1].dropFirst(3))
    }
    return configuration
  }

  private static func splitCredentials(_ authority: Substring) -> (credentials: Substring?, rest: Substring) {
    guard let at = authority.lastIndex(of: "@") else { return (nil, authority) }
    return (authority[..<at], authority[authority.index(after: at)...])
  }

  private static func apply(_ credentials: Substring?, to configuration: inout RedisConfiguration) throws {
    guard let credentials else { return }
    let parts = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let user = decode(parts[0]), let password = parts.count == 2 ? decode(parts[1]) : "" else {
      throw invalid("its user or password is not percent-encoded UTF-8")
    }
    guard parts.count == 2, !password.isEmpty else {
      throw invalid("it has a user without a password: write user:password@ or :password@")
    }
    configuration.username = user.isEmpty ? nil : user
    configuration.password = Secret(password)
  }

  private static func endpoint(_ address: Substring) throws -> RedisEndpoint {
    var host = address
    var port: Substring?
    if address.first == "[" {
      guard let end = address.firstIndex(of: "]") else { throw invalid("its IPv6 address has no closing bracket") }
      host = address[address.index(after: address.startIndex)..<end]
      let tail = address[address.index(after: end)...]
      guard tail.isEmpty || tail.first == ":" else { throw invalid("only a port may follow its IPv6 address") }
      port = tail.isEmpty ? nil : tail.dropFirst()
    } else if let colon = address.lastIndex(of: ":") {
      host = address[..<colon]
      port = address[address.index(after: colon)...]
      guard !host.contains(":") else { throw invalid("an IPv6 address needs brackets") }
    }
    guard !host.isEmpty else { throw invalid("it has no host") }
    guard let port else { return .tcp(host: String(host), port: 6379) }
    guard port.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(port), (1...65535).contains(number) else {
      throw invalid("its port is not a number from 1 to 65535")
    }
    return .tcp(host: String(host), port: number)
  }

  private static func database(_ text: Substring) throws -> Int {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), number < 1 << 16
    else { throw invalid("its database is not a number from 0 to 65535") }
    return number
  }

  /// Undoes percent-encoding (RFC 3986, section 2.1); nil when it is malformed or no UTF-8.
  private static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard rest.count >= 2, let high = digit(rest.removeFirst()), let low = digit(rest.removeFirst()) else {
          return nil
        }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(byte)
      }
    }
    guard !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  private static func invalid(_ reason: String) -> RedisError {
    RedisError(.invalidConfiguration, "the Redis URL cannot be used: \(reason)")
  }
}

extension RedisConfiguration {
  /// Reads a URL: `redis://[user[:password]@]host[:port][/database]`, `rediss://…` for TLS, or
  /// `unix://[user[:password]@]/path[?db=database]`.
  ///
  /// - Throws: `RedisError` with `.invalidConfiguration`; its text never quotes the URL.
  package init(url: String) throws {
    self = try RedisURL.parse(url)
  }
}
