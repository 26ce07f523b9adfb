/// The flags of a command line, before their values are looked at.
struct CommandLineArguments {
  var wantsHelp = false
  var wantsVersion = false
  var migratesOnly = false
  var probes = false
  /// The configuration file.
  var file: String?
  /// By setting; for a secret its file's name may stand under `NAME_FILE`.
  var values: [String: String] = [:]

  /// - Parameter arguments: without the program's name.
  /// - Throws: `SettingsError` `.usage`.
  init(_ arguments: [String], settings: [Setting]) throws(SettingsError) {
    var names: [String: (name: String, isBoolean: Bool)] = [:]
    for setting in settings {
      if case .boolean = setting.kind {
        names[setting.flag] = (setting.name, true)
      } else {
        names[setting.flag] = (setting.name, false)
      }
      if setting.isSecret { names[setting.flag + "-file"] = (setting.name + "_FILE", false) }
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let flag = parts[0]
      let attached = parts.count == 2 ? parts[1] : nil
      switch flag {
      case "--help", "-h": wantsHelp = true
      case "--version": wantsVersion = true
      case "--migrate-only": migratesOnly = true
      case "--probe": probes = true
      case "--config":
        guard file == nil else { throw SettingsError(.usage, "--config is given twice") }
        file = try Self.value(of: flag, attached, &rest)
        continue
      default:
        guard let (name, isBoolean) = names[flag] else { throw Self.unknown(flag, names.keys) }
        let value = isBoolean && attached == nil ? "true" : try Self.value(of: flag, attached, &rest)
        guard values.updateValue(value, forKey: name) == nil else {
          throw SettingsError(.usage, "\(flag) is given twice")
        }
        continue
      }
      guard attached == nil else { throw SettingsError(.usage, "\(flag) takes no value") }
    }
  }

  private static func value(
    of flag: String, _ attached: String?, _ rest: inout ArraySlice<String>
  ) throws(SettingsError) -> String {
    if let attached { return attached }
    guard let next = rest.popFirst() else { throw SettingsError(.usage, "\(flag) needs a value") }
    return next
  }

  private static func unknown(_ flag: String, _ known: some Collection<String>) -> SettingsError {
    guard flag.hasPrefix("-") else {
      return SettingsError(.usage, "unexpected argument \(quoted(flag)); --help lists the flags")
    }
    let nearest = known.min { distance($0, flag) < distance($1, flag) }
    if let nearest, distance(nearest, flag) <= 3 {
      return SettingsError(.usage, "unknown flag \(quoted(flag)); did you mean \(nearest)?")
    }
    return SettingsError(.usage, "unknown flag \(quoted(flag)); --help lists the flags")
  }

  /// For an error's one line: control characters escaped, at most 100 characters.
  static func quoted(_ text: String) -> String { String(text.prefix(100)).debugDescription }

  /// Levenshtein's distance of two short texts.
  static func distance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first.utf8.prefix(64)), Array(second.utf8.prefix(64)))
    var row = Array(0...second.count)
    for (index, byte) in first.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in second.enumerated() {
        let replaced = diagonal + (byte == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, min(row[column], diagonal) + 1)
      }
    }
    return row[second.count]
  }
}
