/// Dates as HTTP writes them: `Sun, 06 Nov 1994 08:49:37 GMT`, and the two forms that it wrote once.
enum HTTPDate {
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// Seconds since 1970; nil for anything else.
  static func seconds(_ text: String) -> Int64? {
    guard text.utf8.count <= 40 else { return nil }
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" }).map { $0.lowercased() }
    let fields: (day: String, month: String, year: String, time: String)
    if parts.count == 6, parts[5] == "gmt" {
      fields = (parts[1], parts[2], parts[3], parts[4])
    } else if parts.count == 5 {
      fields = (parts[2], parts[1], parts[4], parts[3])
    } else {
      return nil
    }
    guard let day = Int64(fields.day), (1...31).contains(day), let month = months.firstIndex(of: fields.month),
      var year = Int64(fields.year), (0...9999).contains(year)
    else { return nil }
    // RFC 850's two digits.
    if year < 100 { year += year < 70 ? 2000 : 1900 }
    let clock = fields.time.split(separator: ":").map { Int64($0) ?? -1 }
    guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2]) else {
      return nil
    }
    return daysSince1970(year: year, month: Int64(month) + 1, day: day) * 86_400 + clock[0] * 3_600 + clock[1] * 60
      + clock[2]
  }

  /// The civil calendar, counted from March so that leap days come last.
  static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
