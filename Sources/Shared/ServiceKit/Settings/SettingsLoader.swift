internal import HTTPTransport

/// Reads a program's settings: flags above the environment, the environment above the file, the file above defaults.
struct SettingsLoader {
  /// What the command line asks for.
  enum Invocation {
    case help
    case version
    case run(Settings, migratesOnly: Bool)
    /// Ask the process that runs with these settings whether it is ready.
    case probe(HTTPServerConfiguration.Address)
  }

  /// The most bytes of a configuration file.
  static let maximumFileBytes = 1 << 20
  /// The most bytes of a secret's file.
  static let maximumSecretBytes = 64 << 10

  let declared: [Setting]
  /// An environment variable's value.
  let environment: (String) -> String?
  /// A file's text; throws a reason that completes "cannot be read: …".
  let readFile: (_ path: String, _ limit: Int) throws(FileTextError) -> String

  /// - Parameter arguments: without the program's name.
  /// - Throws: `SettingsError` with one line for the person who set the wrong value.
  func load(_ arguments: [String]) throws(SettingsError) -> Invocation {
    let line = try CommandLineArguments(arguments, settings: declared)
    if line.wantsHelp { return .help }
    if line.wantsVersion { return .version }
    if line.probes { return .probe(try opsAddress(line)) }
    let file = try line.file.map { path throws(SettingsError) in (path, try values(ofFile: path)) }
    var entries: [String: Settings.Entry] = [:]
    for setting in declared {
      entries[setting.name] = try entry(of: setting, line.values, file)
    }
    return .run(Settings(entries), migratesOnly: line.migratesOnly)
  }

  /// Where the running process tells how it is. Nothing else is looked at: a probe needs no secrets.
  private func opsAddress(_ line: CommandLineArguments) throws(SettingsError) -> HTTPServerConfiguration.Address {
    let file = try line.file.map { path throws(SettingsError) in (path, try values(ofFile: path)) }
    guard let setting = declared.first(where: { $0.name == "OPS_LISTEN" }) else {
      throw SettingsError(.usage, "--probe: this program has no OPS_LISTEN")
    }
    return Settings([setting.name: try entry(of: setting, line.values, file)]).address(setting.name)
  }

  private func values(ofFile path: String) throws(SettingsError) -> [String: (value: String, line: Int)] {
    let text: String
    do throws(FileTextError) {
      text = try readFile(path, Self.maximumFileBytes)
    } catch {
      throw SettingsError(.configuration, "--config \(CommandLineArguments.quoted(path)) cannot be read: \(error)")
    }
    let values = try ConfigurationFile.parse(text, path: path)
    var known = Set(declared.map(\.name))
    for setting in declared where setting.isSecret { known.insert(setting.name + "_FILE") }
    for (name, (_, line)) in values.sorted(by: { $0.value.line < $1.value.line }) where !known.contains(name) {
      throw SettingsError(.configuration, "\(path):\(line): \(name) is no setting of this program; --help lists them")
    }
    return values
  }

  private func entry(
    of setting: Setting, _ flags: [String: String],
    _ file: (path: String, values: [String: (value: String, line: Int)])?
  ) throws(SettingsError) -> Settings.Entry {
    let sources: [(Settings.Origin, (String) -> String?)] = [
      (.flag, { flags[$0] }),
      // An empty variable is as good as none: compose files and manifests pass on what is not set as empty.
      (.environment, { name in environment(name).flatMap { $0.isEmpty ? nil : $0 } }),
      (.file(file?.path ?? ""), { file?.values[$0]?.value }),
    ]
    for (origin, value) in sources {
      let direct = value(setting.name)
      let indirect = setting.isSecret ? value(setting.name + "_FILE") : nil
      if direct != nil, indirect != nil {
        throw fault(origin, setting, "set either it or \(setting.name)_FILE, not both")
      }
      let text: String
      if let direct {
        text = direct
      } else if let indirect {
        text = try secret(indirect, setting, origin)
      } else {
        continue
      }
      if text.isEmpty {
        if setting.isRequired { throw fault(origin, setting, "is empty, and must be set") }
        return Settings.Entry(setting: setting, value: nil, origin: origin)
      }
      guard let parsed = setting.value(of: text) else {
        let found = setting.isSecret ? "" : ", got \(CommandLineArguments.quoted(text))"
        throw fault(origin, setting, "expected \(setting.expectation)\(found)")
      }
      return Settings.Entry(setting: setting, value: parsed, origin: origin)
    }
    guard let text = setting.defaultText else {
      guard !setting.isRequired else {
        throw SettingsError(
          .configuration,
          "\(setting.name) is not set: \(setting.help.prefix { $0 != "." }) (flag \(setting.flag), or the environment)")
      }
      return Settings.Entry(setting: setting, value: nil, origin: .builtIn)
    }
    guard let parsed = setting.value(of: text) else {
      throw SettingsError(.configuration, "\(setting.name): its default is not \(setting.expectation)")
    }
    return Settings.Entry(setting: setting, value: parsed, origin: .builtIn)
  }

  private func secret(
    _ path: String, _ setting: Setting, _ origin: Settings.Origin
  ) throws(SettingsError) -> String {
    do throws(FileTextError) {
      var text = try readFile(path, Self.maximumSecretBytes)
      // Editors and `echo` end a file with a line break that is no part of the secret.
      while let last = text.last, last.isNewline { text.removeLast() }
      return text
    } catch {
      throw fault(origin, setting, "the file \(CommandLineArguments.quoted(path)) cannot be read: \(error)")
    }
  }

  private func fault(_ origin: Settings.Origin, _ setting: Setting, _ text: String) -> SettingsError {
    switch origin {
    case .flag: SettingsError(.usage, "\(setting.flag): \(text)")
    case .environment: SettingsError(.configuration, "\(setting.name) (environment): \(text)")
    case .file(let path): SettingsError(.configuration, "\(setting.name) (\(path)): \(text)")
    case .builtIn: SettingsError(.configuration, "\(setting.name): \(text)")
    }
  }
}
