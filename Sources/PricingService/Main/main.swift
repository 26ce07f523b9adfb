import PricingService
import ServiceKit

// A call of 10,000 observations takes some 30 MiB.
ServiceMain.useOneHeap()
await ServiceMain.run(PricingService.self)
