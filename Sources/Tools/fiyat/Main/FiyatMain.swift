import ArgumentParser
import FiyatCommands

/// The executable `fiyat`.
@main
enum FiyatMain {
  static func main() async { await Fiyat.main() }
}
