internal import HTTPTypes
internal import ImportTable
internal import MeshMessages

/// Bulk imports of products.
extension OperatorPages {
  private static let id = Parameter<Int64>.id("id", in: .path, "Which import.")
  /// As many imports as the page lists.
  private static let importsShown = 20

  var importRoutes: [Route] {
    [
      page("/admin/import", "imports", "Where files of products are brought.") { request, context in
        try await importsPage(request, FormMarkup(context: context, values: ["source": "push"]))
      },
      form("/admin/import", "importProducts", "Takes a file of products.", handler: takeImport)
        .with {
          $0.body = .upload(ImportsPage.fields, file: ImportsPage.file, maximumBytes: ImportDesk.maximumBytes)
        },
      page("/admin/import/{id}", "import", "How far an import is.", parameters: [Self.id.declaration]) {
        request, context in
        let record = try await record(request)
        let title = OperatorContext(page: context)(.importTitle, ["number": "\(record.id)"])
        return ImportPage(
          layout: try layout(request, context, .imports, title: title, isLive: record.endedAt == nil), record: record
        ).response()
      },
      page(
        "/admin/import/{id}/report", "importReport", "What could not be taken over, as a file.",
        parameters: [Self.id.declaration]
      ) { request, _ in
        let record = try await record(request)
        var response = GatewayResponse(
          contentType: "text/csv; charset=utf-8", body: Array(ImportPage.report(record).utf8))
        response.fields[.contentDisposition] = "attachment; filename=\"import-\(record.id).csv\""
        response.fields[.cacheControl] = PersonalPages.storedByNobody
        return response
      },
    ]
  }

  private var store: ImportStore { ImportStore(pool: operations.accounts.pool) }

  private func record(_ request: GatewayRequest) async throws -> ImportRecord {
    guard let record = try await store.find(try request.required(Self.id)) else { throw Problem.noSuchThing }
    return record
  }

  private func importsPage(
    _ request: GatewayRequest, _ form: FormMarkup, status: HTTPResponse.Status = .ok
  ) async throws -> GatewayResponse {
    ImportsPage(
      layout: try layout(request, form.context, .imports, isLive: true), form: form,
      imports: try await store.list(limit: Self.importsShown), status: status
    ).response()
  }

  @Sendable private func takeImport(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let words = OperatorContext(page: context)
    var form = FormMarkup(context: context)
    for field in ImportsPage.fields { form.values[field] = request.form.trimmed(field) }
    let (shop, currency) = (form.values["shop"] ?? "", (form.values["currency"] ?? "").uppercased())
    let locale = form.values["locale"] ?? ""
    if CommonParameters.shop.parse(shop) == nil { form.errors.append(("shop", words(.shopFault))) }
    if !currency.isEmpty, CommonParameters.currency.parse(currency) == nil {
      form.errors.append(("currency", words(.currencyFault)))
    }
    let isLocale =
      locale.utf8.count <= 35
      && locale.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (0x30...0x39).contains(byte)
          || byte == UInt8(ascii: "-")
      }
    if !isLocale { form.errors.append(("locale", words(.localeFault))) }
    guard let source = ImportsPage.sources.first(where: { $0.word == form.values["source"] })?.word,
      let priority = ProductEditPage.priorities.first(where: { $0.word == form.values["priority"] })
    else { throw Problem(.badRequest, .invalidBody, "source: expected push, page or feed", field: "source") }
    let file = request.file.flatMap { $0.bytes.isEmpty ? nil : $0 }
    if file == nil { form.errors.insert(("file", words(.importFault)), at: 0) }
    guard form.errors.isEmpty, let file else { return try await importsPage(request, form, status: .badRequest) }
    let rows = ProductRows(shop: shop, source: source, currency: currency, locale: locale, priority: priority.value)
    request.audit?.add("\(file.name), \(file.bytes.count) bytes, shop \(shop)")
    do {
      let id = try await operations.imports.take(file, rows)
      request.audit?.add("import \(id)")
      return .seeOther(context.path("/admin/import/\(id)"))
    } catch let problem as Problem where problem.field == ImportsPage.file {
      form.errors = [("file", words(.importColumns))]
      return try await importsPage(request, form, status: .badRequest)
    } catch let problem as Problem where problem.status == .conflict {
      form.errors = [("", words(.importBusy))]
      return try await importsPage(request, form, status: .conflict)
    }
  }
}
