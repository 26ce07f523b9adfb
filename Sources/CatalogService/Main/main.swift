import CatalogService
import ServiceKit

await ServiceMain.run(CatalogService.self)
