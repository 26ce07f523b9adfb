import HTTPTransport
import Testing

@testable import MeshRPC

@Suite("Metadata")
struct MetadataTests {
  @Test("Entries keep their order and a key may repeat")
  func order() throws {
    var metadata = Metadata()
    try metadata.append("1", for: "b")
    try metadata.append("2", for: "a")
    try metadata.append("3", for: "B")
    try metadata.append(binary: [4], for: "c-bin")
    #expect(metadata.entries.map(\.key) == ["b", "a", "b", "c-bin"])
    #expect(metadata["b"] == "1")
    #expect(metadata.values(for: "b") == [.text("1"), .text("3")])
    #expect(metadata[binary: "c-bin"] == [4])
    #expect(metadata["c-bin"] == nil)
    #expect(metadata[binary: "b"] == nil)
    #expect(metadata["none"] == nil)
    #expect(metadata.count == 4)
    #expect(!metadata.isEmpty)
  }

  @Test("Setting replaces all values and removing takes any case")
  func replace() throws {
    var metadata = try Metadata([("a", "1"), ("b", "2"), ("a", "3")])
    try metadata.set("4", for: "A")
    #expect(metadata == (try Metadata([("b", "2"), ("a", "4")])))
    #expect(throws: RPCError.self) { try metadata.set("\n", for: "b") }
    #expect(metadata["b"] == "2")
    metadata.removeAll(for: "B")
    #expect(metadata == (try Metadata([("a", "4")])))
    metadata.append(contentsOf: try Metadata([("a", "5")]))
    #expect(metadata.values(for: "a") == [.text("4"), .text("5")])
  }

  @Test("Keys hold 0-9 a-z _ - . and nothing else")
  func keyBytes() {
    for byte in UInt8(0)...127 {
      var metadata = Metadata()
      let key = "k" + String(UnicodeScalar(byte))
      let isAllowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.".utf8.contains(byte)
      let thrown = code { () throws(RPCError) in try metadata.append("v", for: key) }
      #expect(thrown == (isAllowed ? nil : .internal), "key byte \(byte)")
      #expect(metadata.count == (isAllowed ? 1 : 0))
    }
  }

  @Test(
    "Malformed and reserved keys are refused",
    arguments: [
      "", "ü", "a b", "a:b", ":path", ":status", "grpc-timeout", "grpc-status", "grpc-message", "GRPC-Encoding",
      "grpc-x", "grpc-", "te", "TE", "content-type", "user-agent", "host", "connection", "keep-alive",
      "proxy-connection", "transfer-encoding", "upgrade", "trailer", "content-length", "content-encoding",
      "accept-encoding", "grpc-previous-rpc-attempts",
    ])
  func refusedKeys(key: String) {
    var metadata = Metadata()
    #expect(code { () throws(RPCError) in try metadata.append("v", for: key) } == .internal)
    #expect(code { () throws(RPCError) in try metadata.append(binary: [1], for: key) } == .internal)
    #expect(metadata.isEmpty)
  }

  @Test(
    "Keys that only look reserved are allowed",
    arguments: [
      "grpc", "grpcx", "tea", "xte", "content-types", "grpc_x", "-bin", "grpc-retry-pushback-ms", "authorization",
    ])
  func allowedKeys(key: String) throws {
    var metadata = Metadata()
    try metadata.append("v", for: key)
    #expect(metadata[key] == "v")
    #expect(!Metadata.isReserved(key: key))
  }

  @Test("The rich error model's details may be set")
  func statusDetails() throws {
    var metadata = Metadata()
    try metadata.append(binary: [8, 1], for: "grpc-status-details-bin")
    #expect(metadata[binary: "grpc-status-details-bin"] == [8, 1])
  }

  @Test("Text and binary values don't mix")
  func kinds() {
    var metadata = Metadata()
    #expect(code { () throws(RPCError) in try metadata.append("v", for: "a-bin") } == .internal)
    #expect(code { () throws(RPCError) in try metadata.append(binary: [], for: "a") } == .internal)
    #expect(code { () throws(RPCError) in try metadata.append(binary: [], for: "-bin") } == .internal)
  }

  @Test("Text values are printable ASCII")
  func textBytes() {
    for byte in UInt8(0)...127 {
      var metadata = Metadata()
      let thrown = code { () throws(RPCError) in try metadata.append("a\(UnicodeScalar(byte))b", for: "k") }
      #expect(thrown == ((0x20...0x7E).contains(byte) ? nil : .internal), "value byte \(byte)")
    }
    var metadata = Metadata()
    #expect(code { () throws(RPCError) in try metadata.append("ü", for: "k") } == .internal)
  }

  @Test(
    "White space around a text value is dropped",
    arguments: [
      (" a ", "a"), ("\ta b\t", "a b"), ("", ""), ("   ", ""),
    ])
  func whiteSpace(value: String, kept: String) throws {
    #expect(try Metadata([("k", value)])["k"] == kept)
    #expect(try Metadata(HeaderBlock([("k", value)]))["k"] == kept)
  }

