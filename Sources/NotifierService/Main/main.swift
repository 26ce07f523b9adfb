import NotifierService
import ServiceKit

await ServiceMain.run(NotifierService.self)
