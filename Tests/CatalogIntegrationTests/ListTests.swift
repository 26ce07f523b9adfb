import MeshMessages
import MeshRPC
import PostgresClient
import ProtobufBridge
import Testing

@testable import CatalogService

@Suite("Lists, searches and prices")
struct ListTests {
  @Test("Pages of every order hold each product once, in order")
  func pages() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load(
        (1...10).map { CatalogFixture.row("\($0)", "P \($0)", category: $0 % 2 == 0 ? "a > b" : "a > c") })
      // Equal prices: the id decides.
      try await catalog.price((1...10).map { (Int64($0), Int64(100 - ($0 / 3) * 10)) }, discount: 1500)
      let filter = CatalogV1.ProductFilter(currency: "TRY")
      #expect(try await catalog.all { _ in } == Array((1...10).reversed()))
      #expect(
        try await catalog.all {
          $0.filter = filter; $0.order = .price
        } == [9, 10, 6, 7, 8, 3, 4, 5, 1, 2])
      #expect(
        try await catalog.all {
          $0.filter = filter; $0.order = .priceDescending
        } == [2, 1, 5, 4, 3, 8, 7, 6, 10, 9])
      #expect(try await catalog.all { $0.order = .updated } == Array((1...10).reversed()))
      #expect(try await catalog.all { $0.order = .discount } == Array((1...10).reversed()))
      let inB = CatalogV1.ProductFilter(category: "a/b", currency: "TRY")
      #expect(
        try await catalog.all {
          $0.filter = inB; $0.order = .price
        } == [10, 6, 8, 4, 2])
      let inA = CatalogV1.ProductFilter(category: "a", currency: "TRY", minPrice: 80, maxPrice: 90)
      #expect(
        try await catalog.all {
          $0.filter = inA; $0.order = .price
        } == [6, 7, 8, 3, 4, 5])
      #expect(try await catalog.all { $0.filter = inA } == [8, 7, 6, 5, 4, 3])
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(category: "nowhere") }.isEmpty)
    }
  }

  @Test("A list in wire form is byte for byte the list of its products")
  func wireForm() async throws {
    try await CatalogFixture.with { catalog in
      func draft(_ number: Int, gtin: String = "") -> CatalogV1.Product {
        var product = CatalogV1.Product(id: 0, title: "Ürün \(number)", gtin: gtin)
        product.listings = [CatalogV1.Listing(shop: "a", externalId: "\(number)", currency: "TRY")]
        return product
      }
      var full = draft(1, gtin: "4006381333931")
      full.brand = "Işık"
      full.category = "Elektronik > Kulaklık"
      full.imageUrl = "https://example.com/" + String(repeating: "a", count: 500)
      full.attributes = ["renk": "mavi", "boy": "", "İçerik": String(repeating: "ş", count: 300), "a": "1"]
      full.priority = .hot
      var retired = draft(2, gtin: "73513537")
      retired.status = .retired
      for product in [full, retired, draft(3, gtin: "036000291452"), draft(4), draft(5)] {
        let wanted = try ProductDraft(product)
        let listings = try product.listings.map { (listing) throws(InvalidField) in try ListingDraft(listing) }
        _ = try await catalog.store.create(wanted, listings)
      }
      try await catalog.price([(1, 129_900), (2, 0), (3, 500)], discount: 1500)
      try await catalog.price([(4, 1)])
      try await catalog.pool.execute("UPDATE product_price SET list_price = 150000 WHERE product_id = 1")
      try await catalog.pool.execute("UPDATE product_price SET list_price = 0 WHERE product_id = 3")
      var requests = [CatalogV1.ListProductsRequest(), CatalogV1.ListProductsRequest(order: .updated)]
      requests.append(CatalogV1.ListProductsRequest(page: CommonV1.Page(size: 2)))
      requests.append(CatalogV1.ListProductsRequest(filter: CatalogV1.ProductFilter(status: .retired)))
      requests.append(CatalogV1.ListProductsRequest(filter: CatalogV1.ProductFilter(category: "nowhere")))
      var seen: Set<Int64> = []
      for request in requests {
        let page = try await catalog.store.page(ProductQuery(request))
        let products = try page.products()
        let response = CatalogV1.ListProductsResponse(products: products, nextPageToken: page.next)
        #expect(try WireFieldWriter(page).bytes == response.serializedBytes())
        seen.formUnion(products.map(\.id))
      }
      #expect(seen == [1, 2, 3, 4, 5])
      // Names that are one name once blanks around them are gone: the last one counts.
      try await catalog.pool.execute("UPDATE product SET attributes = ARRAY['a', '1', 'b', '2', 'a', '3'] WHERE id = 1")
      let page = try await catalog.store.page(ProductQuery(CatalogV1.ListProductsRequest()))
      let bytes = try WireFieldWriter(page).bytes
      let response = try CatalogV1.ListProductsResponse(wire: bytes)
      #expect(response.products == (try page.products()))
      #expect(response.products.last?.attributes == ["a": "3", "b": "2"])
    }
  }

  @Test("Filters by shop, its own id, brand, status and deal find what they say")
  func filters() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load([
        CatalogFixture.row("1", "A", brand: "Işık"), CatalogFixture.row("1", "B", shop: "b"),
        CatalogFixture.row("2", "C"),
      ])
      try await catalog.price([(1, 500)])
      try await catalog.price([(3, 700)], discount: 2000)
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(shop: "b") } == [2])
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(shop: "a", externalId: "2") } == [3])
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(brand: "ISIK") } == [1])
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(onSale: true) } == [3])
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(minDiscountBasisPoints: 2001) }.isEmpty)
      try await catalog.store.update(3, expectedVersion: 0) { stored in
        var product = CatalogV1.Product(title: stored.title)
        product.status = .retired
        return try ProductDraft(product)
      }
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(onSale: true) }.isEmpty)
      #expect(try await catalog.all { $0.filter = CatalogV1.ProductFilter(status: .retired) } == [3])
    }
  }

  @Test("Searches forgive Turkish letters, endings and typing errors")
  func search() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load([
        CatalogFixture.row("1", "Kablosuz Kulaklık Siyah", brand: "Sony"),
        CatalogFixture.row("2", "IŞIK Masa Lambası"),
        CatalogFixture.row("3", "Çelik Tencere Seti"),
      ])
      #expect(try await catalog.search("kulaklik") == ["Kablosuz Kulaklık Siyah"])
      #expect(try await catalog.search("KULAK") == ["Kablosuz Kulaklık Siyah"])
      #expect(try await catalog.search("ışık") == ["IŞIK Masa Lambası"])
      #expect(try await catalog.search("ISIK lamba") == ["IŞIK Masa Lambası"])
      #expect(try await catalog.search("kulaklıklar") == ["Kablosuz Kulaklık Siyah"])
      #expect(try await catalog.search("sony siyah") == ["Kablosuz Kulaklık Siyah"])
      #expect(try await catalog.search("tencre seti") == ["Çelik Tencere Seti"])
      #expect(try await catalog.search("bambaşka").isEmpty)
      #expect(try await catalog.search("' OR 1=1; --:*&|!").isEmpty)
      let suggestions = try await catalog.store.suggestions("kab", limit: 8)
      #expect(suggestions.map(\.productId) == [1])
      #expect(try await catalog.store.suggestions("so", limit: 8).map(\.text) == ["Sony"])
      #expect(try await catalog.store.suggestions("kulak", limit: 8).map(\.text) == ["Kulaklık"])
    }
  }

  @Test("A search of few hits takes in words that begin with its own, one of many keeps to them")
  func beginnings() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load(
        [CatalogFixture.row("1", "Kablosuz Kulaklık")]
          + (2...4).map { CatalogFixture.row("\($0)", "Kulak Bandı \($0)") })
      #expect(try await catalog.search("kulak bandı").count == 3)
      for size: UInt32 in [1, 3, 50] {
        #expect(try await catalog.allHits("kulak", size: size).sorted() == [1, 2, 3, 4])
      }
      #expect(try await catalog.allHits("kulağı", size: 20).isEmpty == false)
      // Twenty that have the word itself.
      _ = try await catalog.load((5...21).map { CatalogFixture.row("\($0)", "Kulak Bandı \($0)") })
      for size: UInt32 in [1, 7, 20, 50] {
        #expect(try await catalog.allHits("kulak", size: size).sorted() == Array(2...21))
      }
    }
  }

  @Test("The best price is the lowest in stock, and follows removed listings")
  func bestPrice() async throws {
    try await CatalogFixture.with { catalog in
      let gtin = "4006381333931"
      _ = try await catalog.load([
        CatalogFixture.row("1", "S", gtin: gtin), CatalogFixture.row("2", "S", shop: "b", gtin: gtin),
      ])
      try await catalog.price([(1, 900), (2, 800)])
      func best() async throws -> CatalogV1.CurrentPrice? {
        try await catalog.store.products([1], includeListings: false).first?.price
      }
      #expect(try await best()?.price?.minorUnits == 800)
      #expect(try await best()?.shop == "b")
      try await catalog.pool.withTransaction { transaction in
        try await catalog.store.apply([PriceUpdate(listingID: 2, availability: 2)], in: transaction)
      }
      #expect(try await best()?.price?.minorUnits == 900)
      try await catalog.store.removeListing(1)
      #expect(try await best()?.price?.minorUnits == 800)
      #expect(try await best()?.availability == .outOfStock)
      try await catalog.store.removeListing(2)
      #expect(try await best() == nil)
      // An event for a listing that is gone is passed over.
      try await catalog.price([(2, 5)])
      #expect(try await best() == nil)
    }
  }

  @Test("A listing is found by its id for as long as it is there")
  func listing() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load([CatalogFixture.row("1", "S", shop: "b")])
      let found = try #require(try await catalog.store.listing(1))
      #expect(found.id == 1 && found.shop == "b" && found.externalId == "1" && found.productId == 1)
      #expect(try await catalog.store.listing(2) == nil)
      try await catalog.store.removeListing(1)
      #expect(try await catalog.store.listing(1) == nil)
    }
  }

  @Test("Writes that the state does not allow are refused and leave nothing behind")
  func conflicts() async throws {
    try await CatalogFixture.with { catalog in
      let gtin = "4006381333931"
      _ = try await catalog.load([CatalogFixture.row("1", "S", gtin: gtin)])
      let told = try await catalog.events().count
      let draft = try ProductDraft(CatalogV1.Product(title: "T", gtin: gtin))
      await #expect(throws: CatalogConflict.gtinTaken(by: 1)) { try await catalog.store.create(draft, []) }
      let taken = try ListingDraft(CatalogV1.Listing(shop: "a", externalId: "1", currency: "TRY"))
      let free = try ProductDraft(CatalogV1.Product(title: "T", category: "new"))
      await #expect(throws: CatalogConflict.listingTaken(by: 1)) { try await catalog.store.create(free, [taken]) }
      await #expect(throws: CatalogConflict.version(current: 1)) {
        try await catalog.store.update(1, expectedVersion: 7) { _ in free }
      }
      await #expect(throws: CatalogConflict.noProduct) { try await catalog.store.addListing(taken, to: 99) }
      #expect(try await catalog.events().count == told)
      #expect(try await catalog.store.categories(below: "").contains { $0.path == "new" } == false)
    }
  }

  @Test("Removing a product tells of each of its listings, and then of itself")
  func removal() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load([CatalogFixture.row("1", "S")])
      try await catalog.store.delete(1)
      let events = try await catalog.events().suffix(2).map(\.change)
      #expect(
        events == [
          .listingRemoved(CatalogV1.ListingRemoved(listingId: 1, productId: 1)), .productRemoved(1),
        ])
      try await catalog.store.delete(1)
      #expect(try await catalog.store.categories(below: "").map(\.productCount) == [0, 0])
    }
  }
}
