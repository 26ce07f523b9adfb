import Testing

@testable import CSVText

@Suite("CSV")
struct CSVReaderTests {
  /// All elements of `text`, given in pieces of `size` bytes.
  static func read(
    _ text: String, size: Int = .max, delimiter: CSVReader.Delimiter = .comma,
    limits: CSVReader.Limits = CSVReader.Limits()
  ) -> [CSVReader.Element] {
    var reader = CSVReader(delimiter: delimiter, limits: limits)
    var found: [CSVReader.Element] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      reader.append(rest.prefix(size))
      rest = rest.dropFirst(size)
      while let element = reader.next() { found.append(element) }
    }
    reader.finish()
    while let element = reader.next() { found.append(element) }
    return found
  }

  static func row(_ line: Int, _ fields: String...) -> CSVReader.Element { .row(CSVRow(line: line, fields: fields)) }

  @Test("Rows are the same however the bytes arrive", arguments: [1, 2, 3, 7, Int.max])
  func pieces(size: Int) {
    let text = "\u{feff}id,title\r\n1,\"a, \"\"b\"\"\r\nc\"\n\n2,\r3,ş"
    #expect(
      Self.read(text, size: size) == [
        Self.row(1, "id", "title"), Self.row(2, "1", "a, \"b\"\r\nc"), Self.row(5, "2", ""), Self.row(6, "3", "ş"),
      ])
  }

  @Test("Tabs separate, and commas do not then")
  func tabs() {
    #expect(Self.read("a\tb,c\n", delimiter: .tab) == [Self.row(1, "a", "b,c")])
  }

  @Test("A bad row is reported with its line, and the next one is read")
  func faults() {
    let found = Self.read("a,b\n1,x\"y\n\"1\"z,2\n3,4\n")
    #expect(
      found == [
        Self.row(1, "a", "b"), .fault(CSVFault(line: 2, reason: "a quote inside an unquoted field")),
        .fault(CSVFault(line: 3, reason: "a character behind a closing quote")), Self.row(4, "3", "4"),
      ])
  }

  @Test("A quote that never closes is a fault at its row's line")
  func unclosed() {
    #expect(
      Self.read("a\n\"b\nc\n") == [
        Self.row(1, "a"), .fault(CSVFault(line: 2, reason: "the text ends inside a quoted field")),
      ])
  }

  @Test("A row over the limits is passed over, quoted line breaks and all")
  func limits() {
    var limits = CSVReader.Limits()
    limits.rowBytes = 4
    limits.fields = 2
    let found = Self.read("\"123\n45\"\"6\n\"\nab\na,b,c\nx,y\n", limits: limits)
    #expect(
      found == [
        .fault(CSVFault(line: 1, reason: "more than 4 bytes; is a closing quote missing?")), Self.row(4, "ab"),
        .fault(CSVFault(line: 5, reason: "more than 2 fields")), Self.row(6, "x", "y"),
      ])
  }

  @Test("A quoted empty field is a row, a blank line is none")
  func empty() {
    #expect(Self.read("\n\"\"\n\n") == [Self.row(2, "")])
    #expect(Self.read("").isEmpty)
  }

  @Test("Bytes that are no UTF-8 are repaired, never dropped silently")
  func badUTF8() {
    var reader = CSVReader()
    reader.append([0x61, 0xff, 0x0a])
    #expect(reader.next() == Self.row(1, "a\u{fffd}"))
  }

  @Test("Columns are found by name, without case")
  func header() {
    let header = CSVHeader(CSVRow(line: 1, fields: ["ID", " Price ", "id"]))
    let row = CSVRow(line: 2, fields: ["7", " 12 "])
    #expect(header.value("id", in: row) == "7")
    #expect(header.value("sale_price", "price", in: row) == "12")
    #expect(header.index(of: "nothing") == nil)
  }
}
