import ProtobufBridge

extension Scenario {
  /// Reads a scenario file (docs/load-testing.md).
  ///
  /// - Throws: `FiyatError` with the line and the member that is wrong, and what was expected.
  init(json text: [UInt8]) throws(FiyatError) {
    guard text.count <= Self.maximumBytes else {
      throw FiyatError("expected at most \(Self.maximumBytes) bytes")
    }
    do {
      self = try JSONReader.read(text) { (reader) throws(ProtobufError) in try Self.read(&reader) }
    } catch {
      throw FiyatError("\(error)")
    }
  }

  private static func read(_ reader: inout JSONReader) throws(ProtobufError) -> Scenario {
    var scenario = Scenario()
    try members(&reader) { (reader, name) throws(ProtobufError) in
      switch name {
      case "name": scenario.name = try Self.name(&reader)
      case "think": scenario.think = try think(&reader)
      case "headers": scenario.headers = try headers(&reader)
      case "variables": scenario.variables = try variables(&reader)
      case "requests": scenario.requests = try requests(&reader)
      default: throw unknown("name, think, headers, variables or requests")
      }
    }
    guard !scenario.requests.isEmpty else { throw invalid("expected at least one request").inside("requests") }
    let known = Set(scenario.variables.map(\.name))
    for (index, request) in scenario.requests.enumerated() {
      guard let missing = request.path.variables.first(where: { !known.contains($0) }) else { continue }
      throw invalid("{\(missing)} is none of the variables").inside("path").inside(element: index).inside("requests")
    }
    return scenario
  }

  // MARK: Parts

  private static func think(_ reader: inout JSONReader) throws(ProtobufError) -> ClosedRange<Duration> {
    var least = Duration.zero
    var most: Duration?
    try members(&reader) { (reader, name) throws(ProtobufError) in
      switch name {
      case "minimum": least = try duration(&reader)
      case "maximum": most = try duration(&reader)
      default: throw unknown("minimum or maximum")
      }
    }
    guard least <= most ?? least else { throw invalid("minimum is above maximum") }
    return least...(most ?? least)
  }

  private static func headers(_ reader: inout JSONReader) throws(ProtobufError) -> [String: String] {
    var headers: [String: String] = [:]
    try members(&reader) { (reader, name) throws(ProtobufError) in
      guard PathTemplate.isName(name) else { throw invalid("expected a field's name") }
      guard !["host", "connection", "content-length", "transfer-encoding", "x-api-key"].contains(name.lowercased())
      else { throw invalid("this field is the load test's own") }
      let value = try text(&reader)
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { throw invalid("expected no control characters") }
      headers[name] = value
      guard headers.count <= maximumHeaders else { throw invalid("expected at most \(maximumHeaders) fields") }
    }
    return headers
  }

  private static func variables(_ reader: inout JSONReader) throws(ProtobufError) -> [Variable] {
    var variables: [Variable] = []
    try members(&reader) { (reader, name) throws(ProtobufError) in
      guard PathTemplate.isName(name) else { throw invalid("expected a name of letters, digits, - and _") }
      guard variables.count < maximumVariables else { throw invalid("expected at most \(maximumVariables)") }
      variables.append(try variable(&reader, name))
    }
    return variables
  }

  private static func variable(_ reader: inout JSONReader, _ name: String) throws(ProtobufError) -> Variable {
    var variable = Variable(name: name)
    var path: String?
    var field: String?
    try members(&reader) { (reader, name) throws(ProtobufError) in
      switch name {
      case "values":
        try reader.array { (reader, index) throws(ProtobufError) in
          guard index < maximumValues else { throw invalid("expected at most \(maximumValues) values") }
          do throws(ProtobufError) { variable.values.append(try text(&reader)) } catch {
            throw error.inside(element: index)
          }
        }
      case "from":
        let template = try self.path(&reader)
        guard template.variables.isEmpty else { throw invalid("expected a path without variables") }
        path = template.pieces.isEmpty ? "/" : template.text
      case "field": field = try text(&reader)
      case "exponent":
        let value = ShortDecimal.value(try reader.number())
        guard let value, value <= 10 else { throw invalid("expected a number from 0 to 10") }
        variable.exponent = value
      default: throw unknown("values, from, field or exponent")
      }
    }
    switch (path, field) {
    case (let path?, let field?): variable.answer = (path, field)
    case (nil, nil): guard !variable.values.isEmpty else { throw invalid("expected values, or from and field") }
    default: throw invalid("expected from and field together")
    }
    return variable
  }

