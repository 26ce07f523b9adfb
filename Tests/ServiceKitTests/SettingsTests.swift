import HTTPTransport
import Testing

@testable import ServiceKit

@Suite("Settings")
struct SettingsTests {
  static let declared: [Setting] = [
    .string("TITLE", default: "none", maximumBytes: 10, help: "A title."),
    .choice("COLOR", of: ["red", "green"], default: "red", help: "A color."),
    .integer("COUNT", default: 3, in: 1...10, help: "How many."),
    .boolean("LOUD", default: false, help: "Whether loud."),
    .duration("WAIT", default: .seconds(1), in: .zero...(.seconds(60)), help: "How long."),
    .secret("KEY", help: "A key."),
    .list("NAMES", maximumCount: 3, help: "Some names."),
    .target("PEER_ADDRESS", default: "127.0.0.1:9101", help: "Somebody."),
    Setting("LISTEN", .listen, defaultText: "127.0.0.1:80", help: "Where."),
  ]

  static func load(
    _ arguments: [String] = [], environment: [String: String] = [:], files: [String: String] = [:],
    declared: [Setting] = declared
  ) throws -> Settings {
    let loader = SettingsLoader(
      declared: declared, environment: { environment[$0] },
      readFile: { path, _ throws(FileTextError) in
        guard let text = files[path] else { throw FileTextError("there is no such file") }
        return text
      })
    guard case .run(let settings, _) = try loader.load(arguments) else {
      throw SettingsError(.usage, "asked for help")
    }
    return settings
  }

  static func failure(
    _ arguments: [String] = [], environment: [String: String] = [:], files: [String: String] = [:],
    declared: [Setting] = declared
  ) -> SettingsError? {
    do {
      _ = try load(arguments, environment: environment, files: files, declared: declared)
      return nil
    } catch {
      return error as? SettingsError
    }
  }

  @Test("Without anything set, the defaults hold")
  func defaults() throws {
    let settings = try Self.load()
    #expect(settings.string("TITLE") == "none")
    #expect(settings.int("COUNT") == 3)
    #expect(settings.bool("LOUD") == false)
    #expect(settings.duration("WAIT") == .seconds(1))
    #expect(settings.optionalSecret("KEY") == nil)
    #expect(settings.list("NAMES").isEmpty)
    #expect(!settings.isSet("COUNT"))
  }

  @Test("Flags come before the environment, the environment before the file, the file before the default")
  func precedence() throws {
    let files = ["conf": "# a comment\n\nCOUNT = 4\nTITLE=\"from file\"\nCOLOR='green'\n"]
    let environment = ["COUNT": "5", "TITLE": ""]
    let settings = try Self.load(["--config", "conf", "--count=6"], environment: environment, files: files)
    #expect(settings.int("COUNT") == 6)
    #expect(settings.string("TITLE") == "from file")
    #expect(settings.string("COLOR") == "green")
    #expect(try Self.load(["--config=conf"], environment: environment, files: files).int("COUNT") == 5)
    #expect(try Self.load(["--config=conf"], files: files).int("COUNT") == 4)
    #expect(try Self.load(["--config=conf"], files: files).isSet("COUNT"))
  }

  @Test(
    "Values are read by their type",
    arguments: [
      (["--loud"], "LOUD", "boolean(true)"), (["--loud=off"], "LOUD", "boolean(false)"),
      (["--wait", "250ms"], "WAIT", "duration(0.25 seconds)"), (["--wait", "1m"], "WAIT", "duration(60.0 seconds)"),
      (["--wait", "0"], "WAIT", "duration(0.0 seconds)"),
      (["--names", " a ;b;; c"], "NAMES", "list([\"a\", \"b\", \"c\"])"),
      (["--title", "x=y"], "TITLE", "text(\"x=y\")"),
      (["--peer-address", "static:a:1,b:2"], "PEER_ADDRESS", "text(\"static:a:1,b:2\")"),
    ])
  func values(arguments: [String], name: String, expected: String) throws {
    let setting = try #require(Self.declared.first { $0.name == name })
    let settings = try Self.load(arguments)
    switch setting.kind {
    case .boolean: #expect("boolean(\(settings.bool(name)))" == expected)
    case .duration: #expect("duration(\(settings.duration(name)))" == expected)
    case .list: #expect("list(\(settings.list(name)))" == expected)
    default: #expect("text(\(settings.string(name).debugDescription))" == expected)
    }
  }

