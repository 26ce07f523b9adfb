/// A feed's offers at one moment, by id.
struct FeedSnapshot: Sendable {
  /// What is kept of an item.
  struct Offer: Sendable {
    var price: Int64?
    var salePrice: Int64?
    var saleFrom: Int64?
    var saleUntil: Int64?
    var currency: String
    var availability: Availability
    var seller: String
  }

  private(set) var offers: [String: Offer] = [:]
  private(set) var faults: [FeedFault] = []
  private(set) var faultCount = 0
  /// Of the answer, to ask the next time.
  var validators = Validators()

  /// The most offers of one feed.
  static let maximumOffers = 1_000_000
  private static let maximumFaults = 1_000

  mutating func add(_ element: FeedElement) {
    switch element {
    case .item(let item):
      guard offers[item.id] == nil else {
        return add(FeedFault(line: 0, reason: "id: stands in the feed more than once; the first counts"))
      }
      guard offers.count < Self.maximumOffers else {
        return add(FeedFault(line: 0, reason: "more than \(Self.maximumOffers) items"))
      }
      offers[item.id] = Offer(
        price: item.price, salePrice: item.salePrice, saleFrom: item.saleFrom, saleUntil: item.saleUntil,
        currency: item.currency, availability: item.availability, seller: item.seller)
    case .fault(let fault): add(fault)
    }
  }

  private mutating func add(_ fault: FeedFault) {
    faultCount += 1
    if faults.count < Self.maximumFaults { faults.append(fault) }
  }

  /// - Throws: `SourceError` `.unreadable` when not one item could be read.
  static func read(_ reader: FeedReader, _ chunks: some Sequence<[UInt8]>) throws(SourceError) -> FeedSnapshot {
    var snapshot = FeedSnapshot()
    for chunk in chunks {
      reader.append(chunk)
      while let element = reader.next() { snapshot.add(element) }
    }
    reader.finish()
    while let element = reader.next() { snapshot.add(element) }
    if snapshot.offers.isEmpty {
      let first = snapshot.faults.first.map { "line \($0.line): \($0.reason)" } ?? "it is empty"
      throw SourceError(.unreadable, "the feed has no usable item; \(first)")
    }
    return snapshot
  }
}

extension FeedSnapshot.Offer {
  /// What a buyer pays at `moment` (seconds since 1970).
  func observation(at moment: Int64) -> SourceObservation {
    var item = FeedItem()
    item.price = price
    item.salePrice = salePrice
    item.saleFrom = saleFrom
    item.saleUntil = saleUntil
    let prices = item.prices(at: moment)
    let availability = self.availability == .unknown && prices.price != nil ? .inStock : self.availability
    return SourceObservation(
      price: prices.price, currency: currency, listPrice: prices.listPrice, availability: availability, seller: seller)
  }
}
