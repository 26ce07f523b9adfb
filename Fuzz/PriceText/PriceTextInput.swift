import Fuzzer
import PricingService

/// Texts that may hold a price.
///
/// The first byte of the input chooses currency and locale; the rest is the text, repaired to UTF-8.
@main
enum PriceTextInput {
  static let places = [
    ("TRY", "tr-TR"), ("USD", "en-US"), ("EUR", "de-DE"), ("EUR", "fr-FR"), ("CHF", "de-CH"), ("JPY", "ja-JP"),
    ("KWD", "ar-KW"), ("INR", "en-IN"), ("SEK", "sv-SE"), ("", ""),
  ]

  static func main() {
    Fuzzer.run { input in
      guard let choice = input.first else { return }
      let (currency, locale) = places[Int(choice) % places.count]
      let text = String(decoding: input.dropFirst(), as: UTF8.self)
      let reader = PriceText(currency: currency.isEmpty ? nil : currency, locale: locale)
      let found = read(reader, text)
      if let units = found?.minorUnits { precondition(units >= 0) }
      // Blanks around a text mean nothing.
      if text.unicodeScalars.count <= PriceText.maximumLength - 2 {
        precondition(read(reader, " " + text + " ") == found, "blanks change what is read")
      }
      // What is known of the place may resolve or refuse a number, never make another one of it, unless a separator is
      // the riddle; a currency of the text stays.
      let bare = read(PriceText(), text)
      if let found, let bare, found.currencyText != nil, bare.currencyText != nil {
        precondition(found.currencyText == bare.currencyText)
      }
    }
  }

  static func read(_ reader: PriceText, _ text: String) -> PriceText.Reading? {
    do {
      return try reader.read(text)
    } catch {
      return nil
    }
  }
}
