internal import HTTPTransport
internal import NIOCore

/// What operators and orchestrators ask: `/metrics`, `/healthz` (the process lives), `/readyz` (it takes requests).
struct OpsHandler: HTTPRequestHandler {
  let service: String
  let readiness: Readiness
  let registry: PrometheusRegistry

  func accept(_ stream: any HTTPStream, head: HeaderBlock, endStream: Bool) -> (any HTTPStreamDelegate)? {
    let method = head[":method"] ?? ""
    let path = (head[":path"] ?? "").prefix { $0 != "?" }
    guard method == "GET" || method == "HEAD" else {
      send(stream, "405", "text/plain; charset=utf-8", Array("only GET and HEAD\n".utf8), method, allow: "GET, HEAD")
      return nil
    }
    switch path {
    case "/metrics": send(stream, "200", MetricText.contentType, Array(registry.exposition().utf8), method)
    case "/healthz": send(stream, "200", "application/json", Array(#"{"live":true}"#.utf8), method)
    case "/readyz":
      send(
        stream, readiness.isReady ? "200" : "503", "application/json", readiness.report(showsReasons: true), method)
    case "/": send(stream, "200", "text/plain; charset=utf-8", Array(index.utf8), method)
    default: send(stream, "404", "text/plain; charset=utf-8", Array("no such page; see /\n".utf8), method)
    }
    return nil
  }

  private var index: String {
    """
    \(service) \(ServiceDescription.version)

    /metrics  figures for Prometheus
    /healthz  200 while the process lives
    /readyz   200 while it takes requests, else 503; says why

    """
  }

  private func send(
    _ stream: any HTTPStream, _ status: String, _ type: String, _ body: [UInt8], _ method: String,
    allow: String? = nil
  ) {
    var head = HeaderBlock()
    head.append(":status", status)
    head.append("content-type", type)
    head.append("content-length", String(body.count))
    head.append("cache-control", "no-store")
    if let allow { head.append("allow", allow) }
    let isHeadOnly = method == "HEAD" || body.isEmpty
    stream.send(head: head, endStream: isHeadOnly)
    if !isHeadOnly { stream.send(data: ByteBuffer(bytes: body), endStream: true) }
  }
}
