import MeshMessages
import Testing

@testable import CatalogService

@Suite("The plan of an import")
struct ImportPlanTests {
  private func row(_ line: Int64, _ id: String, shop: String = "a", gtin: String = "", title: String = "T") throws
    -> ImportRow
  {
    try ImportRow(
      CatalogV1.ImportProduct(
        line: line, title: title, gtinOrSku: gtin, categoryPath: "x > y", shop: shop, externalId: id, currency: "TRY"))
  }

  @Test("Rows of several shops with one GTIN are one product")
  func joinsByGTIN() throws {
    var plan = ImportPlan(known: [:], byGTIN: [:])
    plan.add(try row(1, "1", gtin: "4006381333931"))
    plan.add(try row(2, "9", shop: "b", gtin: "4006381333931"))
    plan.add(try row(3, "2"))
    #expect(plan.newProducts.count == 2)
    #expect(plan.newListings.map { $0.product.id([100, 200]) } == [100, 100, 200])
    #expect(plan.touchedProducts([100, 200]) == [100, 200])
  }

  @Test("What is no GTIN is kept as the shop's own number")
  func keepsSKU() throws {
    let row = try row(1, "1", gtin: "0615696953")
    #expect(row.product.gtin == nil)
    #expect(row.product.attributes == [ProductDraft.Attribute(name: "sku", value: "0615696953")])
    #expect(row.listing.source == "push")
  }
}
