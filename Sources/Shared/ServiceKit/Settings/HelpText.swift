/// What `--help` prints.
enum HelpText {
  static func text(for description: ServiceDescription, settings: [Setting]) -> String {
    var text = """
      \(description.executable): \(description.summary)

      Usage: \(description.executable) [FLAG]...

      Every setting is a flag, an environment variable, or a line NAME=VALUE of the file that --config names. Flags
      come first, then the environment, then the file. Secrets may also be read from a file of their own.

        --config FILE     read settings from FILE
        --migrate-only    bring the database's schema up to date, and end
        --probe           ask the process that runs with these settings whether it is ready, and end with 0 or 69
        --version         print the version, and end
        --help            print this, and end

      Settings:

      """
    for setting in settings {
      text += "\n  \(setting.flag)\(placeholder(setting))  (\(setting.name)"
      if setting.isSecret { text += ", or \(setting.name)_FILE with a file's name" }
      text += ")\n"
      for line in setting.help.split(separator: "\n") { text += "      \(line)\n" }
      text += "      \(facts(setting))\n"
    }
    text += """

      Exit codes: 0 after an orderly end, 64 for a wrong flag, 69 when a server that is needed stays away, 70 for a
      fault inside, 78 for a wrong setting.

      """
    return text
  }

  private static func placeholder(_ setting: Setting) -> String {
    switch setting.kind {
    case .text: setting.isSecret ? " SECRET" : " TEXT"
    case .choice(let choices): " " + choices.joined(separator: "|")
    case .integer: " NUMBER"
    case .boolean: "[=true|false]"
    case .duration: " DURATION"
    case .list: " LIST"
    case .listen, .target: " ADDRESS"
    }
  }

  private static func facts(_ setting: Setting) -> String {
    var facts: [String] = []
    switch setting.kind {
    case .integer(let range): facts.append("\(range.lowerBound) to \(range.upperBound)")
    case .duration(let range):
      facts.append("\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))")
    case .list: facts.append("separated by semicolons")
    case .listen: facts.append("HOST:PORT, :PORT or unix:/path")
    default: break
    }
    if let text = setting.defaultText { facts.append("default \(text)") }
    if setting.isRequired { facts.append("required") }
    if facts.isEmpty { facts.append("unset by default") }
    return facts.joined(separator: "; ") + "."
  }
}
