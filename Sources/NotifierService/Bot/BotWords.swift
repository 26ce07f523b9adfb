/// What the bot says, in one language.
struct BotWords: Sendable {
  private let language: Language

  init(_ language: Language) { self.language = language }

  private func pick(_ turkish: String, _ english: String) -> String { language == .turkish ? turkish : english }

  var help: String {
    pick(
      """
      Fiyatları izler, gerçek indirimleri haber veririm.
      /track BAĞLANTI [fiyat] – bir ürünü izle; fiyat verirsen o fiyata inince yazarım
      /list – izlediklerin
      /stop NUMARA – birini bırak; /stop – hepsini sustur
      /deals – günün gerçek indirimleri
      """,
      """
      I watch prices and tell you of real discounts.
      /track LINK [price] – watch a product; with a price I write when it is reached
      /list – what you watch
      /stop NUMBER – give one up; /stop – silence everything
      /deals – today's real discounts
      """)
  }

  var linked: String {
    pick("Tamam, bu sohbet hesabına bağlandı.", "Done: this chat is linked to your account.")
  }

  var unknownCode: String {
    pick("Bu kod bilinmiyor ya da süresi dolmuş.", "This code is unknown or has expired.")
  }

  var unknownLink: String {
    pick(
      "Bu bağlantıyı izleyemiyorum: tanıdığım bir mağazanın ürün sayfası değil.",
      "I cannot watch this link: it is no product page of a shop that I know.")
  }

  var badTarget: String {
    pick(
      "Fiyatı anlayamadım. Örnek: /track BAĞLANTI 1.299,90",
      "I do not understand the price. Example: /track LINK 1,299.90")
  }

  var later: String {
    pick("Şu anda yapamıyorum, birazdan yeniden dene.", "I cannot do that right now; try again in a while.")
  }

  var tooMany: String {
    pick("Daha fazlasını izleyemiyorum; önce birini bırak: /list", "I cannot watch more; give one up first: /list")
  }

  func tracking(_ title: String, target: Money?, alert: Int64) -> String {
    if let target {
      let price = target.text(language)
      return pick(
        "İzliyorum (\(alert)): \(title), \(price) ve altında yazarım.",
        "Watching (\(alert)): \(title), at \(price) or below.")
    }
    return pick(
      "İzliyorum (\(alert)): \(title), fiyat düşünce yazarım.",
      "Watching (\(alert)): \(title), whenever the price drops.")
  }

  var nothing: String { pick("Henüz bir şey izlemiyorsun.", "You watch nothing yet.") }
  var watching: String { pick("İzlediklerin:", "You watch:") }

  func line(_ alert: Alert) -> String {
    let label = alert.label.isEmpty ? pick("adsız", "unnamed") : alert.label
    let paused = alert.isPaused ? pick(" (duraklatıldı)", " (paused)") : ""
    guard case .targetPrice(let target) = alert.rule else { return "\(alert.id) – \(label)\(paused)" }
    return "\(alert.id) – \(label) ≤ \(target.text(language))\(paused)"
  }

  func stopped(_ alert: Int64) -> String { pick("\(alert) bırakıldı.", "\(alert) given up.") }

  var deals: String { pick("Şu anki gerçek indirimler:", "Real discounts now:") }
  var noDeals: String { pick("Şu anda gerçek bir indirim yok.", "There is no real discount right now.") }
}
