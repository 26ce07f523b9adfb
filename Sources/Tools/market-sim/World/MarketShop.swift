/// A shop of the demo market and how it writes prices.
package enum MarketShop: String, Sendable, CaseIterable {
  /// JSON-LD; shows `1.299,00 TL`.
  case anadolu
  /// Microdata; shows `₺1.299,90`.
  case bogazici
  /// OpenGraph only.
  case kapadokya
  /// No markup, windows-1254, `118, 99 TL`: read by selectors.
  case yildiz
  /// US dollars; microdata, `$1,234.56`, several sellers.
  case liberty
  /// Swiss francs; no markup, `CHF 1'234.56`: read by selectors.
  case alpen

  /// ISO 4217.
  package var currency: String {
    switch self {
    case .liberty: "USD"
    case .alpen: "CHF"
    default: "TRY"
    }
  }

  /// BCP 47.
  package var locale: String {
    switch self {
    case .liberty: "en-US"
    case .alpen: "de-CH"
    default: "tr-TR"
    }
  }

  package var idPrefix: String { String(rawValue.prefix(3)).uppercased() + "-" }

  /// As people read it.
  var title: String {
    switch self {
    case .anadolu: "Anadolu Teknik"
    case .bogazici: "Boğaziçi Pazarı"
    case .kapadokya: "Kapadokya Çarşı"
    case .yildiz: "Yıldız Mağazacılık"
    case .liberty: "Liberty Goods"
    case .alpen: "Alpen Versand"
    }
  }

  /// Hundredths of a lira for one of the currency's hundredths, times 100.
  var rate: Int64 {
    switch self {
    case .liberty: 4_150
    case .alpen: 5_200
    default: 100
    }
  }

  /// What the last two digits of a price are here.
  var ending: Int64 {
    switch self {
    case .anadolu: 0
    case .bogazici, .kapadokya: 90
    case .yildiz, .liberty: 99
    case .alpen: 50
    }
  }

  var number: UInt64 { UInt64(Self.allCases.firstIndex(of: self) ?? 0) }
}
