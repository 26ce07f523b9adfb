internal import FoundationEssentials

extension ServiceConfig {
  /// The longest JSON that is read, in bytes.
  package static let maximumJSONBytes = 262_144

  /// Reads and checks a service config. The whole config is refused when a part of it is wrong (gRFC A21), so that
  /// nothing runs half configured.
  ///
  /// - Throws: which field is wrong and what it must be.
  package init(json: String) throws(ServiceConfigError) {
    guard json.utf8.count <= Self.maximumJSONBytes else {
      throw ServiceConfigError(
        .invalidValue, field: "", message: "must not be longer than \(Self.maximumJSONBytes) bytes")
    }
    let parsed: ServiceConfigJSON
    do {
      parsed = try JSONDecoder().decode(ServiceConfigJSON.self, from: Data(json.utf8))
    } catch {
      throw Self.explain(error)
    }
    self.init(
      methods: try Self.methods(parsed.methodConfig ?? []),
      retryThrottling: try Self.throttle(parsed.retryThrottling),
      loadBalancing: try Self.loadBalancing(parsed))
  }

  private static func methods(
    _ configs: [ServiceConfigJSON.Method]
  ) throws(ServiceConfigError) -> [Name: MethodConfig] {
    var methods: [Name: MethodConfig] = [:]
    for (index, parsed) in configs.enumerated() {
      let path = "methodConfig[\(index)]"
      let config = try method(parsed, path)
      for (nameIndex, parsedName) in (parsed.name ?? []).enumerated() {
        let field = "\(path).name[\(nameIndex)]"
        let name = Name(service: parsedName.service ?? "", method: parsedName.method ?? "")
        guard !name.service.isEmpty || name.method.isEmpty else {
          throw ServiceConfigError(.invalidValue, field: "\(field).service", message: "must be set where method is")
        }
        guard methods.updateValue(config, forKey: name) == nil else {
          throw ServiceConfigError(.duplicateName, field: field, message: "is configured already")
        }
      }
    }
    return methods
  }

  private static func method(
    _ parsed: ServiceConfigJSON.Method, _ path: String
  ) throws(ServiceConfigError) -> MethodConfig {
    guard parsed.retryPolicy == nil || parsed.hedgingPolicy == nil else {
      throw ServiceConfigError(
        .invalidValue, field: "\(path).hedgingPolicy", message: "must not be set beside retryPolicy")
    }
    var config = MethodConfig()
    config.waitForReady = parsed.waitForReady
    if let timeout = parsed.timeout { config.timeout = try duration(timeout, "\(path).timeout") }
    config.maxRequestMessageBytes = try size(parsed.maxRequestMessageBytes, "\(path).maxRequestMessageBytes")
    config.maxResponseMessageBytes = try size(parsed.maxResponseMessageBytes, "\(path).maxResponseMessageBytes")
    if let retry = parsed.retryPolicy { config.retryPolicy = try retryPolicy(retry, "\(path).retryPolicy") }
    return config
  }

  private static func retryPolicy(
    _ parsed: ServiceConfigJSON.Retry, _ path: String
  ) throws(ServiceConfigError) -> RetryPolicy {
    let attempts = try require(parsed.maxAttempts, "\(path).maxAttempts")
    guard let attempts = attempts.whole, attempts >= 2 else {
      throw ServiceConfigError(
        .invalidValue, field: "\(path).maxAttempts", message: "must be a whole number of 2 or more")
    }
    let initial = try positive(
      try duration(try require(parsed.initialBackoff, "\(path).initialBackoff"), "\(path).initialBackoff"),
      "\(path).initialBackoff")
    let maximum = try positive(
      try duration(try require(parsed.maxBackoff, "\(path).maxBackoff"), "\(path).maxBackoff"),
      "\(path).maxBackoff")
    let multiplier = try require(parsed.backoffMultiplier, "\(path).backoffMultiplier")
    guard let multiplier = multiplier.value, multiplier > 0 else {
      throw ServiceConfigError(.invalidValue, field: "\(path).backoffMultiplier", message: "must be more than 0")
    }
    let field = "\(path).retryableStatusCodes"
    var codes: Set<RPCError.Code> = []
    for (index, parsedCode) in try require(parsed.retryableStatusCodes, field).enumerated() {
      guard let code = code(parsedCode) else {
        throw ServiceConfigError(
          .invalidValue, field: "\(field)[\(index)]", message: "must be the name or number of a status code")
      }
      guard code != .ok else {
        throw ServiceConfigError(.invalidValue, field: "\(field)[\(index)]", message: "must not be OK")
      }
      codes.insert(code)
    }
    guard !codes.isEmpty else {
      throw ServiceConfigError(.invalidValue, field: field, message: "must not be empty")
    }
    return RetryPolicy(
      maxAttempts: attempts, initialBackoff: initial, maxBackoff: maximum, backoffMultiplier: multiplier,
      retryableCodes: codes)
  }

