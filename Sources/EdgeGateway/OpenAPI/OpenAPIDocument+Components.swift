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
    scheme("session", "http", "A session's token, an API key, or a token of the configuration.", &json) { json in
      json.name("scheme")
      json.string("bearer")
    }
    for (name, place, field, text) in [
      ("cookie", "cookie", "__Host-session", "A session of a browser; X-CSRF-Token goes with what changes something."),
      ("apiKey", "header", "X-Api-Key", "An API key, with the scopes that it was given."),
    ] {
      scheme(name, "apiKey", text, &json) { json in
        json.name("in")
        json.string(place)
        json.name("name")
        json.string(field)
      }
    }
    json.endObject()
  }

  private static func scheme(
    _ name: String, _ type: String, _ text: String, _ json: inout JSONWriter, _ rest: (inout JSONWriter) -> Void
  ) {
    json.name(name)
    json.beginObject()
    json.name("type")
    json.string(type)
    rest(&json)
    json.name("description")
    json.string(text)
    json.endObject()
  }
}
