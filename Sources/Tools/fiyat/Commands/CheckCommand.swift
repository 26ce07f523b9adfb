import ArgumentParser
import MeshMessages
import MeshRPC

/// `fiyat check ID`: look at a listing's price now.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Has a listing's price looked at as soon as a worker is free.")

  @Argument(help: "The listing's id.")
  var listing: Int64

  @OptionGroup var mesh: MeshOptions

  func run() async throws {
    let listing = listing
    let response = try await mesh.with(.pricing) { channel in
      try await PricingV1.PricingService.Client(channel).checkNow(
        PricingV1.CheckNowRequest(listingId: listing), options: callTimeout)
    }
    print("listing \(listing) is due now; it was due at \(response.wasDueAt?.rfc3339 ?? "no time")")
  }
}
