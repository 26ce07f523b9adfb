/// How many decimals each currency has: ISO 4217, list one, with codes that were in use in this decade.
enum CurrencyDecimals {
  /// The currency's decimals, or nil if `code` is not a code of ISO 4217.
  static func of(_ code: UnsafeRawBufferPointer) -> Int? { table.value(of: code) }

  private static let table = NameTable(
    list(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
      + list(3, "BHD IQD JOD KWD LYD OMR TND") + list(4, "CLF UYW")
      + list(
        2,
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
        CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD \
        HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP \
        MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR \
        SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED \
        VES WST XCD XCG YER ZAR ZMW ZWG ZWL
        """))

  private static func list(_ decimals: Int, _ codes: String) -> [(String, Int)] {
    codes.split(separator: " ").map { (String($0), decimals) }
  }
}
