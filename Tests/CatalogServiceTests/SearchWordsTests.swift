import Testing

@testable import CatalogService

@Suite("Words of searches")
struct SearchWordsTests {
  private let common = CommonWords([
    CommonWords.Word(text: "telefon", products: 140_000), CommonWords.Word(text: "telefonu", products: 3000),
    CommonWords.Word(text: "siyah", products: 280_000), CommonWords.Word(text: "kılıf", products: 100_000),
    CommonWords.Word(text: "kitap", products: 9000), CommonWords.Word(text: "rare", products: 999),
    CommonWords.Word(text: "x' | 'y", products: 50_000), CommonWords.Word(text: "", products: 50_000),
  ])

  @Test("Words are looked for as they are, and broadly when all of them are common")
  func words() {
    let both = SearchWords(["siyah", "telefon"], .words, common)
    #expect(both.text == "'siyah' & 'telefon'")
    #expect(both.isBroad)
    #expect(!SearchWords(["siyah", "telefon", "tt6205"], .words, common).isBroad)
    // 3,000 products are many for one word alone.
    #expect(SearchWords(["telefonu"], .words, CommonWords([.init(text: "telefonu", products: 3000)])).isBroad)
    #expect(!SearchWords(["rare"], .words, common).isBroad)
    #expect(!SearchWords(["siyah"], .words, common, brand: "umver").isBroad)
    #expect(SearchWords(["siyah"], .words, common, brand: "telefon kitap").isBroad)
    #expect(!SearchWords(["siyah"], .words, CommonWords()).isBroad)
  }

  @Test("A word is as common as its stem where stems count")
  func stems() {
    #expect(common.products(havingStemOf: "kiliflari") == 100_000)
    #expect(common.products(havingStemOf: "kitabi") == 9000)
    #expect(common.products(havingStemOf: "te") == 0)
    #expect(common.products(having: "kitabi") == 0)
    #expect(common.products(having: "telefonu") == 3000)
    #expect(common.products(having: "rare") == 0)
    #expect(SearchWords(["kiliflari"], .beginnings, common).isBroad)
    #expect(!SearchWords(["kiliflari"], .words, common).isBroad)
    #expect(!SearchWords(["kiliflari", "umver"], .beginnings, common).isBroad)
  }

  @Test("Beginnings of common words are these words, the most common first; others are looked for in the index")
  func beginnings() {
    #expect(SearchWords(["tele"], .beginnings, common).text == "('tele' | 'telefon' | 'telefonu')")
    #expect(SearchWords(["telefon"], .beginnings, common).text == "('telefon' | 'telefonu')")
    #expect(SearchWords(["telefonum"], .beginnings, common).text == "'telefonum':*")
    let mixed = SearchWords(["siy", "umver"], .beginnings, common)
    #expect(mixed.text == "('siy' | 'siyah') & 'umver':*")
    #expect(!mixed.isBroad)
    #expect(SearchWords(["siy", "tel"], .beginnings, common).isBroad)
    #expect(SearchWords(["siy"], .beginnings, CommonWords()).text == "'siy':*")
  }

  @Test("At most 32 words are named")
  func bound() {
    let many = CommonWords((0..<500).map { CommonWords.Word(text: "a\($0)b", products: 5000 + Int64($0)) })
    let words = SearchWords(["a"], .beginnings, many)
    #expect(words.text.split(separator: "|").count == 33)
    #expect(words.text.contains("'a499b'"))
    #expect(!words.text.contains("'a0b'"))
  }

  @Test("What is no word is never put into a query")
  func hostile() {
    #expect(common.words(beginningWith: "x").isEmpty)
    #expect(common.words(beginningWith: "").allSatisfy { !$0.text.isEmpty && !$0.text.contains("'") })
  }
}
