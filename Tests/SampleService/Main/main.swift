import SampleService
import ServiceKit

await ServiceMain.run(SampleService.self)
