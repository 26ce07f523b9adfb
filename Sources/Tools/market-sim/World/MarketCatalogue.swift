/// The products of the demo market: a function of seed and count.
enum MarketCatalogue {
  private struct Kind {
    var category: String
    var name: String
    var brands: [String]
    /// In lira.
    var price: ClosedRange<Int>
  }

  private static let kinds = [
    Kind(
      category: "Elektronik > Kulaklık", name: "Kablosuz Kulaklık", brands: ["Sesli", "Tını", "Nova"],
      price: 450...6_500),
    Kind(
      category: "Elektronik > Telefon", name: "Akıllı Telefon", brands: ["Nova", "Ilgaz", "Meriç"],
      price: 7_500...65_000),
    Kind(category: "Bilgisayar > Ekran Kartı", name: "Ekran Kartı", brands: ["Çelik", "Pars"], price: 9_000...72_000),
    Kind(
      category: "Bilgisayar > SSD", name: "NVMe SSD 1 TB", brands: ["Pars", "Hızır", "Çelik"], price: 1_600...5_500),
    Kind(category: "Ev > Süpürge", name: "Dikey Süpürge", brands: ["Esinti", "Yel"], price: 2_900...24_000),
    Kind(category: "Ev > Mutfak", name: "Kahve Makinesi", brands: ["Köpük", "Telve", "Esinti"], price: 1_200...19_000),
    Kind(category: "Ev > Aydınlatma", name: "Işıklı Çalışma Lambası", brands: ["Işık", "Şule"], price: 190...1_900),
    Kind(category: "Spor > Ayakkabı", name: "Koşu Ayakkabısı", brands: ["Rüzgâr", "Yıldırım"], price: 900...6_900),
    Kind(category: "Kozmetik > Bakım", name: "Yüz Bakım Seti", brands: ["Gül", "Ümit"], price: 120...1_400),
    Kind(category: "Kitap > Roman", name: "Ciltli Roman", brands: ["Öykü Yayınları", "Çınar"], price: 90...480),
  ]

  static func products(seed: UInt64, count: Int) -> [MarketProduct] {
    (0..<count).map { number in
      var random = MarketRandom(seed, 1, UInt64(number))
      let kind = kinds[number % kinds.count]
      let brand = kind.brands[random.number(in: 0...kind.brands.count - 1)]
      let letter = ["A", "E", "K", "M", "S", "X"][random.number(in: 0...5)]
      let lira = random.number(in: kind.price)
      return MarketProduct(
        number: number, title: "\(brand) \(kind.name) \(letter)\(100 + number)", brand: brand, category: kind.category,
        gtin: gtin(number), basePrice: Int64(lira) * 100)
    }
  }

  /// 20… is for use inside a shop (GS1), so that no real product is meant.
  private static func gtin(_ number: Int) -> String {
    let digits = "20" + String(String(1_000_000_000 + number).suffix(10))
    let sum = digits.utf8.enumerated().reduce(0) { $0 + Int($1.element - 48) * ($1.offset % 2 == 0 ? 1 : 3) }
    return digits + String((10 - sum % 10) % 10)
  }
}
