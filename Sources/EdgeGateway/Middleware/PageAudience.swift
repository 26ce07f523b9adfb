internal import HTTPTypes
internal import NIOCore

/// Shows public pages to whoever is signed in with the way to the account in their header, and lets problems' pages know
/// who looks at them.
///
/// A kept page is the same for everyone; for a signed-in person the link in its header is exchanged behind the cache, and
/// what comes of it is stored by nobody. So pages cost the services nothing more for those who are signed in, and those
/// who are not are answered as promptly as ever.
package struct PageAudience: Middleware {
  private let identity: Identity

  package init(_ identity: Identity) { self.identity = identity }

  package func concerns(_ route: Route) -> Bool { route.isPage }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    guard request.route.isPage, let viewer = try Viewer(request.principal, identity) else {
      return try await next(request)
    }
    do {
      guard case .publicSeconds = request.route.freshness else { return try await next(request) }
      var request = request
      // What is compressed cannot be changed.
      request.head.headerFields[.acceptEncoding] = nil
      let response = try await next(request)
      return Self.exchanged(response, Language(path: request.head.path ?? "/"), viewer)
    } catch {
      throw PersonalError(cause: error, viewer: viewer)
    }
  }

  private static func exchanged(_ response: GatewayResponse, _ language: Language, _ viewer: Viewer) -> GatewayResponse
  {
    var response = response
    let view = response.body.readableBytesView
    // The first one is the header's: before it stand only texts in which a less-than sign is escaped.
    guard let start = view.firstRange(of: AccountLink.start.bytes),
      let end = view[start.upperBound...].firstRange(of: AccountLink.end.bytes)
    else { return response }
    var body = ByteBuffer()
    body.writeBytes(view[..<start.lowerBound])
    body.writeBytes(AccountLink.links(language, viewer).bytes)
    body.writeBytes(view[end.upperBound...])
    response.body = body
    response.fields[.eTag] = nil
    response.fields[.age] = nil
    response.fields[.cacheControl] = PersonalPages.storedByNobody
    return response
  }
}

/// An error of a page that a signed-in person asked for.
struct PersonalError: Error {
  let cause: any Error
  let viewer: Viewer
}
