/// Which passwords are taken: long ones that are not everybody's first idea (NIST SP 800-63B §5.1.1.2). No rules of
/// composition, which only make people write `Password1!`.
package enum PasswordPolicy {
  static let length = 10...256
  /// A character may have some bytes; one with endless combining marks is no character for us.
  static let maximumBytes = 1024
  static let expectation = "expected \(length.lowerBound) to \(length.upperBound) characters"

  /// What is wrong with a password; nil for a good one.
  package static func fault(in password: String, of address: EmailAddress?) -> String? {
    guard password.utf8.count <= maximumBytes, length.contains(password.count), !password.utf8.contains(0) else {
      return expectation
    }
    let small = password.lowercased()
    if Set(small).count < 4 || common.contains(where: { small.hasPrefix($0) && small.count < $0.count + 4 }) {
      return "is among the first that an attacker tries; expected one that is harder to guess"
    }
    if let address, small == address.key || address.key.hasPrefix(small + "@") {
      return "is your address; expected one that is harder to guess"
    }
    return nil
  }

  /// The most common ones of leaked lists that are long enough, some digits behind them included.
  private static let common = [
    "0123456789", "1234567890", "123456789", "9876543210", "987654321", "1q2w3e4r5t", "1qaz2wsx3e", "abcdefghij",
    "administrator", "asdfghjkl", "baseball", "besiktas1903", "changeme", "fenerbahce", "football", "galatasaray",
    "iloveyou", "istanbul34", "letmein", "parola1234", "password", "princess", "qazwsxedc", "qwerty",
    "qwertyuiop", "sifre12345", "sunshine", "superman", "trabzonspor", "turkiye", "welcome",
  ]
}
