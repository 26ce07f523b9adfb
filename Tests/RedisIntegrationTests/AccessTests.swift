import NIOCore
import RedisClient
import TestSupport
import Testing

@Suite("Credentials, rights and TLS on a real server", .timeLimit(.minutes(5)))
struct AccessTests {
  private func server() async throws -> PrivateRedis {
    var options = PrivateRedis.Options()
    options.password = "admin-pw"
    options.users = [
      "user catalog on >catalog-pw ~catalog:* resetchannels &catalog:* +@all -@dangerous",
      "user pricing on >pricing-pw ~pricing:* resetchannels &pricing:* +@all -@dangerous",
    ]
    return try await PrivateRedis.start(options)
  }

  @Test("A wrong password is a clear error at once, without the password in it", arguments: [false, true])
  func wrongPassword(usesHello: Bool) async throws {
    let server = try await server()
    var configuration = server.configuration
    configuration.username = "catalog"
    configuration.password = Secret("hunter2")
    configuration.usesHello = usesHello
    try await withRedis(configuration) { client async throws in
      let first = try await redisError { try await client.ping() }
      #expect(first.code == .authenticationFailed)
      #expect(!first.description.contains("hunter2"))
      // Whoever waits and whoever comes later hears the same.
      let second = try await redisError { try await client.waitUntilReady() }
      #expect(second.code == .authenticationFailed || second.code == .notConnected)
    }
  }

  @Test("Without a password where one is needed the error says so")
  func noPassword() async throws {
    let server = try await server()
    try await withRedis(server.configuration) { client async throws in
      let error = try await redisError { try await client.ping() }
      #expect(error.code == .authenticationFailed)
    }
  }

  @Test("A password that is corrected on the server lets the client in without help")
  func correctedPassword() async throws {
    let server = try await server()
    var configuration = server.configuration
    configuration.username = "catalog"
    configuration.password = Secret("rotated")
    try await withRedis(configuration) { client async throws in
      let error = try await redisError { try await client.ping() }
      #expect(error.code == .authenticationFailed)
      try await server.run("ACL", "SETUSER", "catalog", ">rotated")
      try await client.waitUntilHealthy()
    }
  }

  @Test("A service's user reaches its own prefix and no other", arguments: [false, true])
  func prefix(usesHello: Bool) async throws {
    let server = try await server()
    try await server.withClient(changing: {
      $0.username = "catalog"
      $0.password = Secret("catalog-pw")
      $0.clientName = "catalog-service"
      $0.usesHello = usesHello
    }) { client async throws in
      try await client.set("catalog:1", "mine")
      #expect(try await client.get("catalog:1") == ByteBuffer(string: "mine"))
      #expect(try await server.run("CLIENT", "LIST").contains("name=catalog-service"))
      let calls: [RedisCommand] = [
        RedisCommand("GET", ["pricing:1"]), RedisCommand("SET", ["pricing:1", "x"]),
        RedisCommand("MGET", ["catalog:1", "pricing:1"]), RedisCommand("DEL", ["pricing:1"]),
        RedisCommand("EVAL", ["return redis.call('GET', KEYS[1])", 1, "pricing:1"]), RedisCommand("FLUSHALL"),
        RedisCommand("PUBLISH", ["pricing:changes", "x"]),
      ]
      for call in calls {
        let error = try await redisError { _ = try await client.send(call) }
        #expect(error.serverErrorKind == "NOPERM", "\(call.name)")
        #expect(!error.description.contains("pricing"))
      }
      #expect(try await client.get("catalog:1") == ByteBuffer(string: "mine"), "neighbours of refused commands")
    }
  }

