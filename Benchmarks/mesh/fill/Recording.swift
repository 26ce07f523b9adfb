import MeshMessages
import MeshRPC
import RPCTools

/// Requests of RecordObservations, some at a time.
enum Recording {
  /// Observations of one message, so of one transaction.
  private static let batch = 10_000

  /// - Parameter observations: those that belong to a number.
  static func run(
    _ pricing: String, calls: Int, numbers: StrideTo<Int64>,
    _ observations: @escaping @Sendable (Int64) -> [PricingV1.Observation]
  ) async throws -> Measured {
    try await ClientProcess.withChannel(to: pricing) { channel in
      let client = PricingV1.PricingService.Client(channel)
      return try await Measured.run(Array(numbers), calls: calls) { number in
        let all = observations(number)
        let parts = stride(from: 0, to: all.count, by: batch).map { Array(all[$0..<min($0 + batch, all.count)]) }
        return (parts, all.count)
      } send: { parts in
        let response = try await client.recordObservations(options: CallOptions(timeout: .seconds(300))) { writer in
          for part in parts {
            try await writer.write(PricingV1.RecordObservationsRequest(observations: part, source: "import"))
          }
        }
        guard response.rejected == 0 else {
          throw FillError("\(response.rejected) rejected, first: \(response.rejections.first?.message ?? "")")
        }
        return Int(response.recorded + response.duplicates)
      }
    }
  }
}
