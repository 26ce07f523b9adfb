internal import MeshMessages

/// Parameters that several routes share.
enum CommonParameters {
  static let limit = Parameter<Int>.integer("limit", 1...200, "How many at most; 20 if not given.")
    .example("20")
  static let pageToken = Parameter<String>.text(
    "page_token", length: 1...1024, pattern: "A-Z a-z 0-9 . _ ~ + / = -",
    "From the answer that held the part before, with the same filters and order.",
    isAllowed: { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
        UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "-"):
        true
      default: false
      }
    })
  static let paging = [limit.declaration, pageToken.declaration]

  static let category = Parameter<String>.text(
    "category", length: 1...500, "This category and those below it, by path: elektronik/kulaklik."
  ).example("elektronik/kulaklik")
  static let shop = Parameter<String>.text(
    "shop", length: 1...64, pattern: "a-z 0-9 . _ -", "A shop's name.",
    isAllowed: { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
  ).example("shop-a")
  static let minDiscount = Parameter<Int>.integer(
    "min_discount", 0...10_000, "The least real discount, in basis points: 1250 is 12.5 %.")
  private static let verdicts: [(String, CommonV1.Verdict)] = [
    ("unknown", .unknown), ("genuine", .genuine), ("inflated", .inflated),
  ]
  static let verdict = Parameter<CommonV1.Verdict>.choice("verdict", verdicts, "Only deals judged so.")
  static func verdictWord(_ verdict: CommonV1.Verdict) -> String? { verdicts.first { $0.1 == verdict }?.0 }
  static let currency = Parameter<String>.text(
    "currency", length: 3...3, pattern: "A-Z", "ISO 4217, such as TRY.",
    isAllowed: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  ).example("TRY")
  static let productID = Parameter<Int64>.id("id", in: .path, "The product's id.")
  static let listing = Parameter<Int64>.id("listing", in: .query, "Of this listing only.")
}
