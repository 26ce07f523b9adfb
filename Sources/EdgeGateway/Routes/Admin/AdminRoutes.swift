internal import ServiceKit

/// What operators see and do.
struct AdminRoutes {
  let backends: Backends
  let readiness: Readiness
  let flushes: CacheFlushes

  var routes: [Route] {
    AdminServiceRoutes(backends: backends, readiness: readiness).routes + AdminJobRoutes(backends: backends).routes
      + AdminSourceRoutes(backends: backends).routes + AdminProductRoutes(backends: backends).routes
      + AdminListingRoutes(backends: backends).routes + AdminDeliveryRoutes(backends: backends).routes
      + AdminCacheRoutes(flushes: flushes).routes
  }
}