  @Test(
    "A wrong command line is refused in one line that says what was expected",
    arguments: [
      (["--cuont=1"], "unknown flag \"--cuont\"; did you mean --count?"),
      (["--nonsense"], "unknown flag \"--nonsense\"; --help lists the flags"),
      (["stray"], "unexpected argument \"stray\"; --help lists the flags"),
      (["--count"], "--count needs a value"), (["--count=1", "--count=2"], "--count is given twice"),
      (["--count=11"], "--count: expected a whole number from 1 to 10, got \"11\""),
      (["--count=\u{1b}[2J"], "--count: expected a whole number from 1 to 10, got \"\\u{1B}[2J\""),
      (["--wait=5"], "--wait: expected a duration from 0 to 1m, such as 250ms, 30s, 5m, 2h, 1d, got \"5\""),
      (["--color=blue"], "--color: expected one of red, green, got \"blue\""),
      (["--title=12345678901"], "--title: expected a text of at most 10 bytes, got \"12345678901\""),
      (["--loud=maybe"], "--loud: expected true or false, got \"maybe\""),
      (["--listen=80"], "--listen: expected HOST:PORT, :PORT or unix:/path, got \"80\""),
      (
        ["--peer-address=a:b:c"],
        "--peer-address: expected HOST:PORT, or static:HOST:PORT,HOST:PORT, or unix:/path, got \"a:b:c\""
      ),
      (["--names=1;2;3;4"], "--names: expected at most 3 texts separated by semicolons, got \"1;2;3;4\""),
      (["--migrate-only=yes"], "--migrate-only takes no value"),
      (["--probe=now"], "--probe takes no value"),
      (["--key=a", "--key-file=b"], "--key: set either it or KEY_FILE, not both"),
    ])
  func wrongFlags(arguments: [String], message: String) throws {
    let error = try #require(Self.failure(arguments))
    #expect(error.message == message)
    #expect(error.code == .usage)
    #expect(ExitCode(error) == .usage)
  }

  @Test(
    "A wrong environment or file is refused with the place named",
    arguments: [
      (["COUNT": "many"], "", "COUNT (environment): expected a whole number from 1 to 10, got \"many\""),
      ([:], "COUNT=0", "COUNT (conf): expected a whole number from 1 to 10, got \"0\""),
      ([:], "COUNT=1\nCUONT=2", "conf:2: CUONT is no setting of this program; --help lists them"),
      ([:], "COUNT=1\nCOUNT=2", "conf:2: COUNT is set twice"), ([:], "\n\nCOUNT", "conf:3: expected NAME=VALUE"),
      ([:], "count=1", "conf:1: expected NAME=VALUE with a name of A-Z, 0-9 and _"),
      (["KEY_FILE": "gone"], "", "KEY (environment): the file \"gone\" cannot be read: there is no such file"),
    ])
  func wrongPlaces(environment: [String: String], file: String, message: String) throws {
    let error = try #require(Self.failure(["--config", "conf"], environment: environment, files: ["conf": file]))
    #expect(error.message == message)
    #expect(ExitCode(error) == .configuration)
  }

  @Test("A setting that must be set names itself, its flag and its purpose")
  func required() throws {
    let declared: [Setting] = [.secret("DATABASE_URL", isRequired: true, help: "The server. And more.")]
    let missing = try #require(Self.failure(declared: declared))
    #expect(missing.message == "DATABASE_URL is not set: The server (flag --database-url, or the environment)")
    let empty = try #require(Self.failure(["--database-url="], declared: declared))
    #expect(empty.message == "--database-url: is empty, and must be set")
  }

  @Test("Secrets come from files too, and never show")
  func secrets() throws {
    let settings = try Self.load(environment: ["KEY_FILE": "key"], files: ["key": "hush hush\n"])
    #expect(settings.secret("KEY").revealed == "hush hush")
    #expect("\(settings.secret("KEY")) \(settings.secret("KEY").debugDescription)" == "<secret> <secret>")
    #expect(!String(reflecting: settings.secret("KEY")).contains("hush"))
    let declared: [Setting] = [.secret("KEY", help: "A key.")]
    let tooLong = String(repeating: "hush", count: 20_000)
    let error = try #require(Self.failure(["--key", tooLong], declared: declared))
    #expect(!error.message.contains("hush"))
  }

