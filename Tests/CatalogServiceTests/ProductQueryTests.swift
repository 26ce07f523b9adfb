import MeshMessages
import Testing

@testable import CatalogService

@Suite("Queries of products")
struct ProductQueryTests {
  private func list(_ build: (inout CatalogV1.ListProductsRequest) -> Void) throws(InvalidField) -> ProductQuery {
    var request = CatalogV1.ListProductsRequest()
    build(&request)
    return try ProductQuery(request)
  }

  @Test("A token goes on where its own list stopped, and nowhere else")
  func tokens() throws {
    let query = try list {
      $0.filter = CatalogV1.ProductFilter(category: "a", currency: "TRY"); $0.order = .price
    }
    let token = query.token(key: -5, id: 77)
    let next = try list {
      $0.filter = CatalogV1.ProductFilter(category: "a", currency: "TRY")
      $0.order = .price
      $0.page = CommonV1.Page(size: 50, token: token)
    }
    #expect(next.after == PageToken(key: -5, id: 77))
    #expect(throws: InvalidField.self) {
      try list {
        $0.order = .newest; $0.page = CommonV1.Page(token: token)
      }
    }
    for broken in ["x", token + "0", String(token.dropLast(2)) + "zz", token.uppercased() + "!"] {
      #expect(throws: InvalidField.self) {
        try list {
          $0.filter = CatalogV1.ProductFilter(category: "a", currency: "TRY")
          $0.order = .price
          $0.page = CommonV1.Page(token: broken)
        }
      }
    }
  }

  @Test("What cannot be answered is refused by the name of its field")
  func refusals() {
    func field(_ build: (inout CatalogV1.ListProductsRequest) -> Void) -> String? {
      do throws(InvalidField) {
        _ = try list(build)
        return nil
      } catch {
        return error.field
      }
    }
    #expect(field { $0.order = .price } == "filter.currency")
    #expect(field { $0.order = .relevance } == "order")
    #expect(field { $0.order = CatalogV1.ProductOrder(rawValue: 99) } == "order")
    #expect(field { $0.page = CommonV1.Page(size: 201) } == "page.size")
    #expect(field { $0.filter = CatalogV1.ProductFilter(externalId: "x") } == "filter.shop")
    #expect(
      field { $0.filter = CatalogV1.ProductFilter(currency: "TRY", minPrice: 5, maxPrice: 4) } == "filter.min_price")
    #expect(field { $0.filter = CatalogV1.ProductFilter(currency: "TRY", minPrice: -1) } == "filter.min_price")
    #expect(
      field { $0.filter = CatalogV1.ProductFilter(minDiscountBasisPoints: 10_001) }
        == "filter.min_discount_basis_points")
    #expect(field { $0.page = CommonV1.Page(size: 200) } == nil)
  }

  @Test("No value gets into the SQL's text")
  func parameterised() throws {
    let hostile = "x'); DROP TABLE product; --"
    var request = CatalogV1.SearchProductsRequest(query: hostile)
    request.filter = CatalogV1.ProductFilter(category: hostile, brand: hostile, currency: "TRY", maxPrice: 4711)
    var query = try ProductQuery(request)
    for match in ProductQuery.Match.allCases {
      query.match = match
      let statement = ProductListStatement(query)
      #expect(!statement.sql.contains("DROP TABLE"))
      #expect(!statement.sql.contains("4711"))
    }
  }

  @Test("Pricing's events fold, in order, into what each listing is now")
  func folds() throws {
    let money = CommonV1.Money(currency: "TRY", minorUnits: 900)
    var changed = PricingV1.PriceChanged(listingId: 1, price: money, availability: .inStock)
    changed.observedAt = GoogleProtobuf.Timestamp(seconds: 5)
    let events = [
      PricingV1.PricingEvent(change: .priceChanged(changed)),
      PricingV1.PricingEvent(change: .dealOpened(PricingV1.Deal(id: 9, listingId: 1, realDiscountBasisPoints: 1250))),
      PricingV1.PricingEvent(change: .dealClosed(PricingV1.Deal(id: 3, listingId: 2))),
    ]
    let updates = PriceFold.updates(events).sorted { $0.listingID < $1.listingID }
    #expect(updates.map(\.listingID) == [1, 2])
    #expect(updates[0].price == 900)
    #expect(updates[0].dealID == 9)
    #expect(updates[0].discount == 1250)
    #expect(updates[1].price == nil)
    #expect(updates[1].dealID == 0)
  }
}
