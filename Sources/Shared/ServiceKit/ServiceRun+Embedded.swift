package import Logging

extension Settings {
  /// Settings from texts by name, for programs that run a service inside themselves, such as tests.
  ///
  /// - Throws: `SettingsError`.
  package static func of(
    _ description: ServiceDescription, _ values: [String: String]
  ) throws(SettingsError) -> Settings {
    let declared = CommonSettings.all(for: description)
    let known = Set(declared.map(\.name))
    if let unknown = values.keys.sorted().first(where: { !known.contains($0) }) {
      throw SettingsError(.configuration, "\(unknown) is no setting of \(description.executable)")
    }
    let loader = SettingsLoader(
      declared: declared, environment: { values[$0] },
      readFile: { path, limit throws(FileTextError) in try FileText.read(path, limit: limit) })
    guard case .run(let settings, _) = try loader.load([]) else {
      throw SettingsError(.usage, "no flags were given")
    }
    return settings
  }
}

extension ServiceRun {
  /// Runs a service while `body` runs, on free ports of this machine unless `values` say otherwise.
  ///
  /// - Parameters:
  ///   - values: settings by name.
  ///   - body: called at once; `waitUntilReady` waits for the service.
  /// - Throws: what `body` throws, or what kept the service from running.
  package static func withService<Value: Sendable>(
    _ service: any MeshService.Type, _ values: [String: String], logger: Logger,
    _ body: @escaping @Sendable (ServiceRun) async throws -> Value
  ) async throws -> Value {
    var all = ["LISTEN": "127.0.0.1:0", "OPS_LISTEN": "127.0.0.1:0", "EVENT_LOOPS": "1"]
    all.merge(values) { $1 }
    let run = ServiceRun(service, settings: try .of(service.description, all), logger: logger)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try await run.run()
        return nil
      }
      group.addTask {
        defer { run.requestStop() }
        return try await body(run)
      }
      var value: Value?
      while let finished = try await group.next() { value = finished ?? value }
      guard let value else { throw ServiceError(.internal, "the service ended before it was used") }
      return value
    }
  }

  /// Returns when the service is ready.
  ///
  /// - Throws: `ServiceError` `.unavailable` after `limit`.
  package func waitUntilReady(within limit: Duration = .seconds(20)) async throws {
    let end = ContinuousClock.now + limit
    while !readiness.isReady {
      guard ContinuousClock.now < end else { throw ServiceError(.unavailable, "not ready within \(limit)") }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}
