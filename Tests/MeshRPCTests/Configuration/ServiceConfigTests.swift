import Testing

@testable import MeshRPC

@Suite("Service config")
struct ServiceConfigTests {
  static let full = """
    {
      "loadBalancingConfig": [{"xds_cluster": {"x": 1}}, {"round_robin": {}}, {"pick_first": {}}],
      "methodConfig": [
        {
          "name": [{"service": "a.S", "method": "M"}, {"service": "b.S"}],
          "waitForReady": true,
          "timeout": "1.5s",
          "maxRequestMessageBytes": 1024,
          "maxResponseMessageBytes": "2048",
          "retryPolicy": {
            "maxAttempts": 9, "initialBackoff": ".1s", "maxBackoff": "1s", "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE", "aborted", 8]
          }
        },
        {"name": [{}], "timeout": "10s"}
      ],
      "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
      "somethingNew": [[1]]
    }
    """

  @Test("A full config is read")
  func readsAll() throws {
    let config = try ServiceConfig(json: Self.full)
    let expected = MethodConfig(
      timeout: .milliseconds(1500), waitForReady: true, maxRequestMessageBytes: 1024, maxResponseMessageBytes: 2048,
      retryPolicy: RetryPolicy(
        maxAttempts: 5, initialBackoff: .milliseconds(100), maxBackoff: .seconds(1), backoffMultiplier: 2,
        retryableCodes: [.unavailable, .aborted, .resourceExhausted]))
    #expect(config.methods.count == 3)
    #expect(config.method(service: "a.S", method: "M") == expected)
    #expect(config.loadBalancing == .roundRobin)
    #expect(config.retryThrottling == RetryThrottle(maxTokens: 10, tokenRatio: 0.1))
  }

  @Test(
    "The most exact name wins and nothing is merged",
    arguments: [
      ("a", "M", 1), ("a", "N", 2), ("b", "M", 3), ("b", "", 3), ("", "", 3), ("A", "M", 3), ("a", "m", 2),
    ])
  func lookup(service: String, method: String, seconds: Int) throws {
    let config = try ServiceConfig(
      json: """
        {"methodConfig": [
          {"name": [{"service": "a"}], "timeout": "2s", "waitForReady": true},
          {"name": [{"service": "a", "method": "M"}], "timeout": "1s"},
          {"name": [{"service": ""}], "timeout": "3s"}]}
        """)
    let found = try #require(config.method(service: service, method: method))
    #expect(found.timeout == .seconds(seconds))
    #expect(found.waitForReady == (seconds == 2 ? true : nil))
  }

  @Test("Without a default, other methods have no settings")
  func noDefault() throws {
    let config = try ServiceConfig(json: #"{"methodConfig": [{"name": [{"service": "a", "method": "M"}]}]}"#)
    #expect(config.method(service: "a", method: "M") == MethodConfig())
    #expect(config.method(service: "a", method: "N") == nil)
    #expect(try ServiceConfig(json: "{}").method(service: "a", method: "M") == nil)
    #expect(try ServiceConfig(json: "{}") == ServiceConfig())
    #expect(try ServiceConfig(json: #"{"methodConfig": [{"timeout": "1s"}]}"#).methods.isEmpty)
  }

  static func retry(_ change: (inout [String: String]) -> Void) -> String {
    var fields = [
      "maxAttempts": "3", "initialBackoff": "\"1s\"", "maxBackoff": "\"2s\"", "backoffMultiplier": "1.5",
      "retryableStatusCodes": "[\"UNAVAILABLE\"]",
    ]
    change(&fields)
    let policy = fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    return #"{"methodConfig": [{}, {"name": [{"service": "s"}], "retryPolicy": {\#(policy)}}]}"#
  }

  @Test("A retry policy without flaw is accepted")
  func retryBase() throws {
    #expect(try ServiceConfig(json: Self.retry { _ in }).method(service: "s", method: "m")?.retryPolicy != nil)
  }

  @Test(
    "Every member of a retry policy is required",
    arguments: [
      "maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier", "retryableStatusCodes",
    ])
  func retryMissing(name: String) {
    let error = #expect(throws: ServiceConfigError.self) {
      try ServiceConfig(json: Self.retry { $0[name] = nil })
    }
    #expect(error?.code == .missingField)
    #expect(error?.field == "methodConfig[1].retryPolicy.\(name)")
  }

