/// A currency of ISO 4217 and how many decimals its amounts have.
package struct Currency: Hashable, Sendable {
  /// Three capital letters.
  package let code: String
  /// Of the minor unit: 0 for JPY, 2 for TRY, 3 for KWD.
  package let decimals: Int

  /// The currency with this code; nil if ISO 4217 has none (funds, metals and test codes are none).
  package init?(_ code: String) {
    guard let decimals = Self.decimals[code] else { return nil }
    self.code = code
    self.decimals = decimals
  }

  private static let decimals: [String: Int] = {
    var table: [String: Int] = [:]
    for (decimals, codes) in [(0, none), (2, two), (3, three), (4, four)] {
      for code in codes.split(separator: " ") { table[String(code)] = decimals }
    }
    return table
  }()

  private static let none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
  private static let three = "BHD IQD JOD KWD LYD OMR TND"
  private static let four = "CLF UYW"
  private static let two = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP \
    CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR \
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN \
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """
}
