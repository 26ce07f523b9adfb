import MeshMessages
import MeshRPC

/// Products and their listings, each a function of the seed and its number: any part can be made again by itself.
struct ProductWorld: Sendable {
  let seed: UInt64

  /// Shops, the large ones first.
  static let shops = [
    "trendpazar", "hepsiburda", "nehirden", "teknomarket", "evimden", "carsi34", "modakapi", "vatandas-pc", "sepetim",
    "anadolu-avm", "kitapsever", "bebekdunya", "sporkent", "yapimarketim", "kozmetikci", "oyunbaz", "elektrikci",
    "mobilyaevi", "outletim", "firsatpazari", "mutfakcim", "ofisdepo", "bahceci", "ithalatcim",
  ]

  /// One shop's offer of a product.
  struct Listing: Sendable {
    let product: Int64
    let shop: String
    let externalID: String
    let shelf: Shelf
    /// In kuruş.
    let regularPrice: Int64
    /// Of its price history.
    let seed: UInt64
  }

  /// Every fourth product is sold by a second shop, under the same GTIN.
  func listings(of product: Int64) -> [Listing] {
    var random = SplitMix64(seed: mixed(product, 1))
    let shelf = shelf(of: product)
    let count = product % 4 == 3 ? 2 : 1
    let first = skewed(Self.shops.count, &random)
    // Cheap things are more common than dear ones within a shelf.
    let share = Double.random(in: 0..<1, using: &random)
    let span = Double(shelf.prices.upperBound - shelf.prices.lowerBound)
    let price = shelf.prices.lowerBound + Int64(span * share * share * share)
    return (0..<count).map { index in
      let shop = Self.shops[(first + index * 5) % Self.shops.count]
      let offset = index == 0 ? 100 : Int64.random(in: 92...110, using: &random)
      return Listing(
        product: product, shop: shop, externalID: "\(shop.prefix(2).uppercased())\(product)", shelf: shelf,
        regularPrice: PriceYear.displayed(price * offset / 100), seed: mixed(product, 10 + UInt64(index)))
    }
  }

  /// The rows that import a product: one for each listing.
  func rows(of product: Int64) -> [CatalogV1.ImportProduct] {
    let title = title(of: product)
    let gtin = Self.gtin(product)
    return listings(of: product).map { listing in
      var row = CatalogV1.ImportProduct(line: product, title: title.text, brand: title.brand, gtinOrSku: gtin)
      row.categoryPath = listing.shelf.category
      row.imageUrl = "https://gorsel.example/\(product % 1000)/\(product).jpg"
      row.attributes = ["renk": title.color, "model": title.model]
      row.shop = listing.shop
      row.externalId = listing.externalID
      row.url = "https://\(listing.shop).example/urun/\(listing.externalID)"
      row.currency = "TRY"
      row.locale = "tr-TR"
      row.source = "push"
      return row
    }
  }

  /// What a person may type to find this product: the noun, with the brand or a detail, or the model.
  func query(for product: Int64) -> String {
    let title = title(of: product)
    switch product % 4 {
    case 0: return title.brand + " " + title.noun
    case 1: return title.noun + " " + title.detail
    case 2: return title.brand + " " + title.model
    default: return title.brand + " " + title.color + " " + title.noun
    }
  }

  private struct Title {
    var text: String
    var brand: String
    var noun: String
    var detail: String
    var model: String
    var color: String
  }

  private static let colors = [
    "Siyah", "Beyaz", "Gri", "Lacivert", "Kırmızı", "Yeşil", "Mavi", "Pembe", "Kahverengi", "Bej", "Mor", "Turuncu",
  ]
  private static let syllables = [
    "ar", "be", "cem", "dur", "el", "fa", "gök", "han", "ışık", "ka", "lor", "me", "nur", "öz", "par", "rol", "sel",
    "ta", "um", "ver", "yel", "zen", "şen", "çağ",
  ]

  private func title(of product: Int64) -> Title {
    var random = SplitMix64(seed: mixed(product, 2))
    let shelf = shelf(of: product)
    // A shelf has some 120 brands, of 3,000 in all.
    let first = shelf.noun.utf8.reduce(0 as UInt64) { ($0 &* 31 &+ UInt64($1)) % 2880 }
    let brand = Self.brand((skewed(120, &random) + Int(first)) % 3000)
    let detail = shelf.details[Int.random(in: 0..<shelf.details.count, using: &random)]
    let series = Self.word(Int.random(in: 0..<576, using: &random))
    let letters = "ABCDEFGHKLMNPRSTVXYZ".map { String($0) }
    let model =
      letters[Int.random(in: 0..<letters.count, using: &random)]
      + letters[Int.random(in: 0..<letters.count, using: &random)] + "\(Int.random(in: 100...9999, using: &random))"
    let color = Self.colors[skewed(Self.colors.count, &random)]
    return Title(
      text: "\(brand) \(series) \(model) \(detail) \(shelf.noun) \(color)", brand: brand, noun: shelf.noun,
      detail: detail, model: model, color: color)
  }

  private func shelf(of product: Int64) -> Shelf {
    var random = SplitMix64(seed: mixed(product, 3))
    return Shelves.all[skewed(Shelves.all.count, &random)]
  }

  private static func brand(_ number: Int) -> String {
    let word = word(number)
    return number % 5 == 4 ? word + " " + (number % 2 == 0 ? "Home" : "Teknoloji") : word
  }

  /// A word of two or three syllables.
  private static func word(_ number: Int) -> String {
    let count = syllables.count
    var text = syllables[number % count] + syllables[number / count % count]
    if number >= count * count { text += syllables[number / (count * count) % count] }
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  /// A number below `count`, small ones more often.
  private func skewed(_ count: Int, _ random: inout SplitMix64) -> Int {
    let share = Double.random(in: 0..<1, using: &random)
    return min(count - 1, Int(Double(count) * share * share))
  }

  private func mixed(_ product: Int64, _ purpose: UInt64) -> UInt64 {
    var mix = SplitMix64(seed: seed &+ UInt64(bitPattern: product) &* 0x2545_F491_4F6C_DD1D &+ purpose)
    return mix.next()
  }

  /// A valid EAN-13 with Turkey's prefix (GS1 General Specifications, section 7.9).
  static func gtin(_ product: Int64) -> String {
    let body = 869_000_000_000 + product
    var sum: Int64 = 0
    var rest = body
    for place in 0..<12 {
      sum += rest % 10 * (place % 2 == 0 ? 3 : 1)
      rest /= 10
    }
    return "\(body)\((10 - sum % 10) % 10)"
  }
}
