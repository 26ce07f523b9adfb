internal import CFuzzer
internal import Glibc

/// Runs libFuzzer's loop over a Swift function.
///
/// libFuzzer brings a `main` of its own, but the package manager links an executable with the target's entry point as
/// `main`. So each fuzz target has an ordinary `@main`, which hands its function to this.
package enum Fuzzer {
  /// Set once, before the loop starts; the loop has one thread.
  nonisolated(unsafe) private static var body: (UnsafeRawBufferPointer) -> Void = { _ in }

  /// Calls `body` with one input after another until libFuzzer's options say that it is enough.
  ///
  /// - Parameter body: must come back for every input, throw nothing, and give back all memory. A trap, a memory error
  ///   or a leak in it is a finding. The bytes are valid during the call only.
  package static func run(_ body: @escaping (UnsafeRawBufferPointer) -> Void) -> Never {
    Self.body = body
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    let code = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
      Fuzzer.body(UnsafeRawBufferPointer(start: data, count: size))
      return 0
    }
    exit(code)
  }
}
