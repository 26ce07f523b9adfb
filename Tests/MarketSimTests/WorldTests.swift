import Testing

@testable import MarketSim

@Suite("The demo market")
struct WorldTests {
  static let moment: Int64 = 1_795_000_000

  @Test("The same seed gives the same market, another seed another one")
  func determinism() {
    let (one, two, other) = (
      MarketWorld(seed: 7, count: 40), MarketWorld(seed: 7, count: 40), MarketWorld(seed: 8, count: 40)
    )
    #expect(one.products == two.products)
    #expect(one.products != other.products)
    for shop in MarketShop.allCases {
      for product in one.products(of: shop) {
        for day in 0..<60 {
          let moment = Self.moment + Int64(day) * 86_400
          #expect(one.state(shop, product, at: moment) == two.state(shop, product, at: moment))
        }
      }
    }
  }

  @Test("A product added at the end changes no other")
  func growth() {
    let (small, large) = (MarketWorld(seed: 7, count: 10), MarketWorld(seed: 7, count: 11))
    #expect(Array(large.products.prefix(10)) == small.products)
  }

  @Test("Four months hold sales, staged sales, stock-outs and slips")
  func behaviour() {
    let world = MarketWorld(seed: 1, count: 20)
    var (sales, staged, out, slips) = (0, 0, 0, 0)
    for shop in MarketShop.allCases {
      for product in world.products(of: shop) {
        var dearest: Int64 = 0
        for slot in 0..<(120 * 96) {
          let state = world.state(shop, product, at: Self.moment + Int64(slot) * MarketWorld.slot)
          if state.isGlitch {
            slips += 1
          } else if !state.isInStock {
            out += 1
            #expect(state.price == nil)
          } else if let price = state.price, let list = state.listPrice {
            #expect(price < list)
            if list > dearest { staged += 1 } else { sales += 1 }
          }
          if !state.isGlitch { dearest = max(dearest, state.price ?? 0) }
        }
      }
    }
    #expect(sales > 0 && staged > 0 && out > 0 && slips > 0)
  }

  @Test("Every product has a valid EAN-13 and two to five shops")
  func products() {
    let world = MarketWorld(seed: 3, count: 200)
    for product in world.products {
      let digits = product.gtin.utf8.map { Int($0) - 48 }
      #expect(digits.count == 13)
      #expect(digits.enumerated().reduce(0) { $0 + $1.element * ($1.offset % 2 == 0 ? 1 : 3) } % 10 == 0)
      let shops = MarketShop.allCases.filter { world.sells($0, product) }
      #expect((2...5).contains(shops.count))
      for shop in shops { #expect(world.product(product.id(in: shop), in: shop) == product) }
    }
  }

  @Test("The market's time runs as told from its origin on, and is the world's before")
  func clock() {
    var clock = MarketClock(origin: 1_000, speed: 60)
    #expect(clock.moment(at: 900) == 900)
    #expect(clock.moment(at: 1_010) == 1_600)
    clock.advance = 5
    #expect(clock.moment(at: 1_010) == 1_605)
  }

  @Test("Exported history is what the shops asked")
  func export() {
    let world = MarketWorld(seed: 5, count: 12)
    let export = HistoryExport(world: world, days: 30, until: Self.moment) { _ in "http://127.0.0.1:1" }
    let rows = export.prices(of: .anadolu).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(!rows.isEmpty)
    let start = Self.moment - 30 * 86_400
    for product in world.products(of: .anadolu) {
      let own = rows.filter { $0[0] == product.id(in: .anadolu) }
      for day in 1..<30 {
        let moment = start + Int64(day) * 86_400
        let last = own.last { String($0[1]) <= Timestamp.text(moment) }
        let state = world.state(.anadolu, product, at: moment)
        #expect(last.map { String($0[2]) } == (state.price.map(PriceWriting.plain) ?? ""))
        #expect(last.map { String($0[4]) } == (state.isInStock ? "in_stock" : "out_of_stock"))
      }
    }
  }

  @Test("Each shop writes prices its own way")
  func writing() {
    #expect(PriceWriting.shown(129_900, in: .anadolu) == "1.299,00 TL")
    #expect(PriceWriting.shown(129_990, in: .bogazici) == "₺1.299,90")
    #expect(PriceWriting.shown(11_899, in: .yildiz) == "118, 99 TL")
    #expect(PriceWriting.shown(123_456, in: .liberty) == "$1,234.56")
    #expect(PriceWriting.shown(123_456, in: .alpen) == "CHF 1'234.56")
    #expect(PriceWriting.plain(5) == "0.05")
  }

  @Test("HMAC-SHA256 is that of RFC 4231")
  func signature() {
    let code = SHA256.authenticationCode(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
    let text = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(text == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }
}
