internal import Logging
internal import MeshMessages
internal import MeshRPC

/// Answers the contract's calls. Channels, alerts and deliveries have a file each.
struct NotifierHandler: NotifierV1.NotifierService.Handler {
  let channels: ChannelStore
  let alerts: AlertStore
  let deliveries: DeliveryStore
  let mapping: AlertMapping
  let secrets: Secrets
  let prices: any PriceLookup
  let addresses: any AddressChecker
  /// The kinds that this service can send.
  let kinds: Set<ChannelKind>
  let limits: NotifierLimits
  let lag: LagMeter
  let logger: Logger
}
