internal import ProtobufBridge

/// What operations refer to: schemas of messages, problems, and how to prove who one is.
extension OpenAPIDocument {
  static func components(_ writer: inout SchemaWriter) {
    writer.json.name("components")
    writer.json.beginObject()
    writer.json.name("schemas")
    writer.json.beginObject()
    var next = 0
    // Describing one may ask for more.
    while next < writer.wanted.count {
      let layout = writer.wanted[next]
      next += 1
      writer.json.name(SchemaWriter.name(layout))
      writer.object(layout)
    }
    problemSchema(&writer.json)
    writer.json.endObject()
    problemResponse(&writer.json)
    securitySchemes(&writer.json)
    writer.json.endObject()
  }

  private static func problemSchema(_ json: inout JSONWriter) {
    json.name("Problem")
    json.beginObject()
    json.name("type")
    json.string("object")
    json.name("required")
    json.beginArray()
    for name in ["type", "title", "status", "detail", "code"] { json.string(name) }
    json.endArray()
    json.name("properties")
    json.beginObject()
    for (name, type) in [
      ("type", "string"), ("title", "string"), ("status", "integer"), ("detail", "string"), ("code", "string"),
      ("field", "string"), ("requestId", "string"),
    ] {
      json.name(name)
      json.beginObject()
      json.name("type")
      json.string(type)
      json.endObject()
    }
    json.endObject()
    json.endObject()
  }

  private static func problemResponse(_ json: inout JSONWriter) {
    json.name("responses")
    json.beginObject()
    json.name("Problem")
    json.beginObject()
    json.name("description")
    json.string("Why the request was not served.")
    json.name("content")
    json.beginObject()
    json.name("application/problem+json")
    json.beginObject()
    json.name("schema")
    json.beginObject()
    json.name("$ref")
    json.string("#/components/schemas/Problem")
    json.endObject()
    json.endObject()
    json.endObject()
    json.endObject()
    json.endObject()
  }

  private static func securitySchemes(_ json: inout JSONWriter) {
    json.name("securitySchemes")
    json.beginObject()
    for (name, text) in [("subscriber", "A subscriber's token."), ("operator", "The operators' token.")] {
      json.name(name)
      json.beginObject()
      json.name("type")
      json.string("http")
      json.name("scheme")
      json.string("bearer")
      json.name("description")
      json.string(text)
      json.endObject()
    }
    json.endObject()
  }
}
