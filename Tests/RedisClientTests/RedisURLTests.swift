import NIOCore
import Testing

@testable import RedisClient

@Suite("Redis URLs")
struct RedisURLTests {
  @Test("Host, port, user, password and database are read")
  func full() throws {
    let configuration = try RedisConfiguration(url: "redis://svc:p%40ss%3Aword@cache.local:7000/3")
    #expect(configuration.endpoint == .tcp(host: "cache.local", port: 7000))
    #expect(configuration.username == "svc")
    #expect(configuration.password?.revealed == "p@ss:word")
    #expect(configuration.database == 3)
    #expect(configuration.tls == nil)
  }

  @Test("What is left out has its default")
  func defaults() throws {
    let configuration = try RedisConfiguration(url: "redis://localhost")
    #expect(configuration.endpoint == .tcp(host: "localhost", port: 6379))
    #expect(configuration.username == nil && configuration.password == nil && configuration.database == 0)
    #expect(try RedisConfiguration(url: "redis://localhost/").database == 0)
    #expect(try RedisConfiguration(url: "redis://:secret@h").username == nil)
    #expect(try RedisConfiguration(url: "redis://:secret@h").password == Secret("secret"))
  }

  @Test("rediss means TLS, brackets an IPv6 address, unix a socket")
  func forms() throws {
    #expect(try RedisConfiguration(url: "rediss://h:1").tls == RedisTLS())
    #expect(try RedisConfiguration(url: "redis://[::1]:7000/1").endpoint == .tcp(host: "::1", port: 7000))
    #expect(try RedisConfiguration(url: "redis://[fe80::2]").endpoint == .tcp(host: "fe80::2", port: 6379))
    let socket = try RedisConfiguration(url: "unix://u:p@/run/my%20redis.sock?db=2")
    #expect(socket.endpoint == .unix(path: "/run/my redis.sock"))
    #expect(socket.username == "u" && socket.database == 2)
    #expect(try RedisConfiguration(url: "redis+unix:///r.sock").endpoint == .unix(path: "/r.sock"))
  }

  @Test(
    "A wrong URL is refused, and the refusal does not quote it",
    arguments: [
      "", "hunter2", "http://:hunter2@h", "redis://", "redis://:hunter2@", "redis://:hunter2@h:0",
      "redis://:hunter2@h:65536", "redis://:hunter2@h:x", "redis://:hunter2@h:", "redis://:hunter2@h/x",
      "redis://:hunter2@h/-1", "redis://:hunter2@h/65536", "redis://hunter2@h", "redis://hunter2:@h",
      "redis://:hunter2%@h", "redis://:hunter2%zz@h", "redis://:hunter2%FF@h", "redis://:hunter2%00@h",
      "redis://::1", "redis://[::1", "redis://[::1]x", "redis://:hunter2@h x", "unix://:hunter2@h/path", "unix://",
      "unix:///", "unix:///p?database=1", "unix:///p?db=", "redis://:hunter2@h?db=1",
    ])
  func wrong(_ url: String) throws {
    let error = try #require(throws: RedisError.self) { try RedisConfiguration(url: url) }
    #expect(error.code == .invalidConfiguration)
    #expect(!error.description.contains("hunter2"))
  }

  @Test("A configuration shows no password, however it is printed")
  func secret() throws {
    let configuration = try RedisConfiguration(url: "redis://u:hunter2@h")
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("hunter2"))
    #expect(!"\(configuration)".contains("hunter2"))
    #expect(!String(reflecting: configuration).contains("hunter2"))
  }
}
