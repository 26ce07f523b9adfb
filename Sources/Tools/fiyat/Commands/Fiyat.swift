package import ArgumentParser

/// The command line of the radar, for people and operators.
package struct Fiyat: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "fiyat", abstract: "Looks into Fiyatradari and feeds it.",
    subcommands: [
      ImportCommand.self, TrackCommand.self, DealsCommand.self, HistoryCommand.self, JobsCommand.self,
      CheckCommand.self, LoadCommand.self, AdminCommand.self, BackupCommand.self,
    ])

  package init() {}
}
