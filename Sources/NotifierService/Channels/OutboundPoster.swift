internal import OutboundHTTP

/// Posts by the client for everything outside the mesh.
struct OutboundPoster: HTTPPoster {
  let client: OutboundClient
  /// Bytes of an answer that are read.
  var maximumAnswer = 1 << 20

  func post(_ request: HTTPPost) async throws -> HTTPAnswer {
    var headers = OutboundHeaders()
    for (name, value) in request.headers { headers.append(name, value) }
    var outbound = OutboundRequest(.post, request.url, headers: headers, body: request.body)
    outbound.maxRedirects = 0
    outbound.maxResponseBytes = maximumAnswer
    outbound.timeout = request.timeout
    outbound.ignoresBody = request.ignoresBody
    do {
      let response = try await client.send(outbound)
      let retryAfter = response.headers["retry-after"].flatMap { Int($0) }
      return HTTPAnswer(status: response.status, retryAfter: retryAfter, body: response.body)
    } catch let error as OutboundError {
      throw HTTPFailure(
        message: error.description, isPermanent: [.invalidURL, .invalidRequest, .forbiddenAddress].contains(error.code))
    }
  }
}

/// Checks webhooks' addresses as far as their text goes.
struct OutboundAddressChecker: AddressChecker {
  let policy: AddressPolicy

  func problem(with text: String) -> String? {
    do {
      try policy.check(OutboundURL(text))
      return nil
    } catch {
      return "expected an http or https URL of a public address: \(error.message)"
    }
  }
}

/// Reads pages' addresses by the same rules by which they are called.
struct OutboundPageReader: PageReader {
  func page(_ url: String, in shops: ShopDirectory) -> ShopDirectory.Page? {
    // People paste addresses with letters of their language in them; only the part that matters has to be strict.
    guard let read = try? OutboundURL(String(url.prefix { $0 != "?" && $0 != "#" })) else { return nil }
    // An address is a shop's only where the configuration says so, as that of the demo market.
    return shops.page(
      scheme: read.scheme.rawValue, host: read.host.name, authority: read.authority, target: read.target)
  }
}
