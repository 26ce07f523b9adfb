internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import PostgresClient
internal import ProtobufBridge

/// What the bot does for a command.
///
/// Work outside the transaction may happen twice when the process dies in between; it finds what it did and changes
/// nothing more then.
struct BotAnswers: Sendable {
  let store: BotStore
  let alerts: AlertStore
  let secrets: Secrets
  let shops: ShopDirectory
  let pages: any PageReader
  let catalog: CatalogLookup
  let prices: any PriceLookup
  let deals: PricingV1.PricingService.Client
  let limits: NotifierLimits
  let logger: Logger

  /// Handles one update to its end.
  func handle(_ update: BotUpdate) async throws {
    guard let message = update.message, let command = BotCommand(message.text) else {
      return try await store.passOver(upTo: update.id)
    }
    let words = BotWords(message.language)
    let text: RichText
    switch command {
    case .start(let code?): return try await start(code, update.id, message, words)
    case .start(nil), .help: text = .lines(words.help)
    case .stop(nil):
      return try await store.handle(update.id, chat: message.chat, language: message.language) { _, transaction in
        try await store.silence(message.chat, in: transaction)
        return nil
      }
    case .stop(let alert?): text = try await stop(alert, message, words)
    case .list: text = try await list(message, words)
    case .track(let url, let target): text = try await track(url, target, message, words)
    case .deals: text = await listDeals(message, words)
    }
    try await store.handle(update.id, chat: message.chat, language: message.language) { _, _ in text }
  }

  private func start(
    _ code: VerificationCode, _ update: Int64, _ message: BotUpdate.Message, _ words: BotWords
  ) async throws {
    let hash = try secrets.hash(code)
    try await store.handle(update, chat: message.chat, language: message.language) { _, transaction in
      let linked = try await store.channels.verifyTelegram(
        codeHash: hash, chat: message.chat, language: message.language, in: transaction)
      return .lines(linked == nil ? words.unknownCode : words.linked)
    }
  }

  /// As `telegramSubscriber` will have it.
  private func subscriber(_ message: BotUpdate.Message) async throws -> String {
    try await store.subscriber(of: message.chat) ?? "telegram:" + message.chat
  }

  private func stop(_ alert: Int64, _ message: BotUpdate.Message, _ words: BotWords) async throws -> RichText {
    try await alerts.delete(alert, of: try await subscriber(message))
    return .lines(words.stopped(alert))
  }

  private func list(_ message: BotUpdate.Message, _ words: BotWords) async throws -> RichText {
    let found = try await alerts.list(of: try await subscriber(message), before: nil, limit: 50)
    if found.isEmpty { return .lines(words.nothing) }
    return .lines(([words.watching] + found.map { words.line($0) }).joined(separator: "\n"))
  }

  // MARK: Tracking

  private func track(
    _ url: String, _ target: String?, _ message: BotUpdate.Message, _ words: BotWords
  ) async throws -> RichText {
    guard let page = pages.page(url, in: shops) else { return .lines(words.unknownLink) }
    var price: Money?
    if let target {
      guard let read = Money(written: target, currency: page.currency) else { return .lines(words.badTarget) }
      price = read
    }
    let found: CatalogLookup.Found
    do {
      found = try await catalog.listing(for: page)
    } catch let error as RPCError where error.code == .invalidArgument {
      // An address of the shop's name that must not be called, such as one on another service's port.
      return .lines(words.unknownLink)
    } catch let error as RPCError {
      logger.warning("a page could not be tracked", metadata: ["error": "\(error)", "shop": "\(page.shop)"])
      return .lines(words.later)
    }
    let rule =
      price.map { AlertRule.targetPrice($0) } ?? .drop(.init(by: .basisPoints(100), base: .lastNotified))
    guard let alert = try await watch(found, rule, of: try await subscriber(message)) else {
      return .lines(words.tooMany)
    }
    return .lines(words.tracking(found.title.tamed(limit: 200), target: price, alert: alert.id))
  }

  /// Makes an alert, or gives the one that the subscriber has of this listing the new rule.
  private func watch(_ found: CatalogLookup.Found, _ rule: AlertRule, of subscriber: String) async throws -> Alert? {
    let known = try await alerts.list(of: subscriber, before: nil, limit: limits.alerts)
    if let same = known.first(where: { $0.subject == .listing(found.listing) && $0.channels.isEmpty }) {
      return try await alerts.update(same.id, of: subscriber) { alert in
        guard alert.rule != rule else { return alert }
        var alert = alert
        alert.rule = rule
        alert.state.listings = [:]
        alert.state.endedAt = nil
        return alert
      }
    }
    let now = UnixTime.now()
    var alert = Alert(
      id: 0, subscriber: subscriber, subject: .listing(found.listing), rule: rule, expiresAt: now + Alert.lifetime,
      createdAt: now)
    alert.label = found.title.tamed(limit: 150)
    do {
      alert.begin(with: try await prices.prices(of: alert.subject))
    } catch let error as RPCError {
      logger.warning("an alert begins without a price", metadata: ["error": "\(error)"])
    }
    return try await alerts.create(alert, limit: limits.alerts)
  }

  // MARK: Deals

  private func listDeals(_ message: BotUpdate.Message, _ words: BotWords) async -> RichText {
    var request = PricingV1.ListDealsRequest()
    request.filter = .with { $0.verdict = .genuine }
    request.page = .with { $0.size = 5 }
    var options = CallOptions()
    options.timeout = .seconds(5)
    do {
      let found = try await deals.listDeals(request, options: options).deals
      if found.isEmpty { return .lines(words.noDeals) }
      var text = RichText()
      text.line(.bold(words.deals))
      for deal in found { text.lines.append(Self.line(deal, message.language)) }
      return text
    } catch {
      logger.warning("deals could not be listed", metadata: ["error": "\(error)"])
      return .lines(words.later)
    }
  }

  private static func line(_ deal: PricingV1.Deal, _ language: Language) -> [RichText.Span] {
    let title = deal.productTitle.tamed(limit: 120)
    let share = percentText(basisPoints: Int(deal.realDiscountBasisPoints), language)
    let price = deal.price.map { Money($0).text(language) } ?? ""
    return [
      .plain("• "), deal.url.isWebAddress ? .link(title, url: deal.url) : .bold(title),
      .plain(" (\(deal.shop.tamed(limit: 64))): \(price), \(share)"),
    ]
  }
}

extension RichText {
  /// Plain lines.
  static func lines(_ text: String) -> RichText {
    RichText(lines: text.split(separator: "\n", omittingEmptySubsequences: false).map { [.plain(String($0))] })
  }
}

/// Reads the address of a page.
protocol PageReader: Sendable {
  /// - Returns: nil when it is no address that may be used, or of none of the shops.
  func page(_ url: String, in shops: ShopDirectory) -> ShopDirectory.Page?
}
