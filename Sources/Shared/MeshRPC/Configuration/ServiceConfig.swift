/// How clients call a service: per-method settings, retry throttling, the balancing policy (gRPC's
/// `service_config.md`, gRFCs A2, A6 and A24). Read from JSON by `init(json:)`.
package struct ServiceConfig: Sendable, Hashable {
  /// A method, all methods of a service (`method` empty), or all methods (both empty).
  package struct Name: Sendable, Hashable {
    /// The full name, such as `fiyatradari.catalog.v1.Catalog`.
    package var service: String
    /// The method's name without the service.
    package var method: String

    package init(service: String = "", method: String = "") {
      self.service = service
      self.method = method
    }
  }

  /// The settings by name; each name occurs once.
  package private(set) var methods: [Name: MethodConfig]

  /// The throttle that calls to a server begin with; nil for none.
  package let retryThrottling: RetryThrottle?

  /// The first policy of the config's list that this runtime knows; nil when it says nothing.
  package let loadBalancing: LoadBalancingPolicy?

  package init(
    methods: [Name: MethodConfig] = [:], retryThrottling: RetryThrottle? = nil,
    loadBalancing: LoadBalancingPolicy? = nil
  ) {
    self.methods = methods
    self.retryThrottling = retryThrottling
    self.loadBalancing = loadBalancing
  }

  /// The settings of a method: its own, else those of its service, else those for all. They are not merged: the most
  /// exact entry is the whole answer. Up to three lookups in a dictionary; generated stubs ask once per method.
  package func method(service: String, method: String) -> MethodConfig? {
    if methods.isEmpty { return nil }
    return methods[Name(service: service, method: method)] ?? methods[Name(service: service)] ?? methods[Name()]
  }
}