  private static func requests(_ reader: inout JSONReader) throws(ProtobufError) -> [Request] {
    var requests: [Request] = []
    try reader.array { (reader, index) throws(ProtobufError) in
      do throws(ProtobufError) {
        guard index < maximumRequests else { throw invalid("expected at most \(maximumRequests) requests") }
        let request = try self.request(&reader)
        guard !requests.contains(where: { $0.name == request.name }) else {
          throw invalid("another request has this name").inside("name")
        }
        requests.append(request)
      } catch {
        throw error.inside(element: index)
      }
    }
    return requests
  }

  private static func request(_ reader: inout JSONReader) throws(ProtobufError) -> Request {
    var found: (name: String?, path: PathTemplate?) = (nil, nil)
    var weight = 1
    try members(&reader) { (reader, name) throws(ProtobufError) in
      switch name {
      case "name": found.name = try self.name(&reader)
      case "weight":
        guard let value = Int(try reader.number()), (1...1_000_000).contains(value) else {
          throw invalid("expected a whole number from 1 to 1000000")
        }
        weight = value
      case "path": found.path = try path(&reader)
      default: throw unknown("name, weight or path")
      }
    }
    guard let name = found.name else { throw invalid("expected a name") }
    guard let path = found.path else { throw invalid("expected a path") }
    return Request(name: name, weight: weight, path: path)
  }

  // MARK: Values

  /// Reads an object whose members may come once each, and puts their names before what is wrong in them.
  private static func members(
    _ reader: inout JSONReader, _ member: (inout JSONReader, String) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    var seen: Set<String> = []
    try reader.object { (reader, name) throws(ProtobufError) in
      do throws(ProtobufError) {
        guard seen.insert(name).inserted else { throw ProtobufError(.duplicateField, "is there twice") }
        try member(&reader, name)
      } catch {
        throw error.code == .malformedJSON ? error : error.inside(String(name.prefix(50)))
      }
    }
  }

  private static func text(_ reader: inout JSONReader) throws(ProtobufError) -> String {
    let text = try reader.string()
    guard (1...maximumText).contains(text.utf8.count) else { throw invalid("expected 1 to \(maximumText) bytes") }
    return text
  }

  private static func name(_ reader: inout JSONReader) throws(ProtobufError) -> String {
    let name = try text(&reader)
    guard PathTemplate.isName(name) else { throw invalid("expected up to 50 letters, digits, - and _") }
    return name
  }

  private static func path(_ reader: inout JSONReader) throws(ProtobufError) -> PathTemplate {
    let text = try text(&reader)
    do throws(FiyatError) { return try PathTemplate(text) } catch { throw invalid(error.description) }
  }

  private static func duration(_ reader: inout JSONReader) throws(ProtobufError) -> Duration {
    guard let value = DurationText(argument: try text(&reader)) else {
      throw invalid("expected a time such as 50ms, 1.5s or 2m")
    }
    return value.duration
  }

  private static func invalid(_ message: String) -> ProtobufError { ProtobufError(.invalidValue, message) }

  private static func unknown(_ expected: String) -> ProtobufError {
    ProtobufError(.unknownField, "is not known here; expected \(expected)")
  }
}

extension PathTemplate {
  /// As it was written.
  var text: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .variable(let name): "{\(name)}"
      }
    }.joined()
  }
}
