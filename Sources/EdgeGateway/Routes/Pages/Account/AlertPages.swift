internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// A person's alerts: the list, "tell me when", and changes.
struct AlertPages: Sendable {
  let sources: PageSources
  let pages: PersonalPages

  private static let id = Parameter<Int64>.id("id", in: .path, "The alert's id.")
  private static let product = Parameter<Int64>.id("product", in: .query, "The product that it is about.")
  private static let target = Parameter<String>.text("target", length: 1...20, "The price to begin with.")
  private static let category = CommonParameters.category
  /// As many as a person may have are fewer parts of a list than this.
  private static let maximumParts = 100
  private static let faults: [String: AccountPhrase] = [
    "rule": .faultChoice, "target": .faultAmount, "amount": .faultAmount, "percent": .faultPercent,
    "discount": .faultChoice, "category": .faultChoice, "channel": .faultChoice, "rearm": .faultChoice,
    "quietFrom": .faultTime, "quietTo": .faultTime, "label": .faultLabel, "": .faultChannelGone,
    FormMarkup.limit: .faultAlertLimit,
  ]

  var routes: [Route] {
    let new = [Self.product.declaration, Self.target.declaration, Self.category.declaration]
    return [
      pages.page(
        "/account/alerts", "alerts", "A person's alerts.", parameters: [PageParameters.token.declaration], handler: list
      ),
      pages.page("/account/alerts/new", "newAlert", "Tell me when: the form.", parameters: new, handler: newForm),
      pages.form(
        "/account/alerts/new", "newAlert", "Adds an alert.", parameters: [Self.product.declaration],
        fields: AlertForm.fields, many: AlertForm.many, handler: create),
      pages.page(
        "/account/alerts/{id}", "alert", "An alert, to be changed.", parameters: [Self.id.declaration],
        handler: editForm),
      pages.form(
        "/account/alerts/{id}", "alert", "Changes an alert.", parameters: [Self.id.declaration],
        fields: AlertForm.fields, many: AlertForm.many, handler: update),
      pages.form(
        "/account/alerts/{id}/pause", "pauseAlert", "Pauses or resumes an alert.", parameters: [Self.id.declaration],
        fields: ["paused"], handler: pause),
      pages.page(
        "/account/alerts/{id}/delete", "deleteAlert", "Asks whether an alert shall go.",
        parameters: [Self.id.declaration], handler: deleteForm),
      pages.form(
        "/account/alerts/{id}/delete", "deleteAlert", "Removes an alert.", parameters: [Self.id.declaration],
        handler: delete),
    ]
  }

  private var backends: Backends { sources.backends }

  // MARK: The list

  @Sendable private func list(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let subscriber = try request.subscriber()
    let token = try request.given(PageParameters.token) ?? ""
    async let channels = channels(of: subscriber)
    let answer = try await backends.notifier.listAlerts(
      NotifierV1.ListAlertsRequest(
        subscriber: subscriber, page: CommonV1.Page(size: PageSources.pageSize, token: token)),
      options: backends.read)
    let products = try await products(of: answer.alerts)
    let tree = try await sources.tree.value()
    let items = answer.alerts.map { alert in
      AlertListPage.Item(
        id: alert.id, subject: Self.subject(alert, products, context),
        rule: AlertWords.rule(alert, context) { tree.name($0) }, label: alert.label, isPaused: alert.paused,
        fired: alert.lastFiredAt.map { context.language.moment($0.seconds) })
    }
    return AlertListPage(
      context: context, items: items, token: token, next: answer.nextPageToken,
      hasChannel: try await channels.contains { $0.verified && !$0.disabled },
      notice: try request.value(Notice.parameter)
    ).response()
  }

  private func channels(of subscriber: String) async throws -> [NotifierV1.Channel] {
    try await backends.notifier.listChannels(
      NotifierV1.ListChannelsRequest(subscriber: subscriber), options: backends.read
    ).channels
  }

