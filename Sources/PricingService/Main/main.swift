import PricingService
import ServiceKit

await ServiceMain.run(PricingService.self)
