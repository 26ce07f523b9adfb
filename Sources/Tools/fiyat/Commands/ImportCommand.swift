import ArgumentParser

/// `fiyat import`: files into the radar.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Takes over products or prices from CSV files, plain or .gz.",
    discussion: """
      A row that cannot be taken over is reported with its line and does not stop the others. A second run changes \
      nothing; an interrupted one goes on where it was.
      """,
    subcommands: [ImportProducts.self, ImportPrices.self])
}

struct ImportOptions: ParsableArguments {
  @Argument(help: "The file: CSV with a header line; .gz is decompressed.")
  var file: String

  @Option(help: "The shop that the rows are of; the column `id` or `product_id` is its own id.")
  var shop: String

  @Flag(help: "Begins at the file's start even where an earlier run was interrupted.")
  var fromStart = false

  @OptionGroup var mesh: MeshOptions
  @OptionGroup var output: OutputOptions
}
