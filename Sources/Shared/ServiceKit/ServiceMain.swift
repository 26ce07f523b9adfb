internal import CGlibc
internal import CoreMetrics
@preconcurrency internal import Dispatch
internal import Glibc
internal import HTTPTransport
internal import Logging

/// The entry of a service's executable. `Main/main.swift` has one statement, behind `useOneHeap()` where that is called for:
///
/// ```swift
/// await ServiceMain.run(CatalogService.self)
/// ```
package enum ServiceMain {
  /// Has all threads take memory from one heap. By default each keeps its own, and in it what its largest call took: for
  /// services whose calls take much, on whatever thread they come.
  ///
  /// To be called first of all, before another thread has a heap.
  package static func useOneHeap() {
    // What glibc refuses are values that it does not know; then memory is as it is by default.
    _ = mallopt(M_ARENA_MAX, 1)
  }

  /// Reads the settings, runs the service until SIGTERM or SIGINT, and ends the process.
  package static func run(_ service: (some MeshService).Type) async -> Never {
    // A peer that has gone is told by write's error; the signal would end the process.
    signal(SIGPIPE, SIG_IGN)
    let description = service.description
    let declared = CommonSettings.all(for: description)
    let loader = SettingsLoader(
      declared: declared, environment: { name in getenv(name).map { String(cString: $0) } },
      readFile: { path, limit throws(FileTextError) in try FileText.read(path, limit: limit) })
    do {
      switch try loader.load(Array(CommandLine.arguments.dropFirst())) {
      case .help: end(.success, printing: HelpText.text(for: description, settings: declared))
      case .version: end(.success, printing: "\(description.executable) \(ServiceDescription.version)\n")
      case .probe(let address): probe(address, description)
      case .run(let settings, let migratesOnly): await run(service, settings, migratesOnly: migratesOnly)
      }
    } catch {
      FileHandles.standardError("\(description.executable): \(error)\n")
      exit(ExitCode(error).rawValue)
    }
  }

  /// For containers without a shell, whose engine asks by running a program inside.
  private static func probe(_ address: HTTPServerConfiguration.Address, _ description: ServiceDescription) -> Never {
    do throws(ServiceError) {
      try ReadinessProbe.ask(address)
    } catch {
      FileHandles.standardError("\(description.executable): \(error.message)\n")
      exit(ExitCode(error).rawValue)
    }
    exit(ExitCode.success.rawValue)
  }

  private static func run(_ service: any MeshService.Type, _ settings: Settings, migratesOnly: Bool) async -> Never {
    let description = service.description
    let output = LogOutput(service: description.name, format: logFormat(settings))
    let level = Logger.Level(rawValue: settings.string("LOG_LEVEL")) ?? .info
    LoggingSystem.bootstrap { label in ServiceLogHandler(label: label, output: output, level: level) }
    let logger = output.logger(label: description.name, level: level)
    observe(output)
    do {
      if migratesOnly {
        try await ServiceMigration.run(description, settings, logger: logger)
      } else {
        let run = ServiceRun(service, settings: settings, logger: logger)
        let signals = StopSignals(logger: logger, output: output, limit: settings.duration("SHUTDOWN_TIMEOUT")) {
          run.requestStop()
        }
        try await run.run()
        withExtendedLifetime(signals) {}
      }
      output.flush(within: .seconds(1))
      exit(ExitCode.success.rawValue)
    } catch {
      let code = ExitCode(error)
      logger.critical(
        "cannot run", metadata: ["error": "\(SafeDescription.of(error))", "exit": "\(code.rawValue)"])
      output.flush(within: .seconds(1))
      exit(code.rawValue)
    }
  }

  private static func logFormat(_ settings: Settings) -> LogFormat {
    switch settings.string("LOG_FORMAT") {
    case "json": .json
    case "text": .text
    default: isatty(STDERR_FILENO) == 1 ? .text : .json
    }
  }

  private static func observe(_ output: LogOutput) {
    let registry = PrometheusRegistry.shared
    registry.describe("log_lines_dropped_total", "Lines of the log that were dropped because its reader was slow.")
    let dropped = registry.makeFloatingPointCounter(label: "log_lines_dropped_total", dimensions: [])
    registry.addCollector {
      dropped.reset()
      dropped.increment(by: Double(output.droppedLines))
    }
  }

  private static func end(_ code: ExitCode, printing text: String) -> Never {
    let bytes = Array(text.utf8)
    // Whoever closed standard output does not want to read it.
    _ = write(STDOUT_FILENO, bytes, bytes.count)
    exit(code.rawValue)
  }
}

/// Standard error before there is a log.
enum FileHandles {
  static func standardError(_ text: String) {
    let bytes = Array(text.utf8)
    // Nobody to tell when this fails.
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}
