/// Exact arithmetic of money: whole numbers, and one rule of rounding.
package enum Rounding {
  /// The quotient rounded to the nearest whole number, halves to the even one.
  /// - Precondition: `divisor` is above 0.
  package static func halfEven(_ dividend: Int128, _ divisor: Int128) -> Int128 {
    precondition(divisor > 0, "a divisor above 0")
    var (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    if remainder < 0 {
      quotient -= 1
      remainder += divisor
    }
    let twice = remainder * 2
    if twice > divisor || (twice == divisor && quotient % 2 != 0) { quotient += 1 }
    return quotient
  }

  /// `part / whole` in basis points (10,000 is all of it), rounded half to even.
  package static func basisPoints(_ part: Int64, of whole: Int64) -> Int64 {
    Int64(clamping: halfEven(Int128(part) * 10_000, Int128(whole)))
  }

  /// 1 - `price` / `base` in basis points, rounded half to even; below 0 where the price is the higher one.
  package static func discount(_ price: Int64, below base: Int64) -> Int64 {
    basisPoints(base - price, of: base)
  }

  /// Whether `price` lies at least `basisPoints` below `base`; exact, nothing is rounded.
  package static func isBelow(_ price: Int64, _ base: Int64, byAtLeast basisPoints: Int64) -> Bool {
    Int128(base - price) * 10_000 >= Int128(basisPoints) * Int128(base)
  }
}