  private func products(of alerts: [NotifierV1.Alert]) async throws -> [Int64: CatalogV1.Product] {
    let ids = Set(alerts.compactMap { if case .productId(let id)? = $0.subject { id } else { nil } })
    guard !ids.isEmpty else { return [:] }
    let found = try await backends.catalog.batchGetProducts(.with { $0.ids = ids.sorted() }, options: backends.read)
    return Dictionary(found.products.map { ($0.id, $0) }) { first, _ in first }
  }

  private static func subject(
    _ alert: NotifierV1.Alert, _ products: [Int64: CatalogV1.Product], _ context: PageContext
  ) -> AlertSubject {
    switch alert.subject {
    case .productId(let id)?:
      let product = products[id]
      return AlertSubject(title: product?.title ?? context(.productGone, ["id": String(id)]), path: "/p/\(id)")
    case .listingId(let id)?: return AlertSubject(title: context(.listingNumber, ["id": String(id)]))
    case nil: return AlertSubject(title: context(.dealsAlert), path: "/deals")
    }
  }

  // MARK: Tell me when

  @Sendable private func newForm(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let id = try request.value(Self.product)
    var values = ["rule": "target"]
    if id == nil {
      values = ["category": try request.value(Self.category) ?? "", "discount": "2000", "genuine": "on"]
    }
    async let subject = subject(id, context)
    let found = try await subject
    values["target"] =
      try request.value(Self.target)
      ?? found?.target.map { context.language.typedAmount($0) } ?? ""
    return try await newPage(
      FormMarkup(context: context, values: values), id, found, chosen: [], try request.subscriber(), .ok)
  }

  private func newPage(
    _ form: FormMarkup, _ id: Int64?, _ subject: AlertSubject?, chosen: Set<String>, _ subscriber: String,
    _ status: HTTPResponse.Status
  ) async throws -> GatewayResponse {
    AlertFormPage(
      form: form, title: form.context(id == nil ? .alertForDeals : .alertNew), subject: subject, rule: nil,
      channels: try await channels(of: subscriber), chosen: chosen, tree: try await sources.tree.value(),
      path: "/account/alerts/new" + WebAddress.query([("product", id.map { String($0) } ?? "")])
    ).response(status: status)
  }

  /// A product with its price and what is worth waiting for.
  ///
  /// - Throws: `RPCError` NOT_FOUND for a product that is none.
  private func subject(_ id: Int64?, _ context: PageContext) async throws -> AlertSubject? {
    guard let id else { return nil }
    async let statistics = sources.statistics(id)
    let product = try await backends.catalog.getProduct(
      CatalogV1.GetProductRequest(id: id), options: backends.read)
    let prices = try await statistics
    return AlertSubject(
      title: product.title, path: "/p/\(id)", price: prices?.price.map { context.language.price($0) },
      currency: prices.flatMap { $0.currency.isEmpty ? nil : $0.currency } ?? ProductModel.homeCurrency,
      target: Judgement.suggestedTarget(prices))
  }

  @Sendable private func create(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let id = try request.value(Self.product)
    let subject = try await subject(id, context)
    let form = AlertForm(
      currency: subject?.currency ?? ProductModel.homeCurrency, isAboutCategory: id == nil)
    var alert = NotifierV1.Alert()
    alert.subscriber = try request.subscriber()
    alert.subject = id.map { .productId($0) }
    do {
      guard request.form["rule"] != AlertForm.kept else {
        throw AccountInput.invalid("rule", "expected one of the list")
      }
      _ = try form.read(request.form, into: &alert)
      _ = try await backends.notifier.createAlert(NotifierV1.CreateAlertRequest(alert: alert), options: backends.write)
      return pages.seeOther("/account/alerts", .saved)
    } catch {
      var markup = FormMarkup(context: context, values: AlertForm.values(of: request.form))
      markup.errors = try markup.faults(error, Self.faults)
      return try await newPage(
        markup, id, subject, chosen: Set(request.form.all("channel")), alert.subscriber, .unprocessableContent)
    }
  }

  // MARK: Changes

