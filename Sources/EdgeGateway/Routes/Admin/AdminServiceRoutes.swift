internal import HTTPTypes
internal import ProtobufBridge

/// The mesh's services, as this gateway reaches them.
struct AdminServiceRoutes {
  let operations: Operations

  var routes: [Route] {
    [
      Route(
        .get, "/v1/admin/services", "listServices", tag: "admin",
        "Every service: whether it takes calls, its version, how long it took to say so, and how far it is behind the "
          + "events of others. One that does not answer has a reason.",
        access: .operator, response: .object([("services", .anyJSON)]), handler: list)
    ]
  }

  @Sendable private func list(_ request: GatewayRequest) async throws -> GatewayResponse {
    var json = JSONWriter()
    json.beginObject()
    json.name("services")
    json.beginArray()
    for report in await operations.services() { Self.write(report, &json) }
    json.endArray()
    json.endObject()
    return .json(json.bytes)
  }

  private static func write(_ report: Operations.ServiceReport, _ json: inout JSONWriter) {
    json.beginObject()
    json.name("name")
    json.string(report.name)
    json.name("ready")
    json.bool(report.isReady)
    if let version = report.version {
      json.name("version")
      json.string(version)
    }
    if let took = report.took {
      json.name("answeredInMilliseconds")
      json.integer(took.wholeMilliseconds)
    }
    if let lag = report.lag {
      json.name("lagMilliseconds")
      json.integer(lag.milliseconds)
    }
    if let reason = report.reason {
      json.name("reason")
      json.string(reason)
    }
    json.endObject()
  }
}
