/// Why a service does not run.
package struct ServiceError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private init(_ description: String) { self.description = description }

    /// A setting cannot be used.
    package static let configuration = Code("configuration")
    /// A server that is needed stays away, or an address is taken.
    package static let unavailable = Code("unavailable")
    /// The schema cannot be brought up to date.
    package static let migration = Code("migration")
    /// A fault in the program.
    package static let `internal` = Code("internal")
  }

  package var code: Code
  /// What happened and what to do about it; safe to log.
  package var message: String
  package var cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String { cause.map { "\(message) (\(SafeDescription.of($0)))" } ?? message }
}

/// How the process ends (sysexits.h).
package struct ExitCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let success = ExitCode(rawValue: 0)
  /// A wrong flag.
  package static let usage = ExitCode(rawValue: 64)
  /// A server that is needed stays away.
  package static let unavailable = ExitCode(rawValue: 69)
  /// A fault inside.
  package static let software = ExitCode(rawValue: 70)
  /// A wrong setting.
  package static let configuration = ExitCode(rawValue: 78)

  init(_ error: any Error) {
    switch error {
    case let error as SettingsError: self = error.code == .usage ? .usage : .configuration
    case let error as ServiceError where error.code == .configuration: self = .configuration
    case let error as ServiceError where error.code == .unavailable: self = .unavailable
    default: self = .software
    }
  }
}