  @Test("SELECT separates databases")
  func database() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient(changing: { $0.database = 3 }) { client async throws in
      try await client.set("only", "here")
      #expect(try await server.run("-n", "3", "GET", "only").contains("here"))
      #expect(try await server.run("EXISTS", "only").contains("0"))
    }
  }

  @Test("A database that does not exist is refused clearly")
  func noSuchDatabase() async throws {
    let server = try await PrivateRedis.start()
    var configuration = server.configuration
    configuration.database = 99
    try await withRedis(configuration) { client async throws in
      let error = try await redisError { try await client.waitUntilReady() }
      #expect(error.code == .notConnected && error.description.contains("SELECT"))
    }
  }

  @Test("A Unix socket works like TCP")
  func unixSocket() async throws {
    let server = try await PrivateRedis.start()
    let configuration = try RedisConfiguration(url: "unix://\(server.socketPath)?db=1")
    try await withRedis(configuration) { client async throws in
      try await client.set("k", "v")
      #expect(try await client.get("k") == ByteBuffer(string: "v"))
    }
  }

  @Test("TLS with the right authority works, through a restart too")
  func tls() async throws {
    var options = PrivateRedis.Options()
    options.usesTLS = true
    let server = try await PrivateRedis.start(options)
    var configuration = try RedisConfiguration(url: "rediss://localhost:\(server.port)")
    configuration.tls?.trustedCertificatesFile = server.authorityFile
    configuration.commandTimeout = .seconds(10)
    try await withRedis(configuration) { client async throws in
      let large = ByteBuffer(repeating: 7, count: 3_000_000)
      try await client.set("k", .bytes(large))
      #expect(try await client.get("k") == large)
      try await server.kill()
      try await server.restart()
      try await client.waitUntilHealthy()
    }
  }

  @Test("TLS with an unknown authority is refused, and nothing is sent in clear text")
  func untrusted() async throws {
    var options = PrivateRedis.Options()
    options.usesTLS = true
    let server = try await PrivateRedis.start(options)
    let configuration = try RedisConfiguration(url: "rediss://:pw@127.0.0.1:\(server.port)")
    try await withRedis(configuration) { client async throws in
      let error = try await redisError { try await client.waitUntilReady() }
      #expect(error.code == .notConnected)
    }
  }

  @Test("A server that asks for a client's certificate gets one; without it the connection is refused")
  func clientCertificate() async throws {
    var options = PrivateRedis.Options()
    options.usesTLS = true
    options.wantsClientCertificate = true
    let server = try await PrivateRedis.start(options)
    var configuration = server.configuration
    configuration.tls = RedisTLS(trustedCertificatesFile: server.authorityFile)
    try await withRedis(configuration) { client async throws in
      _ = try await redisError { try await client.waitUntilReady() }
    }
    configuration.tls?.certificateFile = server.certificateFile
    let half = try await redisError { try await withRedis(configuration) { _ in } }
    #expect(half.code == .invalidConfiguration)
    configuration.tls?.privateKeyFile = server.keyFile
    try await withRedis(configuration) { client async throws in
      try await client.ping()
    }
  }

  @Test("A server that is full is not taken for one that refuses the password")
  func fullServer() async throws {
    var options = PrivateRedis.Options()
    options.password = "pw"
    options.settings = ["maxclients 1"]
    let server = try await PrivateRedis.start(options)
    var configuration = server.configuration
    configuration.password = Secret("pw")
    configuration.connections = 1
    try await withRedis(configuration) { first async throws in
      try await first.ping()
      try await withRedis(configuration) { second async throws in
        let error = try await redisError { try await second.waitUntilReady() }
        #expect(error.code == .notConnected)
        try await first.shutdown()
        try await second.waitUntilHealthy()
      }
    }
  }

  @Test("A certificate for another name is refused")
  func wrongName() async throws {
    var options = PrivateRedis.Options()
    options.usesTLS = true
    options.certificateNames = ["DNS:localhost"]
    let server = try await PrivateRedis.start(options)
    var configuration = server.configuration
    configuration.tls = RedisTLS(trustedCertificatesFile: server.authorityFile)
    try await withRedis(configuration) { client async throws in
      let error = try await redisError { try await client.waitUntilReady() }
      #expect(error.code == .notConnected)
    }
  }
}