  @Test("An error about a value doesn't show it")
  func errorHidesValue() {
    var metadata = Metadata()
    let error = #expect(throws: RPCError.self) { try metadata.append("hunter2\n", for: "token") }
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.description.contains("token") == true)
  }

  @Test("The description shows keys only")
  func description() throws {
    var metadata = try Metadata([("authorization", "hunter2"), ("a", "b-value")])
    try metadata.append(binary: [1, 2, 3], for: "k-bin")
    #expect(metadata.description == "[authorization, a, k-bin]")
    #expect("\(Metadata())" == "[]")
  }

  @Test("A block receives text as it is, binary as base64, and identity marked sensitive")
  func toBlock() throws {
    var metadata = try Metadata([("a", "1"), ("authorization", "Bearer x"), ("cookie", "c=1")])
    try metadata.append(binary: [0xAB, 0xAB, 0xAB, 0xAB], for: "x-bin")
    var block = HeaderBlock([(":path", "/s/m")])
    metadata.append(to: &block)
    #expect(
      block
        == HeaderBlock([
          (":path", "/s/m"), ("a", "1"), ("authorization", "Bearer x"), ("cookie", "c=1"), ("x-bin", "q6urqw"),
        ]))
    #expect((0..<5).map { block.isSensitive(at: $0) } == [false, false, true, true, false])
  }

  @Test("A received block yields its metadata without what the protocol owns")
  func fromBlock() throws {
    let block = HeaderBlock([
      (":method", "POST"), (":path", "/s/m"), ("te", "trailers"), ("content-type", "application/grpc"),
      ("user-agent", "grpc-c++/1.60"), ("grpc-timeout", "1S"), ("grpc-encoding", "gzip"), ("a", "1"),
      ("x-bin", "q6urqw=="), ("a", "2"), ("grpc-status-details-bin", "CAE"), ("connection", "close"),
    ])
    let metadata = try Metadata(block)
    #expect(metadata.entries.map(\.key) == ["a", "x-bin", "a", "grpc-status-details-bin"])
    #expect(metadata.values(for: "a") == [.text("1"), .text("2")])
    #expect(metadata[binary: "x-bin"] == [0xAB, 0xAB, 0xAB, 0xAB])
    #expect(metadata[binary: "grpc-status-details-bin"] == [8, 1])
  }

  @Test("Fields that HTTP allows and gRPC doesn't are left out, not refused")
  func lenientReceive() throws {
    let block = HeaderBlock([("a!b", "1"), ("x", "gr\u{FC}n"), ("y", "a\tb"), ("z", "ok")])
    #expect(try Metadata(block) == Metadata([("z", "ok")]))
  }

  @Test(
    "Joined binary values are split before they are decoded",
    arguments: [
      ("AQ,Ag==,Aw", [[1], [2], [3]]), ("AQ, Ag", [[1], [2]]), ("AQ ,\tAg", [[1], [2]]), ("", [[]]),
      ("AQ,", [[1], []]),
    ] as [(String, [[UInt8]])])
  func joined(value: String, expected: [[UInt8]]) throws {
    let metadata = try Metadata(HeaderBlock([("k-bin", value)]))
    #expect(metadata.values(for: "k-bin") == expected.map { .binary($0) })
  }

  @Test(
    "Malformed base64 fails with INTERNAL", arguments: ["A", "A===", "AQ=", "AQ===", "A-_B", "AQ;Ag", "====", "A=Q="])
  func malformedBinary(value: String) {
    #expect(code { () throws(RPCError) in _ = try Metadata(HeaderBlock([("k-bin", value)])) } == .internal)
  }

  @Test("Binary values of every length round trip, with and without padding")
  func base64RoundTrip() throws {
    for length in 0...67 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
      var metadata = Metadata()
      try metadata.append(binary: bytes, for: "k-bin")
      var block = HeaderBlock()
      metadata.append(to: &block)
      let encoded = block.value(at: 0)
      #expect(!encoded.contains("="))
      #expect(encoded.utf8.count == Base64.encodedCount(length))
      #expect(try Metadata(block) == metadata)
      let padded = encoded + String(repeating: "=", count: (4 - encoded.utf8.count % 4) % 4)
      #expect(try Metadata(HeaderBlock([("k-bin", padded)])) == metadata)
    }
  }

  @Test(
    "Base64 agrees with the examples of RFC 4648 §10",
    arguments: [
      ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ])
  func base64Examples(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(withBytes(of: encoded) { Base64.decode($0) } == Array(text.utf8))
  }

  @Test("The size is that of the header list")
  func size() throws {
    var metadata = try Metadata([("abc", "12345")])
    try metadata.append(binary: [1, 2, 3, 4], for: "x-bin")
    #expect(metadata.size == 3 + 5 + 32 + 5 + 6 + 32)
    var block = HeaderBlock()
    metadata.append(to: &block)
    #expect(metadata.size == block.listSize)
    try metadata.checkSize(limit: 83)
    #expect(code { () throws(RPCError) in try metadata.checkSize(limit: 82) } == .resourceExhausted)
  }

  @Test("A received block over the limit is refused, and reserved fields don't count")
  func receivedSize() throws {
    let block = HeaderBlock([("user-agent", String(repeating: "u", count: 500)), ("a", "1"), ("b", "2")])
    #expect(try Metadata(block, sizeLimit: 68).count == 2)
    #expect(code { () throws(RPCError) in _ = try Metadata(block, sizeLimit: 67) } == .resourceExhausted)
  }

  @Test("A list of many tiny binary values counts as many fields")
  func listAmplification() {
    let block = HeaderBlock([("k-bin", String(repeating: ",", count: 1000))])
    #expect(code { () throws(RPCError) in _ = try Metadata(block) } == .resourceExhausted)
  }
}
