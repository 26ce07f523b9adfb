extension ListingFold {
  private static let version: UInt8 = 1

  /// The fold in a compact form, about 6 bytes a point.
  package func packed() -> [UInt8] {
    var writer = PackedWriter()
    writer.write(unsigned: UInt64(Self.version))
    writer.write(optional: firstObservedAt)
    writer.write(optional: lastObservedAt)
    writer.write(optional: glitchGuard.current)
    writer.write(optional: glitchGuard.held) { writer, held in
      writer.write(HistoryPoint(held), since: Moment(milliseconds: 0))
      writer.write(held.seller)
    }
    writer.write(optional: priceSince)
    writer.write(seller)
    writer.write(timeline)
    writer.write(deals)
    return writer.bytes
  }

  /// Reads what `packed` wrote.
  /// - Throws: `PackingError` when it cannot.
  package init(packed bytes: [UInt8]) throws(PackingError) {
    var reader = PackedReader(bytes)
    guard try reader.unsigned() == UInt64(Self.version) else { throw PackingError("is of another version") }
    self.init(
      firstObservedAt: try reader.optionalMoment(), lastObservedAt: try reader.optionalMoment(),
      glitchGuard: try reader.glitchGuard(), timeline: Timeline(), deals: DealTracker(),
      priceSince: try reader.optionalMoment(), seller: try reader.text())
    restore(timeline: try reader.timeline(), deals: try reader.dealTracker())
    guard reader.isAtEnd else { throw PackingError("has bytes left over") }
  }

  private mutating func restore(timeline: Timeline, deals: DealTracker) {
    restore(timeline.points, past: timeline.past)
    self.deals = deals
  }
}

extension PackedWriter {
  /// Availability and what is there in one byte, then the distance in time and the amounts.
  mutating func write(_ point: HistoryPoint, since before: Moment) {
    var head = UInt64(point.availability.rawValue) << 2
    if point.price != nil { head |= 1 }
    if point.listPrice != nil { head |= 2 }
    write(unsigned: head)
    write(point.at - before)
    if let price = point.price { write(price) }
    if let listPrice = point.listPrice { write(listPrice) }
  }

  mutating func write(_ timeline: Timeline) {
    let past = timeline.past
    write(past.count)
    if !past.isEmpty {
      write(past.weightedSum)
      write(past.inStock)
      write(past.outOfStock)
      write(optional: past.lowest)
      write(optional: past.highest)
      write(optional: past.lastInStock)
    }
    write(unsigned: UInt64(timeline.points.count))
    var before = Moment(milliseconds: 0)
    for point in timeline.points {
      write(point, since: before)
      before = point.at
    }
  }
}

extension PackedReader {
  mutating func point(since before: Moment) throws(PackingError) -> HistoryPoint {
    let head = try unsigned()
    guard let availability = Availability(rawValue: Int16(truncatingIfNeeded: head >> 2)) else {
      throw PackingError("has a point of unknown availability")
    }
    let distance = try int64()
    let (milliseconds, overflows) = before.milliseconds.addingReportingOverflow(distance)
    guard !overflows else { throw PackingError("has a point out of range") }
    return HistoryPoint(
      at: Moment(milliseconds: milliseconds), price: head & 1 == 0 ? nil : try int64(),
      listPrice: head & 2 == 0 ? nil : try int64(), availability: availability)
  }

  mutating func glitchGuard() throws(PackingError) -> GlitchGuard {
    let current = try optionalInt64()
    let held = try optional { (reader) throws(PackingError) in
      let point = try reader.point(since: Moment(milliseconds: 0))
      return Observation(
        at: point.at, price: point.price, listPrice: point.listPrice, availability: point.availability,
        seller: try reader.text())
    }
    return GlitchGuard(current: current, held: held)
  }

  mutating func timeline() throws(PackingError) -> Timeline {
    var past = PastSummary()
    past.count = try int64()
    if !past.isEmpty {
      past.weightedSum = try int128()
      past.inStock = try int64()
      past.outOfStock = try int64()
      past.lowest = try optionalExtreme()
      past.highest = try optionalExtreme()
      past.lastInStock = try optionalExtreme()
    }
    let count = try unsigned()
    guard count <= UInt64(remaining) else { throw PackingError("has too many points") }
    var points: [HistoryPoint] = []
    // With room for the one that an observation adds: growing would take twice as much.
    points.reserveCapacity(Int(count) + 1)
    var before = Moment(milliseconds: 0)
    for _ in 0..<count {
      let point = try point(since: before)
      points.append(point)
      before = point.at
    }
    return Timeline(past: past, points: points)
  }
}
