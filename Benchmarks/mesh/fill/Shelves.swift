/// A kind of product in the demo catalogue: where it stands, what it is called and what it costs.
struct Shelf: Sendable {
  /// Names from the top down.
  let category: String
  /// What titles call it.
  let noun: String
  /// In kuruş.
  let prices: ClosedRange<Int64>
  /// What titles tell besides.
  let details: [String]
}

/// All kinds, the most common ones first.
enum Shelves {
  static let all: [Shelf] = areas.flatMap { area in
    area.shelves.map { name, low, high in
      Shelf(
        category: area.path + " > " + name, noun: name, prices: low * 100...high * 100, details: area.details)
    }
  }

  /// A path above the shelves, their names with the lowest and highest price in lira, and details of their titles.
  private struct Area {
    let path: String
    let shelves: [(String, Int64, Int64)]
    let details: [String]

    init(_ path: String, _ shelves: [(String, Int64, Int64)], _ details: [String]) {
      self.path = path
      self.shelves = shelves
      self.details = details
    }
  }

  private static let areas: [Area] = [
    Area(
      "Elektronik > Telefon",
      [
        ("Telefon Kılıfı", 49, 900), ("Akıllı Telefon", 4500, 90000), ("Şarj Aleti", 99, 2500),
        ("Ekran Koruyucu", 29, 600), ("Taşınabilir Şarj", 249, 4000), ("Kablo", 39, 900),
      ],
      [
        "Hızlı Şarj", "Type-C", "128 GB", "256 GB", "512 GB", "5000 mAh", "10000 mAh", "20000 mAh", "Darbe Emici",
        "65 W",
      ]),
    Area(
      "Elektronik > Ses",
      [
        ("Kulaklık", 149, 15000), ("Bluetooth Hoparlör", 299, 25000), ("Soundbar", 1999, 45000),
        ("Mikrofon", 249, 12000),
      ],
      ["Kablosuz", "Gürültü Önleyici", "Kulak Üstü", "Kulak İçi", "40 mm", "Su Geçirmez", "30 Saat", "120 W"]),
    Area(
      "Elektronik > Bilgisayar",
      [
        ("Dizüstü Bilgisayar", 9000, 150000), ("Ekran Kartı", 6000, 120000), ("Monitör", 2500, 60000),
        ("Klavye", 199, 9000), ("Fare", 149, 6000), ("SSD Disk", 699, 18000), ("Bellek", 499, 15000),
        ("İşlemci", 2500, 45000), ("Anakart", 2000, 35000), ("Güç Kaynağı", 900, 12000),
      ],
      ["16 GB", "32 GB", "1 TB", "2 TB", "27 inç", "165 Hz", "DDR5", "NVMe", "Mekanik", "Kablosuz", "RGB", "750 W"]),
    Area(
      "Ev ve Yaşam > Mutfak",
      [
        ("Kahve Makinesi", 1500, 60000), ("Çaydanlık", 249, 4000), ("Tencere Seti", 900, 15000), ("Tava", 199, 4000),
        ("Blender", 699, 12000), ("Tost Makinesi", 799, 6000), ("Yemek Takımı", 999, 20000), ("Bıçak Seti", 299, 8000),
        ("Saklama Kabı", 49, 1500), ("Airfryer", 1999, 15000),
      ],
      [
        "Çelik", "Granit", "Döküm", "6 Parça", "12 Parça", "24 Parça", "1,5 L", "5 L", "1500 W", "2000 W", "Cam",
        "Porselen",
      ]),
    Area(
      "Ev ve Yaşam > Mobilya",
      [
        ("Çalışma Masası", 1200, 18000), ("Ofis Koltuğu", 1999, 30000), ("Kitaplık", 899, 12000),
        ("TV Ünitesi", 1499, 20000), ("Sehpa", 599, 8000), ("Ayakkabılık", 699, 7000), ("Gardırop", 3500, 40000),
      ],
      ["Ceviz", "Meşe", "Beyaz", "Antrasit", "120 cm", "160 cm", "Çekmeceli", "Kapaklı", "Metal Ayaklı"]),
    Area(
      "Ev ve Yaşam > Ev Tekstili",
      [
        ("Nevresim Takımı", 399, 5000), ("Yastık", 149, 3000), ("Yorgan", 499, 6000), ("Havlu", 79, 1500),
        ("Halı", 799, 25000), ("Perde", 249, 5000),
      ],
      ["Pamuk", "Saten", "Ranforce", "Çift Kişilik", "Tek Kişilik", "50x90 cm", "160x230 cm", "Antibakteriyel"]),
    Area(
      "Beyaz Eşya",
      [
        ("Elektrikli Süpürge", 2500, 45000), ("Çamaşır Makinesi", 11000, 60000), ("Buzdolabı", 15000, 110000),
        ("Bulaşık Makinesi", 10000, 55000), ("Klima", 14000, 70000), ("Ütü", 699, 12000), ("Fırın", 4000, 45000),
      ],
      ["A Enerji", "9 kg", "No Frost", "Inverter", "Buharlı", "Torbasız", "Şarjlı", "Ankastre", "12000 BTU"]),
    Area(
      "Moda > Giyim",
      [
        ("Tişört", 99, 2500), ("Gömlek", 249, 4000), ("Kot Pantolon", 399, 6000), ("Elbise", 349, 8000),
        ("Mont", 899, 15000), ("Kazak", 299, 4500), ("Eşofman Takımı", 499, 7000), ("Çorap", 29, 500),
      ],
      ["Erkek", "Kadın", "Slim Fit", "Oversize", "%100 Pamuk", "Yün", "S Beden", "M Beden", "L Beden", "XL Beden"]),
    Area(
      "Moda > Ayakkabı",
      [("Spor Ayakkabı", 699, 12000), ("Bot", 999, 15000), ("Terlik", 99, 2500), ("Sandalet", 249, 5000)],
      ["Erkek", "Kadın", "Çocuk", "38 Numara", "40 Numara", "42 Numara", "44 Numara", "Hakiki Deri", "Su Geçirmez"]),
    Area(
      "Kişisel Bakım",
      [
        ("Şampuan", 59, 1200), ("Parfüm", 299, 15000), ("Tıraş Makinesi", 499, 15000),
        ("Saç Kurutma Makinesi", 499, 25000),
        ("Diş Fırçası", 49, 8000), ("Güneş Kremi", 129, 2500), ("Nemlendirici", 99, 3000),
      ],
      ["50 ml", "100 ml", "400 ml", "750 ml", "SPF 50", "Şarjlı", "İyonik", "Argan Yağlı", "Hassas Cilt"]),
    Area(
      "Anne ve Bebek",
      [
        ("Bebek Arabası", 2500, 45000), ("Oto Koltuğu", 2000, 35000), ("Bebek Bezi", 199, 1500), ("Biberon", 89, 1500),
        ("Mama Sandalyesi", 999, 12000),
      ],
      ["0-6 Ay", "6-12 Ay", "Katlanır", "Isofix", "Ekonomik Paket", "4 Numara", "5 Numara", "Anti Kolik"]),
    Area(
      "Spor ve Outdoor",
      [
        ("Bisiklet", 5000, 90000), ("Koşu Bandı", 9000, 80000), ("Kamp Çadırı", 899, 20000), ("Matara", 99, 2500),
        ("Yoga Matı", 149, 2500), ("Dambıl Seti", 499, 9000),
      ],
      ["29 Jant", "21 Vites", "4 Kişilik", "750 ml", "Kaymaz", "20 kg", "Katlanır", "Termos"]),
    Area(
      "Oyuncak ve Hobi",
      [("Yapboz", 79, 1500), ("Oyuncak Araba", 99, 4000), ("Kutu Oyunu", 199, 4000), ("Boya Seti", 89, 3000)],
      ["1000 Parça", "500 Parça", "3+ Yaş", "6+ Yaş", "Kumandalı", "Ahşap", "24 Renk"]),
    Area(
      "Kitap ve Kırtasiye",
      [("Roman", 49, 900), ("Defter", 29, 600), ("Kalem Seti", 49, 2500), ("Okul Çantası", 299, 4500)],
      ["Ciltli", "Karton Kapak", "A4", "A5", "Çizgili", "Kareli", "12 Adet", "Ortopedik"]),
    Area(
      "Yapı Market > Bahçe",
      [
        ("Matkap", 999, 20000), ("Çim Biçme Makinesi", 2500, 40000), ("Hortum", 149, 3000), ("Mangal", 499, 15000),
        ("Merdiven", 699, 9000), ("Ampul", 29, 700),
      ],
      ["18 V", "Akülü", "Darbeli", "25 m", "50 m", "5 Basamaklı", "E27", "Gün Işığı", "Paslanmaz"]),
  ]
}
