/// What an import has to write, decided row by row from what the tables hold.
struct ImportPlan {
  /// A listing that is there already, with its product.
  struct Known: Sendable {
    var product: StoredProduct
    var listingID: Int64
    var url: String
    var currency: String
    var locale: String
    var priority: Int16
    var source: String

    func equals(_ draft: ListingDraft) -> Bool {
      url == draft.url && locale == draft.locale && priority == draft.priority && source == draft.source
    }
  }

  /// A product that is there, or one of `newProducts`.
  enum ProductReference {
    case stored(Int64)
    case new(Int)

    func id(_ made: [Int64]) -> Int64 {
      switch self {
      case .stored(let id): id
      case .new(let index): made[index]
      }
    }
  }

  private(set) var newProducts: [ProductDraft] = []
  private(set) var changedProducts: [(stored: StoredProduct, draft: ProductDraft)] = []
  private(set) var newListings: [(draft: ListingDraft, product: ProductReference)] = []
  private(set) var changedListings: [(id: Int64, draft: ListingDraft)] = []
  private(set) var updatedRows = 0
  private(set) var unchangedRows = 0

  private let known: [ListingKey: Known]
  private var byGTIN: [String: ProductReference]
  private var rewritten: Set<Int64> = []
  private var touched: Set<Int64> = []

  init(known: [ListingKey: Known], byGTIN: [String: Int64]) {
    self.known = known
    self.byGTIN = byGTIN.mapValues { .stored($0) }
  }

  var categories: Set<CategoryPath> {
    Set(newProducts.compactMap(\.category) + changedProducts.compactMap(\.draft.category))
  }

  mutating func add(_ row: ImportRow) {
    if let known = known[ListingKey(row.listing)] { change(known, row) } else { make(row) }
  }

  private mutating func make(_ row: ImportRow) {
    let reference: ProductReference
    if let gtin = row.product.gtin, let existing = byGTIN[gtin] {
      reference = existing
      if case .stored(let id) = existing { touched.insert(id) }
    } else {
      reference = .new(newProducts.count)
      newProducts.append(row.product)
      if let gtin = row.product.gtin { byGTIN[gtin] = reference }
    }
    newListings.append((row.listing, reference))
  }

  private mutating func change(_ known: Known, _ row: ImportRow) {
    var isChanged = false
    if !known.equals(row.listing) {
      changedListings.append((known.listingID, row.listing))
      isChanged = true
    }
    var draft = row.product
    // What an import does not say stays as people set it.
    draft.isActive = known.product.isActive
    draft.priority = known.product.priority
    // A GTIN that another product has stays there.
    if let gtin = draft.gtin, gtin != known.product.gtin, byGTIN[gtin] != nil { draft.gtin = known.product.gtin }
    let owns = known.product.ownerListingID == known.listingID
    if owns, !known.product.equals(draft), rewritten.insert(known.product.id).inserted {
      changedProducts.append((known.product, draft))
      if let gtin = draft.gtin { byGTIN[gtin] = .stored(known.product.id) }
      isChanged = true
    }
    if isChanged {
      touched.insert(known.product.id)
      updatedRows += 1
    } else {
      unchangedRows += 1
    }
  }

  /// The oldest listing of each new product.
  /// - Parameter ids: of the new listings, ascending.
  func owners(_ ids: [Int64]) -> [Int64?] {
    var owners = [Int64?](repeating: nil, count: newProducts.count)
    for (listing, id) in zip(newListings, ids) {
      if case .new(let index) = listing.product, owners[index] == nil { owners[index] = id }
    }
    return owners
  }

  /// Stored products whose own fields are not written: where they are, the version rises with it.
  var touchedOnly: [Int64] { touched.subtracting(rewritten).sorted() }

  /// All products that others must be told of, by id.
  func touchedProducts(_ made: [Int64]) -> [Int64] { (touched.union(made)).sorted() }
}
