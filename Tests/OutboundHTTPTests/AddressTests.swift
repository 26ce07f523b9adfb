import NIOCore
import Testing

@testable import OutboundHTTP

@Suite("Outbound addresses")
struct AddressTests {
  private func address(_ text: String) throws -> IPAddress {
    try #require(IPAddress(v4: text) ?? IPAddress(v6: text), "\(text) is no address")
  }

  /// First, last and, between them, some addresses of every special block.
  @Test(
    "Addresses with a special purpose are not public",
    arguments: [
      "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.0", "100.100.100.100",
      "100.127.255.255", "127.0.0.0", "127.0.0.1", "127.1.2.3", "127.255.255.255", "169.254.0.0", "169.254.169.254",
      "169.254.255.255", "172.16.0.0", "172.17.0.1", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0",
      "192.0.2.255", "192.88.99.0", "192.88.99.255", "192.168.0.0", "192.168.1.1", "192.168.255.255", "198.18.0.0",
      "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0",
      "239.255.255.255", "240.0.0.0", "255.255.255.254", "255.255.255.255",
      "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
      "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "0:0:0:0:0:ffff:c0a8:1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
      "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "100::1", "1::1", "1fff:ffff::1", "2001::1",
      "2001:0:ffff::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1", "2001:db8:ffff::1",
      "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1", "2002:a9fe:a9fe::1", "2606:4700::5efe:127.0.0.1",
      "2606:4700::200:5efe:10.0.0.1", "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1", "8000::1", "fc00::",
      "fc00::1", "fd00::1", "fdff:ffff::1", "fe80::", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff00::", "ff02::1",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ])
  func special(text: String) throws {
    #expect(try address(text).specialPurpose != nil)
  }

  /// The neighbours of the special blocks among them.
  @Test(
    "Other addresses are public",
    arguments: [
      "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "93.184.215.14", "100.63.255.255", "100.128.0.0",
      "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
      "191.255.255.255",
      "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
      "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
      "2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1", "2002:808:808::1",
      "2606:4700::1111", "2a00:1450::1", "3ffe:ffff::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8",
      "2606:4700::5efe:8.8.8.8",
    ])
  func global(text: String) throws {
    #expect(try address(text).specialPurpose == nil)
  }

  @Test("Socket addresses of both families convert there and back", arguments: ["127.0.0.1", "::1", "2001:db8::a:b"])
  func conversion(text: String) throws {
    let address = try address(text)
    let socketAddress = try address.socketAddress(port: 80)
    #expect(socketAddress.ipAddress == text)
    #expect(socketAddress.port == 80)
    #expect(IPAddress(socketAddress) == address)
    #expect(address.description == text)
  }

  @Test(
    "A block holds its addresses and no others",
    arguments: [
      ("10.0.0.0/8", "10.0.0.0", true), ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
      ("10.1.2.3/8", "10.9.9.9", true), ("0.0.0.0/0", "255.255.255.255", true), ("1.2.3.4", "1.2.3.4", true),
      ("1.2.3.4", "1.2.3.5", false), ("1.2.3.4/31", "1.2.3.5", true), ("0.0.0.0/0", "::1", false),
      ("::/0", "1.2.3.4", false), ("::/0", "ffff::", true), ("fd00::/8", "fdff::1", true),
      ("fd00::/8", "fc00::1", false),
      ("2001:db8::/64", "2001:db8::ffff", true), ("2001:db8::/64", "2001:db8:0:1::", false),
      ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("::1", "::1", true), ("::1/128", "::2", false),
    ])
  func blocks(block: String, text: String, isInside: Bool) throws {
    let network = try #require(AddressNetwork(block))
    #expect(network.contains(try address(text)) == isInside)
  }

  @Test(
    "What is no block is refused",
    arguments: [
      "", "/", "10/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1",
      "10.0.0.0/8/8", "10.0.0.0/+8", "a/8", "0x0a.0.0.0/8", "10.0.0.0/8 ",
    ])
  func noBlocks(text: String) {
    #expect(AddressNetwork(text) == nil)
  }
}