  @Test(
    "Bad values of a retry policy are refused by name",
    arguments: [
      ("maxAttempts", "1", ""), ("maxAttempts", "0", ""), ("maxAttempts", "-2", ""), ("maxAttempts", "\"3\"", ""),
      ("maxAttempts", "2.5", ""), ("maxAttempts", "1e400", ""), ("backoffMultiplier", "1e400", ""),
      ("maxAttempts", "3000000000000000000000", ""), ("initialBackoff", "\"0s\"", ""), ("initialBackoff", "\"1\"", ""),
      ("initialBackoff", "1", ""), ("maxBackoff", "\"0s\"", ""), ("maxBackoff", "\"-1s\"", ""),
      ("backoffMultiplier", "0", ""), ("backoffMultiplier", "-1", ""), ("backoffMultiplier", "\"x\"", ""),
      ("retryableStatusCodes", "[]", ""), ("retryableStatusCodes", "[\"NOPE\"]", "[0]"),
      ("retryableStatusCodes", "[14, 17]", "[1]"), ("retryableStatusCodes", "[14, -1]", "[1]"),
      ("retryableStatusCodes", "[14, \"OK\"]", "[1]"), ("retryableStatusCodes", "[0]", "[0]"),
      ("retryableStatusCodes", "[true]", "[0]"), ("retryableStatusCodes", "\"UNAVAILABLE\"", ""),
    ])
  func retryInvalid(name: String, value: String, place: String) {
    let error = #expect(throws: ServiceConfigError.self) {
      try ServiceConfig(json: Self.retry { $0[name] = value })
    }
    #expect(error?.code == .invalidValue)
    #expect(error?.field == "methodConfig[1].retryPolicy.\(name)\(place)")
  }

  @Test(
    "Other bad values are refused by name",
    arguments: [
      (#"{"methodConfig": {}}"#, "methodConfig"),
      (#"{"methodConfig": [1]}"#, "methodConfig[0]"),
      (#"{"methodConfig": [{"name": [{"method": "M"}]}]}"#, "methodConfig[0].name[0].service"),
      (#"{"methodConfig": [{"name": [{"service": 1}]}]}"#, "methodConfig[0].name[0].service"),
      (#"{"methodConfig": [{"timeout": "1"}]}"#, "methodConfig[0].timeout"),
      (#"{"methodConfig": [{"timeout": 1}]}"#, "methodConfig[0].timeout"),
      (#"{"methodConfig": [{"waitForReady": "yes"}]}"#, "methodConfig[0].waitForReady"),
      (#"{"methodConfig": [{"maxRequestMessageBytes": -1}]}"#, "methodConfig[0].maxRequestMessageBytes"),
      (#"{"methodConfig": [{"maxRequestMessageBytes": 1.5}]}"#, "methodConfig[0].maxRequestMessageBytes"),
      (#"{"retryThrottling": {"maxTokens": 1e400, "tokenRatio": 1}}"#, "retryThrottling.maxTokens"),
      (#"{"methodConfig": [{"maxRequestMessageBytes": 4294967296}]}"#, "methodConfig[0].maxRequestMessageBytes"),
      (#"{"methodConfig": [{"maxResponseMessageBytes": "x"}]}"#, "methodConfig[0].maxResponseMessageBytes"),
      (#"{"methodConfig": [{"maxResponseMessageBytes": []}]}"#, "methodConfig[0].maxResponseMessageBytes"),
      (#"{"methodConfig": [{"retryPolicy": {}, "hedgingPolicy": {}}]}"#, "methodConfig[0].hedgingPolicy"),
      (#"{"retryThrottling": {"maxTokens": 0, "tokenRatio": 1}}"#, "retryThrottling.maxTokens"),
      (#"{"retryThrottling": {"maxTokens": 1001, "tokenRatio": 1}}"#, "retryThrottling.maxTokens"),
      (#"{"retryThrottling": {"maxTokens": 10, "tokenRatio": 0}}"#, "retryThrottling.tokenRatio"),
      (#"{"retryThrottling": {"maxTokens": 10, "tokenRatio": 0.0001}}"#, "retryThrottling.tokenRatio"),
      (#"{"loadBalancingConfig": []}"#, "loadBalancingConfig"),
      (#"{"loadBalancingConfig": [{"nope": {}}]}"#, "loadBalancingConfig"),
      (#"{"loadBalancingConfig": [{"pick_first": {}}, {}]}"#, "loadBalancingConfig[1]"),
      (#"{"loadBalancingConfig": [{"pick_first": {}, "round_robin": {}}]}"#, "loadBalancingConfig[0]"),
      (#"{"loadBalancingPolicy": "nope"}"#, "loadBalancingPolicy"),
    ])
  func invalid(json: String, field: String) {
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfig(json: json) }
    #expect(error?.code == .invalidValue)
    #expect(error?.field == field)
    #expect(error?.description.hasPrefix("service config: \(field) must ") == true)
  }

  @Test(
    "Missing members of the throttle are named",
    arguments: [
      (#"{"retryThrottling": {"tokenRatio": 1}}"#, "retryThrottling.maxTokens"),
      (#"{"retryThrottling": {"maxTokens": 1}}"#, "retryThrottling.tokenRatio"),
    ])
  func missing(json: String, field: String) {
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfig(json: json) }
    #expect(error == ServiceConfigError(.missingField, field: field, message: "is missing"))
  }

  @Test(
    "A name may occur once",
    arguments: [
      #"{"methodConfig": [{"name": [{"service": "s"}, {"service": "s", "method": ""}]}]}"#,
      #"{"methodConfig": [{"name": [{}]}, {"name": [{"service": ""}]}]}"#,
      #"{"methodConfig": [{"name": [{"service": "s", "method": "m"}]}, {"name": [{"service": "s", "method": "m"}]}]}"#,
    ])
  func duplicates(json: String) {
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfig(json: json) }
    #expect(error?.code == .duplicateName)
  }

  @Test(
    "What is not JSON is refused",
    arguments: [
      "", "{", "nope", "[1", #"{"a": }"#, String(repeating: "[", count: 100_000),
      #"{"x": "# + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}",
    ])
  func notJSON(text: String) {
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfig(json: text) }
    #expect(error?.code == .malformedJSON)
  }

  @Test("What is too long is not read")
  func tooLong() {
    let text = "{}" + String(repeating: " ", count: ServiceConfig.maximumJSONBytes)
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfig(json: text) }
    #expect(error?.code == .invalidValue)
  }

  @Test("Errors don't show values")
  func errorsHideValues() {
    let error = #expect(throws: ServiceConfigError.self) {
      try ServiceConfig(json: #"{"methodConfig": [{"timeout": "hunter2"}]}"#)
    }
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test(
    "The forerunner of the list of policies counts where the list is absent",
    arguments: [
      (#"{"loadBalancingPolicy": "ROUND_ROBIN"}"#, LoadBalancingPolicy.roundRobin),
      (#"{"loadBalancingPolicy": "pick_first"}"#, .pickFirst),
      (#"{"loadBalancingPolicy": "ROUND_ROBIN", "loadBalancingConfig": [{"pick_first": {}}]}"#, .pickFirst),
      (#"{"loadBalancingConfig": [{"least_request_experimental": {"choiceCount": 2}}]}"#, .leastOutstanding),
    ])
  func policies(json: String, policy: LoadBalancingPolicy) throws {
    #expect(try ServiceConfig(json: json).loadBalancing == policy)
  }

  @Test(
    "Durations are read",
    arguments: [
      ("0s", Duration.zero), ("1s", .seconds(1)), ("1.5s", .milliseconds(1500)), (".1s", .milliseconds(100)),
      ("1.s", .seconds(1)), ("0.000000001s", .nanoseconds(1)), ("315576000000s", .seconds(315_576_000_000)),
      ("3.000001s", .seconds(3) + .microseconds(1)),
    ])
  func durations(text: String, duration: Duration) throws {
    #expect(try ServiceConfig.duration(text, "f") == duration)
  }

  @Test(
    "Malformed durations are refused",
    arguments: [
      "", "s", ".s", "1", "1m", "-1s", "+1s", " 1s", "1s ", "1.2.3s", "1.0000000001s", "315576000001s", "1e3s",
      "9999999999999999999s", "１s", "1,5s",
    ])
  func malformedDurations(text: String) {
    #expect(throws: ServiceConfigError.self) { try ServiceConfig.duration(text, "f") }
  }
}
