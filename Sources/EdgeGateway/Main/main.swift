import EdgeGateway
import ServiceKit

await ServiceMain.run(EdgeGateway.self)
