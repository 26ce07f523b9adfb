/// The money of a locale's region, for signs that several countries share.
enum RegionCurrency {
  /// Nil for a tag without a region, or one that is not listed.
  static func of(locale: String) -> String? {
    let parts = locale.split(whereSeparator: { $0 == "-" || $0 == "_" })
    return parts.dropFirst().first { $0.utf8.count == 2 }.flatMap { byRegion[$0.uppercased()] }
  }

  private static let byRegion: [String: String] = [
    "TR": "TRY", "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "MX": "MXN", "AR": "ARS",
    "CL": "CLP", "CO": "COP", "TW": "TWD", "BR": "BRL", "UY": "UYU", "GB": "GBP", "EG": "EGP", "LB": "LBP", "IN": "INR",
    "PK": "PKR", "LK": "LKR", "NP": "NPR", "SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK", "CH": "CHF", "LI": "CHF",
    "JP": "JPY", "CN": "CNY", "KR": "KRW", "RO": "RON", "MD": "MDL", "RS": "RSD", "KW": "KWD", "BH": "BHD", "JO": "JOD",
    "IQ": "IQD", "TN": "TND", "AE": "AED", "MA": "MAD", "SA": "SAR", "QA": "QAR", "OM": "OMR", "AZ": "AZN", "MK": "MKD",
  ]
}
