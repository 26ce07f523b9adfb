import Testing

@testable import OutboundHTTP

@Suite("Address policy")
struct AddressPolicyTests {
  private func code(_ policy: AddressPolicy, _ address: String, _ url: String) throws -> OutboundError.Code? {
    let address = try #require(IPAddress(v4: address) ?? IPAddress(v6: address))
    let url = try OutboundURL(url)
    do {
      try policy.check(address, for: url)
      return nil
    } catch {
      return error.code
    }
  }

  @Test("Without exceptions only public addresses on the ports of the web are allowed")
  func publicOnly() throws {
    let policy = AddressPolicy.publicOnly
    #expect(try code(policy, "8.8.8.8", "http://a.example/") == nil)
    #expect(try code(policy, "8.8.8.8", "https://a.example/") == nil)
    #expect(try code(policy, "8.8.8.8", "http://a.example:443/") == nil)
    #expect(try code(policy, "8.8.8.8", "http://a.example:25/") == .forbiddenAddress)
    #expect(try code(policy, "127.0.0.1", "http://a.example/") == .forbiddenAddress)
    #expect(try code(policy, "::ffff:127.0.0.1", "http://a.example/") == .forbiddenAddress)
  }

  @Test("A block is allowed on all ports, also by mapped addresses")
  func block() throws {
    let policy = try AddressPolicy(allowing: "127.0.0.0/8, fd00::/8")
    #expect(try code(policy, "127.0.0.1", "http://a.example:7700/") == nil)
    #expect(try code(policy, "::ffff:127.0.0.1", "http://a.example:7700/") == nil)
    #expect(try code(policy, "fd00::1", "http://a.example:1/") == nil)
    #expect(try code(policy, "10.0.0.1", "http://a.example/") == .forbiddenAddress)
    #expect(try code(policy, "::1", "http://a.example/") == .forbiddenAddress)
  }

  @Test("A host with a port is allowed as it is written, on that port only")
  func endpoint() throws {
    let policy = try AddressPolicy(allowing: "Shop-Sim:7700,[::1]:80,127.0.0.1:7701")
    #expect(try code(policy, "172.18.0.5", "http://shop-sim:7700/") == nil)
    #expect(try code(policy, "172.18.0.5", "http://shop-sim:7701/") == .forbiddenAddress)
    #expect(try code(policy, "172.18.0.5", "http://other:7700/") == .forbiddenAddress)
    #expect(try code(policy, "::1", "http://[0:0::1]/") == nil)
    #expect(try code(policy, "127.0.0.1", "http://127.0.0.1:7701/") == nil)
    #expect(try code(policy, "127.0.0.1", "http://localhost:7701/") == .forbiddenAddress)
  }

  @Test(
    "A URL's text gives away what must not be called",
    arguments: [
      "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://localhost/", "http://a.localhost/", "http://nas.local/",
      "http://metadata.google.internal/", "http://router.home.arpa/", "http://a.example:6379/", "https://8.8.8.8:22/",
    ])
  func text(url: String) throws {
    #expect { try AddressPolicy.publicOnly.check(OutboundURL(url)) } throws: {
      ($0 as? OutboundError)?.code == .forbiddenAddress
    }
  }

  @Test("A URL's text is not refused where exceptions may hold, nor where a name may be a public one")
  func textOfExceptions() throws {
    try AddressPolicy.publicOnly.check(OutboundURL("https://local.example/"))
    try AddressPolicy(allowing: "localhost:7700").check(OutboundURL("http://localhost:7700/"))
    try AddressPolicy(allowing: "127.0.0.0/8").check(OutboundURL("http://localhost:7700/"))
    #expect(throws: OutboundError.self) {
      try AddressPolicy(allowing: "localhost:7700").check(OutboundURL("http://localhost:7701/"))
    }
  }

  @Test("An empty list has no exceptions")
  func empty() throws {
    #expect(try AddressPolicy(allowing: "") == .publicOnly)
    #expect(try AddressPolicy(allowing: " , ") == .publicOnly)
  }

  @Test(
    "What is no exception is refused by name",
    arguments: ["shop", "127.1", "10.0.0.0/33", "a:b", "http://a:1", "a:1/x"])
  func refused(entry: String) {
    let error = #expect(throws: OutboundError.self) { try AddressPolicy(allowing: "10.0.0.0/8,\(entry)") }
    #expect(error?.code == .invalidConfiguration)
    #expect(error?.message.contains(entry) == true)
  }
}
