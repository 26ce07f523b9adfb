import Testing

@testable import CatalogService

@Suite("Turkish text")
struct TurkishTextTests {
  @Test(
    "Spellings that people take for the same fold to the same",
    arguments: [
      ("kulaklik", "Kulaklık"), ("IŞIK", "ışık"), ("ISIK", "ışık"), ("İSTANBUL", "istanbul"), ("Çöp Şişe", "cop sise"),
      ("Ağ  Güç", "ag guc"), ("a\u{301}", "á"), ("Straße", "strasse"), ("kâğıt", "KAGIT"), ("  İyi-Ürün! ", "iyi urun"),
    ])
  func folds(left: String, right: String) {
    #expect(TurkishText.folded(left) == TurkishText.folded(right))
  }

  @Test("What differs by more than marks stays different")
  func keepsDifferences() {
    #expect(TurkishText.folded("kulaklık") != TurkishText.folded("kulaklar"))
    #expect(TurkishText.folded("8 GB") == "8 gb")
    #expect(TurkishText.folded("Наушники") == "наушники")
    #expect(TurkishText.folded("—!?") == "")
  }

  @Test("Lower case follows Turkish rules")
  func lowercases() {
    #expect(TurkishText.lowercased("IŞIK İYİ") == "ışık iyi")
  }
}

@Suite("Rules of the catalogue's fields")
struct FieldRulesTests {
  @Test("A GTIN has a right check digit", arguments: ["4006381333931", "96385074", "036000291452", "10614141000415"])
  func validGTIN(text: String) {
    #expect(GTIN.isValid(text))
    #expect(GTIN.normalized(text)?.count == 14)
  }

  @Test(
    "What only looks like a GTIN is none",
    arguments: ["4006381333932", "0615696953", "", "00000000", "４００６３８１３３３９３１", "12a4"])
  func invalidGTIN(text: String) {
    #expect(!GTIN.isValid(text))
  }

  @Test("A category's path is folded, and its names are kept")
  func categoryPath() throws {
    let path = try #require(try CategoryPath(" Elektronik > Kulaklık ve Ses / Kablosuz", field: "category"))
    #expect(path.path == "elektronik/kulaklik-ve-ses/kablosuz")
    #expect(path.prefixes.map(\.path) == ["elektronik", "elektronik/kulaklik-ve-ses", path.path])
    #expect(path.names == ["Elektronik", "Kulaklık ve Ses", "Kablosuz"])
    #expect(try CategoryPath(" > ", field: "category") == nil)
    #expect(throws: InvalidField("category", "names with letters or digits")) {
      try CategoryPath("a/!/b", field: "category")
    }
    #expect(throws: InvalidField("category", "at most 8 levels")) {
      try CategoryPath("a/b/c/d/e/f/g/h/i", field: "category")
    }
  }

  @Test(
    "Addresses are http or https and plain",
    arguments: [
      "ftp://a", "javascript:alert(1)", "http://", "https:///x", "http://a b", "http://a\u{0}b", "http://@x", "//x",
      "https://\u{E7}", "http://a\\b",
    ])
  func badAddress(text: String) {
    #expect(throws: InvalidField.self) { try FieldRules.webAddress(text, "url") }
  }

  @Test("Errors name the field as the contract does")
  func namesFields() {
    #expect(throws: InvalidField("shop", "1 to 64 of a-z, 0-9, '-', '_', '.'")) { try FieldRules.shop("Amazon US") }
    #expect(throws: InvalidField("currency", "an ISO 4217 code, such as TRY")) { try FieldRules.currency("try") }
    #expect(throws: InvalidField("title", "1 to 500 characters")) { try FieldRules.text("  ", "title", 1...500) }
    #expect(throws: InvalidField("title", "text without control characters")) {
      try FieldRules.text("a\u{0}b", "title", 1...500)
    }
  }
}
