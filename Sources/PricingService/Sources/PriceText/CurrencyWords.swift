/// Signs and words for money, and what each may mean.
enum CurrencyWords {
  /// What `text` may mean; nil when it names no money, empty when it names money without a code of its own.
  ///
  /// Signs and abbreviations count as they are written; whole words in any case.
  static func candidates(_ text: String) -> [String]? {
    exact[text] ?? words[text.lowercased()]
  }

  /// In scalars.
  static let longest = (Array(exact.keys) + Array(words.keys)).map(\.unicodeScalars.count).max() ?? 0

  private static let dollars = [
    "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD", "BRL", "UYU", "BBD", "BMD", "BND",
    "BSD",
    "BZD", "FJD", "GYD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "XCD", "DOP", "CUP", "CUC", "MOP", "NIO",
    "CVE",
  ]
  private static let pounds = ["GBP", "EGP", "FKP", "GIP", "SHP", "LBP", "SDG", "SSP", "SYP"]
  private static let rupees = ["INR", "PKR", "LKR", "NPR", "MUR", "SCR"]
  private static let crowns = ["SEK", "NOK", "DKK", "ISK"]
  private static let francs = ["CHF", "XOF", "XAF", "XPF", "BIF", "CDF", "DJF", "GNF", "KMF", "RWF"]
  private static let dinars = ["RSD", "KWD", "BHD", "JOD", "IQD", "LYD", "TND", "DZD", "MKD"]

  /// As they are written.
  private static let exact: [String: [String]] = {
    var table: [String: [String]] = [
      "€": ["EUR"], "£": pounds, "$": dollars, "＄": dollars, "¥": ["JPY", "CNY"], "￥": ["JPY", "CNY"], "₺": ["TRY"],
      "₽": ["RUB"], "₴": ["UAH"], "₹": ["INR"], "₨": rupees, "₩": ["KRW", "KPW"], "₪": ["ILS"], "₫": ["VND"],
      "₱": ["PHP", "CUP"], "฿": ["THB"], "₡": ["CRC", "SVC"], "₦": ["NGN"], "₭": ["LAK"], "₮": ["MNT"], "₲": ["PYG"],
      "₵": ["GHS"], "₸": ["KZT"], "₼": ["AZN"], "₾": ["GEL"], "₿": [], "֏": ["AMD"], "៛": ["KHR"], "ƒ": ["AWG", "ANG"],
      "₶": [], "﷼": ["IRR", "OMR", "QAR", "SAR", "YER"], "৳": ["BDT"], "؋": ["AFN"], "円": ["JPY"], "圆": ["CNY"],
      "元": ["CNY", "TWD", "HKD"], "원": ["KRW"], "र": ["INR", "NPR"], "රු": ["LKR"],
      "US$": ["USD"], "U$": ["USD", "UYU"], "U$S": ["USD"], "A$": ["AUD"], "AU$": ["AUD"], "C$": ["CAD", "NIO"],
      "CA$": ["CAD"], "CAD$": ["CAD"], "CUC$": ["CUC"], "NZ$": ["NZD"], "S$": ["SGD"], "HK$": ["HKD"], "NT$": ["TWD"],
      "R$": ["BRL"],
      "MX$": ["MXN"], "Mex$": ["MXN"], "J$": ["JMD"], "Z$": ["ZWG"], "RD$": ["DOP"], "B/.": ["PAB"], "S/": ["PEN"],
      "S/.": ["PEN"], "Bs": ["BOB", "VES"], "Bs.": ["BOB", "VES"], "Q": ["GTQ"], "₣": ["CHF"], "R": ["ZAR"],
      "TL": ["TRY"], "Tl": ["TRY"], "tl": ["TRY"], "YTL": ["TRY"], "₤": ["GBP", "TRY"], "eur": ["EUR"], "Eur": ["EUR"],
      "usd": ["USD"], "KD": ["KWD"], "BD": ["BHD"], "Dhs": ["AED"], "Dh": ["AED", "MAD"], "DH": ["MAD", "AED"],
      "SR": ["SAR"], "QR": ["QAR"], "RM": ["MYR"], "Rp": ["IDR"], "Rp.": ["IDR"], "Rs": rupees, "Rs.": rupees,
      "FBu": ["BIF"], "CFA": ["XOF", "XAF"], "FCFA": ["XOF", "XAF"], "Fdj": ["DJF"], "LD": ["LYD"], "UM": ["MRU"],
      "Db": ["STN"], "USh": ["UGX"], "KSh": ["KES"], "Ksh": ["KES"], "TSh": ["TZS"], "VT": ["VUV"], "ZK": ["ZMW"],
      "Lek": ["ALL"], "KM": ["BAM"], "kn": ["HRK"], "Ft": ["HUF"], "Fr": francs, "Fr.": francs,
      "fr.": francs, "SFr": ["CHF"], "SFr.": ["CHF"], "kr": crowns, "kr.": crowns, "Kr": crowns, "Kr.": crowns,
      "KR": crowns, "Kč": ["CZK"], "kč": ["CZK"], "KČ": ["CZK"], "р": ["RUB"], "Р": ["RUB"], "р.": ["RUB"],
      "Р.": ["RUB"], "грн": ["UAH"], "грн.": ["UAH"], "лв": ["BGN"], "лв.": ["BGN"], "дин": ["RSD", "MKD"],
      "дин.": ["RSD", "MKD"], "тг": ["KZT"], "тг.": ["KZT"], "сум": ["UZS"], "ден": ["MKD"], "د.إ": ["AED"],
      "ر.س": ["SAR"], "د.ك": ["KWD"], "ج.م": ["EGP"], "ریال": ["IRR"], "ريال": ["SAR", "QAR", "OMR", "YER"],
      "تومان": [],
    ]
    for name in ["руб", "руб.", "рублей", "рубля", "рубль", "Руб", "Руб.", "РУБ"] { table[name] = ["RUB"] }
    return table
  }()

  /// In any case.
  private static let words: [String: [String]] = [
    "euro": ["EUR"], "euros": ["EUR"], "avro": ["EUR"], "ευρώ": ["EUR"], "lira": ["TRY"], "lirası": ["TRY"],
    "dollar": dollars, "dollars": dollars, "dolar": dollars, "pound": pounds, "pounds": pounds, "sterling": ["GBP"],
    "yen": ["JPY"], "yuan": ["CNY"], "won": ["KRW"], "zł": ["PLN"], "zl": ["PLN"], "zloty": ["PLN"], "złotych": ["PLN"],
    "lei": ["RON", "MDL"], "leu": ["RON", "MDL"], "ron": ["RON"], "kron": crowns, "kronor": ["SEK"],
    "kroner": ["NOK", "DKK"], "dinar": dinars, "dinara": ["RSD"], "forint": ["HUF"], "gel": ["GEL"], "baht": ["THB"],
    "rupees": rupees, "manat": ["AZN", "TMT"],
  ]
}
