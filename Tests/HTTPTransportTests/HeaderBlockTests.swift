import HTTPTransport
import HTTPTypes
import Testing

@Suite struct HeaderBlockTests {
  @Test("Names are lower-cased on the way in and found in any case")
  func lookups() {
    var block = HeaderBlock()
    block.append(":path", "/a")
    block.append("Content-Type", "text/plain")
    block.append("x-a", "1")
    block.append("X-A", "2")
    #expect(block.count == 4)
    #expect(block.name(at: 1) == "content-type")
    #expect(block["content-type"] == "text/plain")
    #expect(block.first(named: "CONTENT-TYPE") == "text/plain")
    #expect(block["x-a"] == "1")
    #expect(block.count(of: "x-a") == 2)
    #expect(block.firstIndex(of: "x-a") == 2)
    #expect(block["x-b"] == nil)
    #expect(block.first(named: "x-") == nil)
    #expect(block.contains(":path") && !block.contains(":pat"))
    #expect(block.isPseudo(at: 0) && !block.isPseudo(at: 1))
    #expect(block.value(of: "x-a", equals: "1") && !block.value(of: "x-a", equals: "2"))
    #expect(!block.value(of: "x-b", equals: ""))
  }

  @Test("Empty values, empty blocks and invalid UTF-8 are carried")
  func edges() {
    var block = HeaderBlock()
    #expect(block.isEmpty && block.listSize == 0 && block["a"] == nil)
    block.append("a", "")
    #expect(block["a"]?.isEmpty == true)
    [UInt8(0xff), 0x61].withUnsafeBytes { bytes in
      block.append(name: UnsafeRawBufferPointer(rebasing: bytes[1...]), value: bytes, isSensitive: true)
    }
    #expect(block.value(at: 1) == "\u{fffd}a")
    #expect(block.withValue(at: 1) { Array($0) } == [0xff, 0x61])
    #expect(block.isSensitive(at: 1) && !block.isSensitive(at: 0))
  }

  @Test("The list's size counts 32 bytes for each field")
  func listSize() {
    let block: HeaderBlock = ["ab": "cde", "f": ""]
    #expect(block.listSize == 5 + 32 + 1 + 32)
  }

  @Test("Appending a block keeps both blocks' fields in order")
  func appendBlock() {
    var block: HeaderBlock = ["a": "1"]
    block.append(contentsOf: ["b": "2", "c": "3"])
    block.append("d", "4")
    #expect(block.fields.map { "\($0.name)=\($0.value)" } == ["a=1", "b=2", "c=3", "d=4"])
  }

  @Test("Equality looks at names, values and order, not at where they lie")
  func equality() {
    var built = HeaderBlock()
    built.append("A", "1")
    built.append(contentsOf: ["b": "2"])
    #expect(built == ["a": "1", "b": "2"])
    #expect(built != ["b": "2", "a": "1"])
    #expect(built != ["a": "1"])
    // The border between name and value is part of it.
    #expect(HeaderBlock([("ab", "c")]) != HeaderBlock([("a", "bc")]))
  }

  @Test("A request goes to HTTPRequest and back")
  func requestTypes() throws {
    let block: HeaderBlock = [
      ":method": "PATCH", ":scheme": "https", ":authority": "host", ":path": "/p?q", "x-a": "1", "bad name": "x",
    ]
    let request = try #require(HTTPRequest(block))
    #expect(request.method.rawValue == "PATCH" && request.path == "/p?q" && request.authority == "host")
    #expect(request.headerFields.count == 1)
    let back = HeaderBlock(request)
    #expect(back[":method"] == "PATCH" && back[":path"] == "/p?q" && back["x-a"] == "1" && back.count == 5)
    #expect(HTTPRequest([":method": "not a token", ":path": "/"]) == nil)
  }

  @Test("A response goes to HTTPResponse and back, and keeps what is sensitive")
  func responseTypes() throws {
    var response = HTTPResponse(status: .notFound)
    var field = HTTPField(name: .setCookie, value: "secret")
    field.indexingStrategy = .disallow
    response.headerFields.append(field)
    let block = HeaderBlock(response)
    #expect(block[":status"] == "404" && block["set-cookie"] == "secret" && block.isSensitive(at: 1))
    #expect(HTTPResponse(block) == response)
    #expect(HTTPResponse([":status": "20"]) == nil)
    #expect(HTTPResponse(["a": "b"]) == nil)
  }
}