  @Test("Help lists each setting with flag, variable, range, default and purpose, and no value of a secret")
  func help() {
    let description = ServiceDescription(
      name: "thing", summary: "does things", port: 1, opsPort: 2, migrations: [], usesRedis: true,
      settings: [.integer("COUNT", default: 3, in: 1...10, help: "How many.")])
    let text = HelpText.text(for: description, settings: CommonSettings.all(for: description))
    #expect(text.hasPrefix("thing-service: does things\n"))
    #expect(text.contains("  --count NUMBER  (COUNT)\n      How many.\n      1 to 10; default 3.\n"))
    #expect(text.contains("--database-url SECRET  (DATABASE_URL, or DATABASE_URL_FILE with a file's name)"))
    for setting in CommonSettings.all(for: description) { #expect(text.contains(setting.flag)) }
  }

  @Test("Every common setting's default is a value that it accepts, and no name stands twice")
  func commonDefaults() throws {
    let description = ServiceDescription(
      name: "thing", summary: "does things", port: 1, opsPort: 2, migrations: [], usesRedis: true,
      settings: [.catalogAddress, .pricingAddress, .notifierAddress])
    let all = CommonSettings.all(for: description)
    for setting in all {
      if let text = setting.defaultText { #expect(setting.value(of: text) != nil, "\(setting.name)") }
    }
    #expect(Set(all.map(\.name)).count == all.count)
  }

  @Test("What the loader hands out tells help and version from a run")
  func invocations() throws {
    let loader = SettingsLoader(
      declared: Self.declared, environment: { _ in nil },
      readFile: { _, _ throws(FileTextError) in throw FileTextError("none") })
    guard case .help = try loader.load(["--help"]) else { Issue.record("no help"); return }
    guard case .version = try loader.load(["--version"]) else { Issue.record("no version"); return }
    guard case .run(_, migratesOnly: true) = try loader.load(["--migrate-only"]) else {
      Issue.record("not migrate-only")
      return
    }
  }

  @Test("A probe finds the ops listener by flag, environment and file, and asks for no other setting")
  func probe() throws {
    let declared: [Setting] = [
      .secret("DATABASE_URL", isRequired: true, help: "The server."),
      Setting("OPS_LISTEN", .listen, defaultText: "127.0.0.1:9201", help: "Where."),
    ]
    for (arguments, environment, expected) in [
      ([], [:], HTTPServerConfiguration.Address.hostPort("127.0.0.1", 9201)),
      ([], ["OPS_LISTEN": ":9"], .hostPort("0.0.0.0", 9)),
      (["--ops-listen=[::1]:8"], ["OPS_LISTEN": ":9"], .hostPort("::1", 8)),
      (["--config=conf"], [:], .unixSocket("/run/ops")),
    ] as [([String], [String: String], HTTPServerConfiguration.Address)] {
      let loader = SettingsLoader(
        declared: declared, environment: { environment[$0] },
        readFile: { _, _ throws(FileTextError) in "OPS_LISTEN=unix:/run/ops" })
      guard case .probe(expected) = try loader.load(["--probe"] + arguments) else {
        Issue.record("\(arguments) and \(environment) do not lead to \(expected)")
        continue
      }
    }
  }
}

@Suite("Texts of settings")
struct SettingTextTests {
  @Test(
    "Durations are a whole number and a unit",
    arguments: [
      ("0", 0), ("0s", 0), ("1ms", 1), ("90s", 90_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000),
    ])
  func durations(text: String, milliseconds: Int) {
    #expect(DurationText.parse(text) == .milliseconds(milliseconds))
  }

  @Test(
    "Other texts are no durations",
    arguments: ["", "s", "1", "-1s", "1.5s", "1 s", "1S", "1m30s", "9999999999999d", "999999999999d", "٣s"])
  func noDurations(text: String) { #expect(DurationText.parse(text) == nil) }

  @Test("Durations are shown in the largest unit that fits", arguments: ["0", "250ms", "30s", "90s", "5m", "2h", "7d"])
  func roundTrip(text: String) throws {
    #expect(DurationText.format(try #require(DurationText.parse(text))) == text)
  }

  @Test("Addresses to listen on")
  func addresses() {
    #expect(ListenAddressText.parse("127.0.0.1:80") == .hostPort("127.0.0.1", 80))
    #expect(ListenAddressText.parse(":8080") == .hostPort("0.0.0.0", 8080))
    #expect(ListenAddressText.parse("[::1]:0") == .hostPort("::1", 0))
    #expect(ListenAddressText.parse("unix:/tmp/s") == .unixSocket("/tmp/s"))
    for text in ["", "80", "host", "host:", "host:99999", "::1:80", "[::1]", "[host]:1", "unix:tmp", "a b:1", "a:-1"] {
      #expect(ListenAddressText.parse(text) == nil, "\(text)")
    }
  }
}
