package import MeshRPC
package import MeshStandardServices

/// What the interoperability server offers: the test service, health and reflection.
package struct InteropServices: Sendable {
  package let health: HealthRegistry
  package let definitions: [ServiceDefinition]

  package init() {
    let test = TestServiceHandler.definition
    let health = HealthRegistry(serving: [test.name])
    let services = [test, HealthService(health).definition]
    self.health = health
    definitions = services + ReflectionService.definitions(describing: services)
  }
}
