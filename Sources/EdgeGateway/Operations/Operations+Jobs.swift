internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// Jobs, sources and checks.
extension Operations {
  /// The job that is the notifier's; all others are the scheduler's.
  static let notifyJob = "notify"

  /// A job as its service tells of it.
  enum JobState: Sendable {
    case scheduler(PricingV1.Job)
    case notifier(NotifierV1.NotifierStatus)
  }

  /// No new work of a paused job begins; what is under way ends.
  ///
  /// - Throws: `RPCError` `.notFound` for a name that is no job.
  func setPaused(_ isPaused: Bool, job name: String) async throws -> JobState {
    if name == Self.notifyJob {
      return .notifier(try await backends.notifier.pauseSending(.init(paused: isPaused), options: backends.write))
    }
    return .scheduler(
      isPaused
        ? try await backends.scheduler.pauseJob(.init(name: name), options: backends.write)
        : try await backends.scheduler.resumeJob(.init(name: name), options: backends.write))
  }

  /// All jobs, sending too.
  func setAllPaused(_ isPaused: Bool) async throws -> PricingV1.JobsResponse {
    _ = try await backends.notifier.pauseSending(.init(paused: isPaused), options: backends.write)
    return isPaused
      ? try await backends.scheduler.pauseAll(.init(), options: backends.write)
      : try await backends.scheduler.resumeAll(.init(), options: backends.write)
  }

  /// - Throws: `Problem` 404 that names the field.
  func source(_ name: String) async throws -> PricingV1.Source {
    let sources = try await backends.scheduler.listSources(.init(), options: backends.read).sources
    guard let source = sources.first(where: { $0.name == name }) else {
      throw Problem(.notFound, .notFound, "name: expected the name of a source", field: "name")
    }
    return source
  }

  /// Changes what `change` changes of a source's budgets and pause, and leaves the rest as it is: the scheduler takes all
  /// of them over.
  func updateSource(_ name: String, _ change: (inout PricingV1.Source) -> Void) async throws -> PricingV1.Source {
    var source = try await source(name)
    change(&source)
    return try await backends.scheduler.updateSource(.init(source: source), options: backends.write)
  }

  /// Makes a listing due at once.
  func check(listing id: Int64) async throws -> PricingV1.CheckNowResponse {
    try await backends.pricing.checkNow(.init(listingId: id), options: backends.write)
  }

  /// Checks under way at a time.
  private static let width = 8

  /// Makes all listings of a product due at once: each with the reason why it cannot be, nil where it is.
  func check(product id: Int64) async throws -> [(listing: Int64, reason: String?)] {
    let product = try await backends.catalog.getProduct(.init(id: id), options: backends.read)
    let reasons = try await withThrowingTaskGroup(of: (Int64, String?).self) { group in
      var reasons: [Int64: String?] = [:]
      for (index, listing) in product.listings.enumerated() {
        if index >= Self.width, let (id, reason) = try await group.next() { reasons.updateValue(reason, forKey: id) }
        group.addTask { (listing.id, try await problem(checking: listing.id)) }
      }
      for try await (id, reason) in group { reasons.updateValue(reason, forKey: id) }
      return reasons
    }
    return product.listings.map { ($0.id, reasons[$0.id] ?? nil) }
  }

  /// Why a listing cannot be made due; nil when it is.
  ///
  /// - Throws: `RPCError` where nothing can be told of the listing.
  private func problem(checking listing: Int64) async throws -> String? {
    do {
      _ = try await check(listing: listing)
      return nil
    } catch let error as RPCError where error.code == .failedPrecondition || error.code == .notFound {
      return StatusMapping.problem(for: error).detail
    }
  }

  /// Sends a parked delivery again.
  func retry(delivery id: Int64) async throws -> NotifierV1.Delivery {
    try await backends.notifier.retryDelivery(.init(id: id), options: backends.write)
  }
}