  private static func throttle(
    _ parsed: ServiceConfigJSON.Throttling?
  ) throws(ServiceConfigError) -> RetryThrottle? {
    guard let parsed else { return nil }
    let tokens = try require(parsed.maxTokens, "retryThrottling.maxTokens")
    guard let tokens = tokens.value, tokens > 0, tokens <= 1000 else {
      throw ServiceConfigError(
        .invalidValue, field: "retryThrottling.maxTokens", message: "must be more than 0 and at most 1000")
    }
    let ratio = try require(parsed.tokenRatio, "retryThrottling.tokenRatio")
    // Decimals beyond the third don't count, so less than a thousandth is nothing.
    guard let ratio = ratio.value, ratio >= 0.001 else {
      throw ServiceConfigError(
        .invalidValue, field: "retryThrottling.tokenRatio", message: "must be 0.001 or more")
    }
    return RetryThrottle(maxTokens: tokens, tokenRatio: ratio)
  }

  /// gRFC A24: the first policy known wins; `loadBalancingPolicy` is its forerunner and counts only where the list is
  /// absent.
  private static func loadBalancing(_ parsed: ServiceConfigJSON) throws(ServiceConfigError) -> LoadBalancingPolicy? {
    guard let list = parsed.loadBalancingConfig else {
      guard let name = parsed.loadBalancingPolicy else { return nil }
      guard let policy = LoadBalancingPolicy(name: name.lowercased()) else {
        throw ServiceConfigError(.invalidValue, field: "loadBalancingPolicy", message: supportedPolicies)
      }
      return policy
    }
    var found: LoadBalancingPolicy?
    for (index, entry) in list.enumerated() {
      guard entry.names.count == 1, let name = entry.names.first else {
        throw ServiceConfigError(
          .invalidValue, field: "loadBalancingConfig[\(index)]", message: "must have one member, the policy's name")
      }
      if found == nil { found = LoadBalancingPolicy(name: name) }
    }
    guard let found else {
      throw ServiceConfigError(.invalidValue, field: "loadBalancingConfig", message: supportedPolicies)
    }
    return found
  }

  private static var supportedPolicies: String {
    "must name one of " + LoadBalancingPolicy.allCases.map(\.rawValue).joined(separator: ", ")
  }
}

// MARK: - Values

extension ServiceConfig {
  private static func require<T>(_ value: T?, _ field: String) throws(ServiceConfigError) -> T {
    guard let value else { throw ServiceConfigError(.missingField, field: field, message: "is missing") }
    return value
  }

  private static func positive(_ value: Duration, _ field: String) throws(ServiceConfigError) -> Duration {
    guard value > .zero else {
      throw ServiceConfigError(.invalidValue, field: field, message: "must be more than 0s")
    }
    return value
  }

  private static func size(
    _ value: ServiceConfigJSON.Size?, _ field: String
  ) throws(ServiceConfigError) -> Int? {
    guard let value else { return nil }
    guard let bytes = value.bytes, bytes >= 0, bytes <= Int(UInt32.max) else {
      throw ServiceConfigError(.invalidValue, field: field, message: "must be a number from 0 to \(UInt32.max)")
    }
    return bytes
  }

  private static func code(_ value: ServiceConfigJSON.StatusCode) -> RPCError.Code? {
    switch value {
    case .name(let name): RPCError.Code(name: name)
    case .number(let number): (0...16).contains(number) ? RPCError.Code(rawValue: UInt8(number)) : nil
    }
  }

  /// A `google.protobuf.Duration` in JSON: digits, up to nine decimals, `s`. Negative ones make no sense here.
  static func duration(_ text: String, _ field: String) throws(ServiceConfigError) -> Duration {
    let malformed = ServiceConfigError(
      .invalidValue, field: field, message: "must be seconds such as \"1.5s\", with up to nine decimals, not negative")
    guard text.utf8.last == UInt8(ascii: "s") else { throw malformed }
    let parts = text.utf8.dropLast().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard let whole = parts.first, parts.count <= 2 else { throw malformed }
    let fraction = parts.count == 2 ? parts[1] : whole[whole.endIndex...]
    // gRFC A6 writes ".1s", so either side of the point may be empty, but not both.
    guard whole.count + fraction.count > 0, whole.count <= 12, fraction.count <= 9 else { throw malformed }
    var numbers: [Int64] = []
    for part in [whole, fraction] {
      var number: Int64 = 0
      for byte in part {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw malformed }
        number = number * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      numbers.append(number)
    }
    // The range of google.protobuf.Duration: 10,000 years.
    guard numbers[0] <= 315_576_000_000 else { throw malformed }
    var nanoseconds = numbers[1]
    for _ in fraction.count..<9 { nanoseconds *= 10 }
    return .seconds(numbers[0]) + .nanoseconds(nanoseconds)
  }

  /// Turns a decoder's error into the field's place and a rule, without the values that its text may hold.
  private static func explain(_ error: any Error) -> ServiceConfigError {
    guard let error = error as? DecodingError else {
      return ServiceConfigError(.malformedJSON, field: "", message: "is not JSON")
    }
    switch error {
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return ServiceConfigError(
        .invalidValue, field: place(context.codingPath), message: "must be \(expectation(type))")
    case .keyNotFound(let key, let context):
      return ServiceConfigError(
        .missingField, field: place(context.codingPath + [key]), message: "is missing")
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return ServiceConfigError(.invalidValue, field: place(context.codingPath), message: "is out of range")
    default:
      return ServiceConfigError(.malformedJSON, field: "", message: "is not JSON")
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    var text = ""
    for key in path {
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += (text.isEmpty ? "" : ".") + key.stringValue
      }
    }
    return text
  }

  private static func expectation(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    case is Double.Type, is Int.Type: "a number"
    case is [Any].Type: "a list"
    default: "an object"
    }
  }
}
