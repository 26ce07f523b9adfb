internal import NIOCore

extension RedisClusterClient {
  private typealias Part = (endpoint: RedisEndpoint, indices: [Int], results: [Result<RESPValue, RedisError>])

  /// Sends each command to its node, in rounds, until none is left that was redirected or not sent.
  func scatter(
    _ commands: [RedisCommand], until deadline: NIODeadline
  ) async throws -> [Result<RESPValue, RedisError>] {
    var pipeline = ClusterPipeline(commands)
    var backoff = Self.backoff
    var redirections = 0
    while !pipeline.isDone, redirections < max(1, configuration.maximumAttempts) {
      let remaining = deadline - .now()
      guard remaining > .zero else { break }
      do {
        if nodes.map.nodes.isEmpty { try await topology.refresh() }
        let groups = pipeline.beginRound { nodes.endpoint(of: $0) }
        for part in try await run(groups, commands, remaining) {
          for (index, result) in zip(part.indices, part.results) {
            guard let move = pipeline.take(result, of: index, from: part.endpoint) else { continue }
            nodes.move(move.slot, to: move.owner)
          }
        }
      } catch let error as RedisError {
        pipeline.fail(error)
      }
      if pipeline.isMapSuspect { topology.request() }
      // A key that is being moved is asked for by itself: ASKING is good for one command.
      for index in pipeline.takeAsking() {
        do {
          pipeline.finish(index, .success(try await send(commands[index], timeout: max(deadline - .now(), .zero))))
        } catch let error as RedisError {
          pipeline.finish(index, .failure(error))
        }
      }
      if pipeline.mustPause {
        try await pause(&backoff, until: deadline)
      } else {
        redirections += 1
      }
    }
    return pipeline.results
  }

  private func run(
    _ groups: [RedisEndpoint: [Int]], _ commands: [RedisCommand], _ timeout: TimeAmount
  ) async throws -> [Part] {
    // All clients first: an error after something was sent would have it sent again.
    let parts = try groups.map { (endpoint: $0, indices: $1, client: try nodes.client(of: $0)) }
    return try await withThrowingTaskGroup(of: Part.self) { group in
      for part in parts {
        group.addTask {
          let results = try await part.client.pipeline(
            part.indices.map { commands[$0] }, timeout: timeout, connectionWait: Self.connectionWait)
          return (part.endpoint, part.indices, results)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}
