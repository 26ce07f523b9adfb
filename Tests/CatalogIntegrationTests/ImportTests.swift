import MeshMessages
import PostgresClient
import Testing

@testable import CatalogService

@Suite("Imports into the catalogue")
struct ImportTests {
  @Test("A second import of the same rows changes nothing and tells of nothing")
  func idempotent() async throws {
    try await CatalogFixture.with { catalog in
      var first = CatalogFixture.row("1", "Kulaklık A", brand: "Ses")
      first.attributes = ["renk": "siyah", "boş": ""]
      let rows = [first, CatalogFixture.row("2", "Fare B", category: "Bilgisayar/Fare")]
      let made = try await catalog.load(rows)
      #expect(made.created == 2)
      let told = try await catalog.events().count
      #expect(told == 4)
      let again = try await catalog.load(rows)
      #expect((again.created, again.updated, again.unchanged) == (0, 0, 2))
      #expect(try await catalog.events().count == told)
      let product = try #require(try await catalog.store.products([1], includeListings: true).first)
      #expect(product.attributes == ["renk": "siyah", "boş": ""])
      #expect(product.category == "elektronik/kulaklik")
      #expect(product.listings.map(\.externalId) == ["1"])
      #expect(product.version == 1)
    }
  }

  @Test("What differs is changed, with a new version, and told")
  func changes() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load([CatalogFixture.row("1", "Eski ad")])
      let outcome = try await catalog.load([CatalogFixture.row("1", "Yeni ad", category: "Ev")])
      #expect(outcome.updated == 1)
      let product = try #require(try await catalog.store.products([1], includeListings: false).first)
      #expect(product.title == "Yeni ad")
      #expect(product.version == 2)
      let categories = try await catalog.store.categories(below: "")
      #expect(categories.map { "\($0.path) \($0.productCount)" } == ["elektronik 0", "elektronik/kulaklik 0", "ev 1"])
      #expect(try await catalog.search("yeni") == ["Yeni ad"])
    }
  }

  @Test("Shops that sell one GTIN share a product, whose fields follow its oldest listing")
  func sharesProduct() async throws {
    try await CatalogFixture.with { catalog in
      let gtin = "4006381333931"
      _ = try await catalog.load([CatalogFixture.row("1", "Stabilo", shop: "a", gtin: gtin)])
      let second = try await catalog.load([CatalogFixture.row("x", "STABILO BOSS", shop: "b", gtin: gtin)])
      #expect(second.created == 1)
      let product = try #require(try await catalog.store.products([1], includeListings: true).first)
      #expect(product.title == "Stabilo")
      #expect(product.gtin == gtin)
      #expect(product.listings.map(\.shop) == ["a", "b"])
      _ = try await catalog.load([CatalogFixture.row("x", "Other words", shop: "b", gtin: gtin)])
      #expect(try await catalog.store.products([1], includeListings: false).first?.title == "Stabilo")
    }
  }

  @Test("Of rows with the same id in one import the first counts, and the other is reported")
  func repeats() async throws {
    try await CatalogFixture.with { catalog in
      var second = CatalogFixture.row("1", "B")
      second.line = 9
      let outcome = try await catalog.load([CatalogFixture.row("1", "A"), second])
      #expect(outcome.created == 1)
      #expect(outcome.rejections.map(\.line) == [9])
    }
  }

  @Test("Imports at the same time make each product once")
  func concurrent() async throws {
    try await CatalogFixture.with { catalog in
      let rows = (0..<200).map { CatalogFixture.row("\($0)", "P \($0)", category: "c\($0 % 7) > d") }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { _ = try await catalog.load(rows) } }
        try await group.waitForAll()
      }
      #expect(try await catalog.pool.read("SELECT count(*) FROM product").scalar(Int.self) == 200)
      #expect(
        try await catalog.store.categories(below: "").filter { $0.parentId == 0 }.map(\.productCount).reduce(0, +)
          == 200)
    }
  }
}
