import MeshMessages
import PostgresClient
import Testing

@testable import CatalogService

@Suite("Searches for common words")
struct SearchTests {
  /// Digits in words keep the stemmer from them: what is found is what a comparison of words finds.
  private static let vocabulary: [(text: String, every: Int)] = [
    ("k1a", 1), ("k2a", 2), ("k7a", 7), ("k7ab", 90), ("k50a", 50), ("k400a", 400),
  ]
  private static let slice: Int64 = 1 << 14

  /// 1,200 products, 40 of them in each of 30 slices of ids, with the words that they have.
  private static func fill(_ catalog: CatalogFixture) async throws -> [Int64: Set<String>] {
    var all: [Int64: Set<String>] = [:]
    for part in 0..<30 {
      let first = Int64(part) * slice + (part % 2 == 0 ? 1 : slice - 39)
      try await catalog.pool.execute("SELECT setval(pg_get_serial_sequence('product', 'id'), $1, false)", [first])
      var rows: [CatalogV1.ImportProduct] = []
      for index in 0..<40 {
        let number = part * 40 + index
        let words = vocabulary.filter { number % $0.every == 0 }.map(\.text)
        all[first + Int64(index)] = Set(words)
        rows.append(
          CatalogFixture.row(
            "\(number)", (words + ["m\(number)z"]).joined(separator: " "), category: "Ana > Alt \(number % 3)",
            brand: "Marka \(number % 4)x"))
      }
      #expect(try await catalog.load(rows).created == 40)
    }
    return all
  }

  /// What is found, the newest first: products with all the words, and where these are few, with words that begin so.
  private static func expected(_ text: String, in all: [Int64: Set<String>]) -> [Int64] {
    let words = text.split(separator: " ")
    func ids(_ has: (Substring, String) -> Bool) -> [Int64] {
      all.filter { product in words.allSatisfy { word in product.value.contains { has(word, $0) } } }.keys.sorted(by: >)
    }
    let exact = ids { $0 == $1 }
    return exact.count < ProductQuery.fewHits ? ids { $1.hasPrefix($0) } : exact
  }

  @Test("What is known of common words changes nothing of what is found, in which order, and by which page")
  func sameAsByComparison() async throws {
    try await CatalogFixture.with { catalog in
      let all = try await Self.fill(catalog)
      #expect(all.count == 1200)
      let common = CommonWords(Self.vocabulary.map { CommonWords.Word(text: $0.text, products: 1_000_000) })
      let texts =
        Self.vocabulary.map(\.text) + ["k1a k2a", "k2a k7a", "k7a k50a", "k1a k2a k7a k50a", "k400a k7a", "k7"]
      var broad = 0
      for text in texts {
        let expected = Self.expected(text, in: all)
        #expect(!expected.isEmpty, "\(text)")
        for words in [CommonWords(), common] {
          catalog.store.commonWords.words = words
          broad += SearchWords(text.split(separator: " ").map(String.init), .words, words).isBroad ? 1 : 0
          let newest = try await catalog.allHits(text, size: 200) { $0.order = .newest }
          #expect(newest == expected, "\(text)")
          let candidates = Array(expected.prefix(ProductListStatement.rankedCandidates))
          let ranked = try await catalog.allHits(text, size: 7)
          #expect(ranked.count == candidates.count && Set(ranked) == Set(candidates), "\(text)")
          #expect(try await catalog.allHits(text, size: 200) == ranked, "\(text)")
        }
      }
      #expect(broad == texts.count - 1)
    }
  }

  @Test("Each product is found by what only it has, however common its other words are")
  func specific() async throws {
    try await CatalogFixture.with { catalog in
      let all = try await Self.fill(catalog)
      catalog.store.commonWords.words = CommonWords([CommonWords.Word(text: "k1a", products: 1_000_000)])
      for (number, id) in all.keys.sorted().enumerated() where number % 97 == 0 {
        #expect(try await catalog.search("k1a m\(number)z").count == 1)
        #expect(try await catalog.allHits("k1a m\(number)z", size: 20) == [id])
      }
    }
  }

