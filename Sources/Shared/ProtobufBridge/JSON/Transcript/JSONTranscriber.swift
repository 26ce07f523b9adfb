internal import Synchronization

/// Writes the JSON form of messages right from their wire form, as `MessageJSON.json` does, in a quarter of the time. It
/// remembers how each type is written, so make one for some options and keep it.
package final class JSONTranscriber: Sendable {
  package let options: JSONOptions
  private let plans: Mutex<Plans>

  // Plans are written under the lock and never change once they were given out.
  private struct Plans: ~Copyable, @unchecked Sendable {
    var maker: JSONPlanMaker
  }

  private struct Known: @unchecked Sendable {
    var plan: UnsafePointer<JSONPlan>
    var forms: [JSONForm.WireWriter]
  }

  package init(_ options: JSONOptions) {
    self.options = options
    plans = Mutex(Plans(maker: JSONPlanMaker(options)))
  }

  /// - Throws: `ProtobufError` as `MessageJSON.json`.
  package func json(
    wire bytes: UnsafeRawBufferPointer, layout: MessageLayout, limits: DecodingLimits = DecodingLimits()
  ) throws(ProtobufError) -> [UInt8] {
    try WireValidator.validate(bytes, layout: layout, limits: limits)
    if let text = print(valid: bytes, layout) { return text }
    return try MessageJSON.json(wire: bytes, layout: layout, limits: limits, options: options)
  }

  /// Nil for a message that must go the long way: see `WirePrinter`.
  ///
  /// - Parameter bytes: as `WireValidator` has found them well formed.
  package func print(valid bytes: UnsafeRawBufferPointer, _ layout: MessageLayout) -> [UInt8]? {
    let known = plans.withLock { plans in
      // The plan first: making it adds forms.
      let plan = plans.maker.plan(of: layout)
      return Known(plan: plan, forms: plans.maker.forms)
    }
    // JSON is some three times as long as the wire form.
    var printer = WirePrinter(known.forms, options, capacity: bytes.count * 3 + 512)
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let isWritten =
      if let start {
        printer.message(start, start + bytes.count, known.plan, depth: 1)
      } else {
        printer.emptyMessage(known.plan)
      }
    // The plans are this object's.
    return withExtendedLifetime(self) { isWritten ? printer.out.bytes : nil }
  }
}
