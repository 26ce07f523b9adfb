/// The shape of a service config's JSON. Unknown fields are passed over, as gRPC asks: configs are shared between
/// languages and versions. Rules beyond types are in `ServiceConfig+JSON.swift`.
struct ServiceConfigJSON: Decodable {
  struct Name: Decodable {
    var service: String?
    var method: String?
  }

  struct Retry: Decodable {
    var maxAttempts: Number?
    var initialBackoff: String?
    var maxBackoff: String?
    var backoffMultiplier: Number?
    var retryableStatusCodes: [StatusCode]?
  }

  struct Method: Decodable {
    var name: [Name]?
    var waitForReady: Bool?
    var timeout: String?
    var maxRequestMessageBytes: Size?
    var maxResponseMessageBytes: Size?
    var retryPolicy: Retry?
    var hedgingPolicy: Ignored?
  }

  struct Throttling: Decodable {
    var maxTokens: Number?
    var tokenRatio: Number?
  }

  /// A member that need only be there.
  struct Ignored: Decodable {
    init(from decoder: any Decoder) {}
  }

  /// A code by name or number (gRFC A6, "Retry Policy").
  enum StatusCode: Decodable {
    case name(String)
    case number(Int)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else {
        self = .name(try container.decode(String.self))
      }
    }
  }

  /// A number of any kind. One that no `Double` holds is nil: the decoder's own error for it doesn't name its place.
  struct Number: Decodable {
    var value: Double?

    /// The number when it is whole.
    var whole: Int? { value.flatMap { Int(exactly: $0) } }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do {
        value = try container.decode(Double.self)
      } catch DecodingError.typeMismatch(let type, let context) {
        throw DecodingError.typeMismatch(type, context)
      } catch {
        value = nil
      }
    }
  }

  /// A 32-bit number of bytes, as a number or, as proto3's JSON allows, as text.
  struct Size: Decodable {
    /// Nil when it is no whole number.
    var bytes: Int?

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        bytes = Int(text)
      } else {
        bytes = try Number(from: decoder).whole
      }
    }
  }

  /// An object of one member: a policy's name and its settings.
  struct Policy: Decodable {
    var names: [String]

    struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      names = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue)
    }
  }

  var methodConfig: [Method]?
  var retryThrottling: Throttling?
  var loadBalancingConfig: [Policy]?
  var loadBalancingPolicy: String?
}
