/// What operators see and do.
struct AdminRoutes {
  let operations: Operations

  var routes: [Route] {
    AdminServiceRoutes(operations: operations).routes + AdminJobRoutes(operations: operations).routes
      + AdminSourceRoutes(operations: operations).routes + AdminProductRoutes(operations: operations).routes
      + AdminListingRoutes(operations: operations).routes + AdminDeliveryRoutes(operations: operations).routes
      + AdminCacheRoutes(flushes: operations.flushes).routes
  }
}
