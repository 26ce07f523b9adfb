internal import HTTPTypes
internal import MeshMessages
internal import ProtobufBridge

/// The OpenAPI 3.1 document of the route table.
package enum OpenAPIDocument {
  /// The document as JSON.
  package static func bytes(for routes: [Route], version: String) -> [UInt8] {
    var writer = SchemaWriter(JSONWriter())
    writer.json.beginObject()
    writer.json.name("openapi")
    writer.json.string("3.1.0")
    info(&writer.json, version)
    writer.json.name("paths")
    writer.json.beginObject()
    for pattern in patterns(routes) {
      writer.json.name(pattern)
      writer.json.beginObject()
      for route in routes where route.plainPattern == pattern { operation(route, &writer) }
      writer.json.endObject()
    }
    writer.json.endObject()
    components(&writer)
    writer.json.endObject()
    return writer.json.bytes
  }

  private static func info(_ json: inout JSONWriter, _ version: String) {
    json.name("info")
    json.beginObject()
    json.name("title")
    json.string("Fiyatradari")
    json.name("version")
    json.string(version)
    json.name("description")
    json.string(
      """
      Prices of products across shops, their history, and deals judged by it. JSON is proto3's mapping, with values \
      that are unset written as their defaults; unset objects are left out. 64-bit numbers are strings. Money is \
      {"amount":"1299.00","currency":"TRY"} with the currency's own number of decimals; where a field is a plain number \
      of minor units its name's description in the contract says so. Discounts are basis points: 1250 is 12.5 %. \
      Lists are read part by part with page_token. Errors are problem details (RFC 9457) with `code`, and `field` \
      where a parameter or a part of the body is at fault.
      """)
    json.endObject()
  }

  private static func patterns(_ routes: [Route]) -> [String] {
    var seen: Set<String> = []
    return routes.map(\.plainPattern).filter { seen.insert($0).inserted }
  }

  private static func operation(_ route: Route, _ writer: inout SchemaWriter) {
    writer.json.name(route.method.rawValue.lowercased())
    writer.json.beginObject()
    writer.json.name("operationId")
    writer.json.string(route.operation)
    writer.json.name("summary")
    writer.json.string(route.summary)
    writer.json.name("tags")
    writer.json.beginArray()
    writer.json.string(route.tag)
    writer.json.endArray()
    if !route.parameters.isEmpty {
      writer.json.name("parameters")
      writer.json.beginArray()
      for parameter in route.parameters { self.parameter(parameter, &writer.json) }
      writer.json.endArray()
    }
    if let body = route.body {
      writer.json.name("requestBody")
      writer.json.beginObject()
      writer.json.name("required")
      writer.json.bool(true)
      content(body, &writer)
      writer.json.endObject()
    }
    responses(route, &writer)
    if route.access != .anyone {
      writer.json.name("security")
      writer.json.beginArray()
      writer.json.beginObject()
      writer.json.name(route.access == .admin ? "operator" : "subscriber")
      writer.json.beginArray()
      writer.json.endArray()
      writer.json.endObject()
      writer.json.endArray()
    }
    writer.json.endObject()
  }

  private static func responses(_ route: Route, _ writer: inout SchemaWriter) {
    writer.json.name("responses")
    writer.json.beginObject()
    writer.json.name(String(route.status.code))
    writer.json.beginObject()
    writer.json.name("description")
    writer.json.string(route.status.reasonPhrase)
    content(route.response, &writer)
    writer.json.endObject()
    if route.freshness != .none {
      writer.json.name("304")
      writer.json.beginObject()
      writer.json.name("description")
      writer.json.string("The answer is still the one whose ETag If-None-Match named.")
      writer.json.endObject()
    }
    writer.json.name("default")
    writer.json.beginObject()
    writer.json.name("$ref")
    writer.json.string("#/components/responses/Problem")
    writer.json.endObject()
    writer.json.endObject()
  }

  private static func content(_ content: Route.Content, _ writer: inout SchemaWriter) {
    if case .nothing = content { return }
    writer.json.name("content")
    writer.json.beginObject()
    switch content {
    case .html: writer.json.name("text/html")
    case .css: writer.json.name("text/css")
    case .text(let type): writer.json.name(type)
    default: writer.json.name("application/json")
    }
    writer.json.beginObject()
    writer.json.name("schema")
    schema(content, &writer)
    writer.json.endObject()
    writer.json.endObject()
  }

  private static func schema(_ content: Route.Content, _ writer: inout SchemaWriter) {
    switch content {
    case .message(let layout): writer.reference(layout)
    case .fields(let names, let layout): writer.object(layout, fields: names)
    case .object(let members):
      writer.json.beginObject()
      writer.json.name("type")
      writer.json.string("object")
      writer.json.name("properties")
      writer.json.beginObject()
      for (name, member) in members {
        writer.json.name(name)
        schema(member, &writer)
      }
      writer.json.endObject()
      writer.json.endObject()
    case .html, .css, .text:
      writer.json.beginObject()
      writer.json.name("type")
      writer.json.string("string")
      writer.json.endObject()
    case .anyJSON, .nothing:
      writer.json.beginObject()
      writer.json.name("type")
      writer.json.string("object")
      writer.json.endObject()
    }
  }

  private static func parameter(_ parameter: ParameterDeclaration, _ json: inout JSONWriter) {
    json.beginObject()
    json.name("name")
    json.string(parameter.name)
    json.name("in")
    json.string(parameter.place.rawValue)
    json.name("required")
    json.bool(parameter.isRequired)
    json.name("description")
    json.string(parameter.help)
    json.name("schema")
    json.beginObject()
    json.name("type")
    switch parameter.schema {
    case .integer(let range):
      json.string("integer")
      json.name("minimum")
      json.integer(range.lowerBound)
      json.name("maximum")
      json.integer(range.upperBound)
    case .id:
      json.string("string")
      json.name("pattern")
      json.string("^[0-9]{1,19}$")
    case .boolean: json.string("boolean")
    case .choice(let words):
      json.string("string")
      json.name("enum")
      json.beginArray()
      for word in words { json.string(word) }
      json.endArray()
    case .text(let length, let pattern):
      json.string("string")
      json.name("minLength")
      json.integer(length.lowerBound)
      json.name("maxLength")
      json.integer(length.upperBound)
      if let pattern {
        json.name("pattern")
        json.string("^[\(pattern.replacing(" ", with: ""))]*$")
      }
    case .dateTime:
      json.string("string")
      json.name("format")
      json.string("date-time")
    case .amount:
      json.string("string")
      json.name("pattern")
      json.string("^[0-9]+(\\.[0-9]+)?$")
    }
    json.endObject()
    json.endObject()
  }
}
