package import MeshMessages
package import MeshRPC

/// The services that the gateway speaks for.
package struct Backends: Sendable {
  package let catalog: CatalogV1.CatalogService.Client
  package let pricing: PricingV1.PricingService.Client
  package let scheduler: PricingV1.SchedulerService.Client
  package let notifier: NotifierV1.NotifierService.Client
  /// How long a call that reads may take.
  package let readTimeout: Duration
  /// How long a call that changes something may take.
  package let writeTimeout: Duration

  package init(
    catalog: any RPCClient, pricing: any RPCClient, notifier: any RPCClient, readTimeout: Duration,
    writeTimeout: Duration
  ) {
    self.catalog = CatalogV1.CatalogService.Client(catalog)
    self.pricing = PricingV1.PricingService.Client(pricing)
    scheduler = PricingV1.SchedulerService.Client(pricing)
    self.notifier = NotifierV1.NotifierService.Client(notifier)
    self.readTimeout = readTimeout
    self.writeTimeout = writeTimeout
  }

  package var read: CallOptions { CallOptions(timeout: readTimeout) }
  package var write: CallOptions { CallOptions(timeout: writeTimeout) }
}