  /// One alert of the person's.
  ///
  /// - Throws: `Problem` 404.
  private func alert(_ request: GatewayRequest) async throws -> NotifierV1.Alert {
    let id = try request.required(Self.id)
    var token = ""
    for _ in 0..<Self.maximumParts {
      let answer = try await backends.notifier.listAlerts(
        NotifierV1.ListAlertsRequest(
          subscriber: try request.subscriber(), page: CommonV1.Page(size: 200, token: token)), options: backends.read)
      if let found = answer.alerts.first(where: { $0.id == id }) { return found }
      token = answer.nextPageToken
      if token.isEmpty { break }
    }
    throw Problem.noSuchThing
  }

  @Sendable private func editForm(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let alert = try await alert(request)
    return try await editPage(
      FormMarkup(context: context, values: AlertForm.values(of: alert, context.language)), alert,
      chosen: Set(alert.channelIds.map { String($0) }), .ok)
  }

  private func editPage(
    _ form: FormMarkup, _ alert: NotifierV1.Alert, chosen: Set<String>, _ status: HTTPResponse.Status
  ) async throws -> GatewayResponse {
    let context = form.context
    let tree = try await sources.tree.value()
    return AlertFormPage(
      form: form, title: context(.alertEdit),
      subject: alert.subject == nil ? nil : try await subject(of: alert, context),
      rule: AlertWords.rule(alert, context) { tree.name($0) }, channels: try await channels(of: alert.subscriber),
      chosen: chosen, tree: tree, path: "/account/alerts/\(alert.id)"
    ).response(status: status)
  }

  private func subject(of alert: NotifierV1.Alert, _ context: PageContext) async throws -> AlertSubject {
    if case .productId(let id)? = alert.subject {
      do {
        if let subject = try await subject(id, context) { return subject }
      } catch let error as RPCError where error.code == .notFound {
        // It is gone from the catalogue; the alert is there all the same.
      }
    }
    var subject = Self.subject(alert, [:], context)
    if case .targetPrice(let target)? = alert.rule, let price = target.price { subject.currency = price.currency }
    return subject
  }

  @Sendable private func update(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let old = try await alert(request)
    let currency = try await subject(of: old, context).currency
    var alert = old
    do {
      let paths = try AlertForm(currency: currency, isAboutCategory: old.subject == nil).read(
        request.form, into: &alert)
      _ = try await backends.notifier.updateAlert(
        NotifierV1.UpdateAlertRequest(alert: alert, updateMask: GoogleProtobuf.FieldMask(paths: paths)),
        options: backends.write)
      return pages.seeOther("/account/alerts", .saved)
    } catch {
      var markup = FormMarkup(context: context, values: AlertForm.values(of: request.form))
      markup.errors = try markup.faults(error, Self.faults)
      return try await editPage(markup, old, chosen: Set(request.form.all("channel")), .unprocessableContent)
    }
  }

  @Sendable private func pause(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    var alert = NotifierV1.Alert()
    alert.id = try request.required(Self.id)
    alert.subscriber = try request.subscriber()
    guard ["true", "false"].contains(request.form["paused"]) else {
      throw AccountInput.invalid("paused", "expected true or false")
    }
    alert.paused = request.form["paused"] == "true"
    _ = try await backends.notifier.updateAlert(
      NotifierV1.UpdateAlertRequest(alert: alert, updateMask: GoogleProtobuf.FieldMask(paths: ["paused"])),
      options: backends.write)
    return pages.seeOther("/account/alerts", .saved)
  }

  @Sendable private func deleteForm(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let alert = try await alert(request)
    let tree = try await sources.tree.value()
    let title = Self.subject(alert, try await products(of: [alert]), context).title
    return AccountFrame(context: context, section: .alerts, title: context(.alertDeleteTitle)).confirmation(
      FormMarkup(context: context), text: "\(title): \(AlertWords.rule(alert, context) { tree.name($0) })",
      button: context(.removeYes), path: "/account/alerts/\(alert.id)/delete", cancel: "/account/alerts")
  }

  @Sendable private func delete(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    _ = try await backends.notifier.deleteAlert(
      NotifierV1.DeleteAlertRequest(id: try request.required(Self.id), subscriber: try request.subscriber()),
      options: backends.write)
    return pages.seeOther("/account/alerts", .removed)
  }
}
