import ProtobufBridge
import Testing

@Suite("JSON that is no message") struct JSONTextTests {
  private func numbers(_ text: String) throws(JSONTextError) -> [String] {
    try JSONReader.read(Array(text.utf8)) { (reader) throws(ProtobufError) in
      var found: [String] = []
      try reader.object { (reader, name) throws(ProtobufError) in
        do throws(ProtobufError) { found.append(name + "=" + (try reader.number())) } catch { throw error.inside(name) }
      }
      return found
    }
  }

  @Test("A whole text is read, and nothing may follow its value")
  func whole() throws {
    #expect(try numbers("{\"a\": 1,\n \"b\": -2.5e3}\n") == ["a=1", "b=-2.5e3"])
    #expect(throws: JSONTextError.self) { try numbers("{} {}") }
  }

  @Test("What is wrong is told by its line and its place")
  func lines() {
    #expect {
      try numbers("{\"a\": 1,\n\n\"b\": \"x\"}")
    } throws: { error in
      "\(error)" == "line 3: b: expected a number, found a string"
    }
    #expect {
      try numbers("{\n\"a\": 01}")
    } throws: { error in
      (error as? JSONTextError)?.line == 2
    }
  }

  @Test("Numbers with a fraction are written so that they read back as the same, and what is no number as null")
  func fractions() {
    var writer = JSONWriter()
    writer.beginArray()
    for value in [0.1, 3, -2.5, 1e300, .infinity, .nan] { writer.number(value) }
    writer.endArray()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "[0.1,3,-2.5,1e+300,null,null]")
  }
}
