package import HTTPTypes
package import ProtobufBridge

/// One operation of the public interface: where it is, what it takes, what it gives, who may use it. The router, the
/// checks and the OpenAPI document all read this.
package struct Route: Sendable {
  /// Who may use it.
  package enum Access: Sendable, Equatable {
    case anyone
    /// A subscriber, with this scope if by API key.
    case subscriber(Scope)
    /// An account's owner, signed in: no API key changes accounts.
    case account
    /// An operator; with the scope `admin:read` for reads and `admin:write` for the rest if by API key.
    case `operator`
    /// An admin, likewise.
    case admin
  }

  /// How long an answer stays fresh.
  package enum Freshness: Sendable, Equatable {
    /// Never stored.
    case none
    /// Stored by anyone for so many seconds, then asked for again with its ETag.
    case publicSeconds(Int)
    /// Stored for good: the address names the contents.
    case immutable
    /// Stored by the client only, asked for again each time.
    case privateRevalidated
  }

  /// What a body holds, in requests and responses.
  package enum Content: Sendable {
    case message(MessageLayout)
    /// A part of a message: the fields that a client may set, by JSON name.
    case fields([String], of: MessageLayout)
    /// Objects put together of others, by member.
    case object([(name: String, content: Content)])
    case html
    /// A form's fields: those that may be given once, and those that may be given many times.
    case form([String], many: [String] = [])
    /// A form with texts and one file (multipart/form-data).
    case upload([String], file: String, maximumBytes: Int)
    case css
    /// Server-sent events.
    case eventStream
    /// One of several.
    case anyOf([Content])
    /// Text of another media type.
    case text(String)
    /// JSON that is described elsewhere.
    case anyJSON
    case nothing
  }

  /// What an answer shows, and so which changes make it old.
  package enum Subject: Sendable, Equatable {
    /// The product whose id is the path's first value.
    case product
    /// Deals, of the query's category if it names one.
    case deals
    /// Products, of the query's category if it names one.
    case products
    /// Products of the category that is the path's first value.
    case category
  }

  package typealias Handler = @Sendable (GatewayRequest) async throws -> GatewayResponse

  package let method: HTTPRequest.Method
  /// `/v1/products/{id}`; a last segment `{path*}` takes the rest of the path.
  package let pattern: String
  /// `getProduct`
  package let operation: String
  package let summary: String
  package let tag: String
  package var access = Access.anyone
  package var freshness = Freshness.none
  /// By which limit its requests are counted.
  package var limit = RouteLimit.api
  package var parameters: [ParameterDeclaration] = []
  package var body: Content?
  package var status = HTTPResponse.Status.ok
  package var response = Content.nothing
  /// Whether it asks the services behind the gateway, which may be away.
  package var asksServices = true
  /// Statuses with which it may refuse a request, besides those that follow from its declaration.
  package var further: [HTTPResponse.Status] = []
  /// Statuses that have the same content as its own.
  package var sameContent: [HTTPResponse.Status] = []
  /// Members that a body must have.
  package var requiredMembers: [String] = []
  /// Members of which a body must have exactly one.
  package var alternativeMembers: [String] = []
  /// A body that it takes.
  package var bodyExample: JSONTree?
  /// Whether people look at it: its problems are pages as well, and parameters that it does not know are ignored, for
  /// links are passed on with all kinds of them.
  package var isPage = false
  /// The operation under which the audit log has what it does; nil for its own.
  package var act: String?
  /// Nil where pattern and operation tell.
  package var shows: Subject?
  package let handler: Handler

  package init(
    _ method: HTTPRequest.Method, _ pattern: String, _ operation: String, tag: String, _ summary: String,
    access: Access = .anyone, freshness: Freshness = .none, limit: RouteLimit = .api,
    parameters: [ParameterDeclaration] = [], body: Content? = nil, status: HTTPResponse.Status = .ok, response: Content,
    handler: @escaping Handler
  ) {
    self.method = method
    self.pattern = pattern
    self.operation = operation
    self.tag = tag
    self.summary = summary
    self.access = access
    self.freshness = freshness
    self.limit = limit
    self.parameters = parameters
    self.body = body
    self.status = status
    self.response = response
    self.handler = handler
  }

  /// The names in the pattern, in order.
  package var pathParameters: [String] {
    pattern.split(separator: "/").filter { $0.hasPrefix("{") }
      .map { String($0.dropFirst().dropLast($0.hasSuffix("*}") ? 2 : 1)) }
  }

  /// The route with more said of it.
  func with(_ change: (inout Route) -> Void) -> Route {
    var route = self
    change(&route)
    return route
  }
  /// The pattern as OpenAPI has it, which knows no parameter over several segments.
  package var plainPattern: String { pattern.replacing("*}", with: "}") }
}
