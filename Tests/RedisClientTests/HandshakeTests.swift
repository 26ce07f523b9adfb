import Testing

@testable import RedisClient

@Suite("What a new connection says and hears")
struct HandshakeTests {
  private func handshake(_ change: (inout RedisConfiguration) -> Void) -> RedisHandshake {
    var configuration = RedisConfiguration(endpoint: .tcp(host: "h", port: 1))
    change(&configuration)
    return RedisHandshake(configuration)
  }

  @Test("Credentials, name and database in their order, by AUTH or by HELLO")
  func commands() {
    let all = handshake {
      $0.username = "u"
      $0.password = Secret("p")
      $0.clientName = "n"
      $0.database = 3
    }
    #expect(all.commands.map(\.name) == ["AUTH", "CLIENT", "SELECT", "PING"])
    #expect(all.commands[0].arguments == ["u", "p"])
    let hello = handshake {
      $0.password = Secret("p")
      $0.usesHello = true
    }
    #expect(hello.commands.first?.arguments == ["2", "AUTH", "default", "p"])
  }

  @Test(
    "Refused credentials are told from a server that cannot take us now",
    arguments: [
      ("WRONGPASS invalid username-password pair", RedisError.Code.authenticationFailed),
      ("ERR AUTH <password> called without any password configured", .authenticationFailed),
      ("ERR max number of clients reached", .notConnected), ("LOADING dataset in memory", .notConnected),
      ("DENIED protected mode", .notConnected),
    ])
  func refusal(_ text: String, _ code: RedisError.Code) {
    var handshake = handshake { $0.password = Secret("p") }
    let error = #expect(throws: RedisError.self) {
      try handshake.receive(.error(RedisServerError(message: text)))
    }
    #expect(error?.code == code)
  }

  @Test("A service's user need not be allowed to name itself")
  func noPermission() throws {
    var handshake = handshake { $0.clientName = "n" }
    #expect(try handshake.receive(.error(RedisServerError(message: "NOPERM client"))) == false)
    #expect(try handshake.receive(.status("PONG")))
  }
}
