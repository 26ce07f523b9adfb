/// The words of messages about prices in one language.
struct MessageWords: Sendable {
  private let language: Language

  init(_ language: Language) { self.language = language }

  private func pick(_ turkish: String, _ english: String) -> String { language == .turkish ? turkish : english }

  var label: String { pick("Alarm", "Alert") }
  var shop: String { pick("Mağaza", "Shop") }
  var price: String { pick("Fiyat", "Price") }
  var realDiscount: String { pick("Gerçek indirim", "Real discount") }
  var verdict: String { pick("Değerlendirme", "Verdict") }
  var none: String { pick("yok", "none") }
  var open: String { pick("Ürüne git", "Open the product") }

  func headline(_ message: AlertMessage) -> String {
    switch message.reason {
    case .targetReached(let target):
      return pick("Hedef fiyata indi", "Target price reached") + " (" + target.text(language) + ")"
    case .dropped(let base):
      let share = percentText(basisPoints: message.price.map { base.reduction(to: $0) } ?? 0, language)
      return pick("Fiyat \(share) düştü", "Price dropped by \(share)") + " (" + base.text(language) + ")"
    case .changed(let old):
      guard let price = message.price, price.minorUnits > old.minorUnits else {
        return pick("Fiyat düştü", "The price fell")
      }
      return pick("Fiyat yükseldi", "The price rose")
    case .backInStock: return pick("Yeniden stokta", "Back in stock")
    case .allTimeLow: return pick("Tüm zamanların en düşük fiyatı", "All-time low")
    case .lowestInDays(let days): return pick("Son \(days) günün en düşük fiyatı", "Lowest price in \(days) days")
    case .deal(let deal):
      let share = percentText(basisPoints: deal.realDiscount, language)
      return pick("Fırsat: \(share) indirim", "Deal: \(share) off")
    }
  }

  func verdict(_ verdict: Verdict?) -> String {
    switch verdict {
    case .genuine:
      pick("gerçek; indirimden önceki en düşük fiyatının altında", "genuine; below its lowest earlier price")
    case .inflated:
      pick("şişirilmiş; ilan edilen indirim gerçeği yansıtmıyor", "inflated; the shop claims more than is true")
    case .unknown:
      pick("belirsiz; fiyat geçmişi 30 günden kısa", "unknown; fewer than 30 days of price history")
    case nil: pick("bu fiyat bir indirimin parçası değil", "this price is not part of a reduction")
    }
  }

  func shortVerdict(_ verdict: Verdict?) -> String? {
    switch verdict {
    case .genuine: pick("gerçek", "genuine")
    case .inflated: pick("şişirilmiş", "inflated")
    case .unknown: pick("belirsiz", "unknown")
    case nil: nil
    }
  }

  func digestHeadline(count: Int) -> String {
    pick("Günlük özet: \(count) bildirim", count == 1 ? "Daily digest: 1 alert" : "Daily digest: \(count) alerts")
  }

  func more(_ count: Int) -> String { pick("… ve \(count) bildirim daha", "… and \(count) more") }

  var test: String {
    pick("Fiyatradari: deneme bildirimi. Bu kanal çalışıyor.", "Fiyatradari: a test. This channel works.")
  }

  var testSubject: String { pick("Fiyatradari: deneme bildirimi", "Fiyatradari: a test") }
  var codeSubject: String { pick("Fiyatradari: doğrulama kodunuz", "Fiyatradari: your verification code") }

  func code(_ code: String, minutes: Int) -> String {
    pick(
      "Fiyatradari doğrulama kodunuz: \(code) (\(minutes) dakika geçerli). Siz istemediyseniz bu iletiyi yok sayın.",
      "Your Fiyatradari verification code: \(code) (valid for \(minutes) minutes). If you did not ask for it, ignore this."
    )
  }
}