  @Test("Filters decide before the newest are taken")
  func filters() async throws {
    try await CatalogFixture.with { catalog in
      let all = try await Self.fill(catalog)
      catalog.store.commonWords.words = CommonWords([CommonWords.Word(text: "k1a", products: 1_000_000)])
      let ids = all.keys.sorted()
      let oldest = ids[0]
      for words in [CommonWords(), CommonWords(["k1a", "marka"].map { .init(text: $0, products: 1_000_000) })] {
        catalog.store.commonWords.words = words
        for (category, brand) in [
          ("ana/alt-1", ""), ("", "MARKA 2x"), ("ana/alt-2", "marka 3x"), ("ana", ""), ("ana/alt", ""),
        ] {
          let filter = CatalogV1.ProductFilter(category: category, brand: brand)
          let expected = ids.indices.filter { number in
            (category.isEmpty || category == "ana" || category == "ana/alt-\(number % 3)")
              && (brand.isEmpty || brand.lowercased() == "marka \(number % 4)x")
          }.map { ids[$0] }
          let found = try await catalog.allHits("k1a", size: 200) { ($0.filter, $0.order) = (filter, .newest) }
          #expect(found == expected.reversed(), "\(category) \(brand)")
        }
      }
      #expect(
        try await catalog.allHits("k1a", size: 20) { $0.filter = CatalogV1.ProductFilter(shop: "a", externalId: "0") }
          == [oldest])
      #expect(
        try await catalog.allHits("k1a", size: 20) { $0.filter = CatalogV1.ProductFilter(status: .retired) }.isEmpty)
      try await catalog.price([(1, 700), (2, 600)])
      // A brand without a word that PostgreSQL knows.
      _ = try await catalog.load([CatalogFixture.row("circled", "k1a", brand: "①")])
      let circled = try await catalog.allHits("k1a", size: 20) { $0.filter = CatalogV1.ProductFilter(brand: "①") }
      #expect(circled == [ids[ids.count - 1] + 1])
      let byPrice = CatalogV1.ProductFilter(currency: "TRY")
      let found = try await catalog.allHits("k1a", size: 20) { ($0.filter, $0.order) = (byPrice, .price) }
      #expect(found == [oldest + 1, oldest])
    }
  }

  @Test("Categories are not taken for slices, which few products have few of")
  func young() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load((1...40).map { CatalogFixture.row("\($0)", "k1a", category: "Alt \($0)") })
      catalog.store.commonWords.words = CommonWords([CommonWords.Word(text: "k1a", products: 1_000_000)])
      #expect(try await catalog.allHits("k1a", size: 200) == Array((1...40).reversed()))
      #expect(try await catalog.allHits("k1", size: 7) == Array((1...40).reversed()))
    }
  }

  @Test("A beginning of common words stands for these, one of rare words for all of them")
  func commonBeginnings() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load([
        CatalogFixture.row("1", "Kulaklık"), CatalogFixture.row("2", "Kulak Bandı"),
        CatalogFixture.row("3", "Kulakcık Bandı"),
      ])
      #expect(try await catalog.allHits("kula", size: 20).sorted() == [1, 2, 3])
      catalog.store.commonWords.words = CommonWords(
        ["kulak", "kulaklik"].map { CommonWords.Word(text: $0, products: 5000) })
      #expect(try await catalog.allHits("kula", size: 20).sorted() == [1, 2])
      #expect(try await catalog.allHits("kulakc", size: 20) == [3])
      #expect(try await catalog.allHits("kula band", size: 20) == [2])
    }
  }

  @Test("Common words are read from PostgreSQL's sample, and kept in step with it")
  func reading() async throws {
    try await CatalogFixture.with { catalog in
      try await catalog.store.readCommonWords()
      #expect(catalog.store.commonWords.words == CommonWords())
      _ = try await catalog.load(
        (0..<1500).map { CatalogFixture.row("\($0)", $0 < 1200 ? "Kırmızı x\($0)y" : "Yeşil x\($0)y") })
      try await catalog.pool.execute("ANALYZE product")
      try await catalog.store.readCommonWords()
      let words = catalog.store.commonWords.words
      #expect((1150...1250).contains(words.products(having: "kirmizi")))
      #expect(words.products(having: "yesil") == 0)
      #expect(words.words(beginningWith: "kir").map(\.text) == ["kirmizi"])
      #expect(try await catalog.search("kırmızı").count == 20)
    }
  }
}
