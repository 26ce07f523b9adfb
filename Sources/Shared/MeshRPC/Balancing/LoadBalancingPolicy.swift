/// How a client chooses among the endpoints of a service.
package enum LoadBalancingPolicy: String, Sendable, Hashable, CaseIterable {
  /// The first endpoint that can be reached, kept while it lasts.
  case pickFirst = "pick_first"
  /// All ready endpoints in turn.
  case roundRobin = "round_robin"
  /// Of two ready endpoints chosen at random the one with fewer calls running (gRFC A48 calls it `least_request`).
  case leastOutstanding = "least_outstanding"

  /// The policy of this name, as a service config writes it (gRFC A24).
  package init?(name: String) {
    switch name {
    case "pick_first": self = .pickFirst
    case "round_robin": self = .roundRobin
    case "least_outstanding", "least_request", "least_request_experimental": self = .leastOutstanding
    default: return nil
    }
  }
}
