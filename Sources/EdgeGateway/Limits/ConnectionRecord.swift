internal import HTTPTransport
package import OutboundHTTP
internal import Synchronization

/// Counts the connections of each address that are in use.
package final class ConnectionPlaces: Sendable {
  private let perAddress: Int
  private let taken = Mutex<[RateSubject: Int]>([:])

  /// - Parameter perAddress: 0 for as many as come.
  package init(perAddress: Int) { self.perAddress = perAddress }

  func take(_ subject: RateSubject) -> Bool {
    guard perAddress > 0 else { return true }
    return taken.withLock { taken in
      guard taken[subject, default: 0] < perAddress else { return false }
      taken[subject, default: 0] += 1
      return true
    }
  }

  func give(_ subject: RateSubject) {
    guard perAddress > 0 else { return }
    taken.withLock { taken in
      guard let count = taken[subject] else { return }
      taken[subject] = count > 1 ? count - 1 : nil
    }
  }
}

/// What the gateway knows of a connection: who is at its other end, and whether it has one of that address's places.
///
/// A place is taken by the first request that needs one, and given back when the connection is closed. Requests with the
/// internal key need none; nor does a proxy, which carries many people's requests.
final class ConnectionRecord: Sendable {
  let address: IPAddress?
  let subject: RateSubject
  let isProxy: Bool
  private let places: ConnectionPlaces
  private let hasPlace = Atomic<Bool>(false)
  /// When a use of the internal key on this connection was last noted.
  private let auditedAt = Atomic<Int64>(0)

  init(_ connection: HTTPConnectionInfo, _ addresses: ClientAddress, _ places: ConnectionPlaces) {
    (address, isProxy) = addresses.peer(of: connection)
    subject = address.map { RateSubject($0) } ?? .local
    self.places = places
  }

  /// Notes the use of the internal key, for this connection once in a while only.
  func audit(_ key: InternalKey, _ client: () -> Client) {
    let now = RateClock.now()
    let last = auditedAt.load(ordering: .relaxed)
    guard last == 0 || now - last >= Self.auditPause else { return }
    auditedAt.store(now, ordering: .relaxed)
    key.audit(client())
  }

  private static let auditPause: Int64 = 1_000_000_000

  deinit {
    if hasPlace.load(ordering: .relaxed) { places.give(subject) }
  }

  /// Whether requests on this connection are served.
  func admit() -> Bool {
    if isProxy || address == nil || hasPlace.load(ordering: .relaxed) { return true }
    guard places.take(subject) else { return false }
    // Two requests of one connection at the same moment: one place is enough.
    if hasPlace.exchange(true, ordering: .relaxed) { places.give(subject) }
    return true
  }
}

/// Who makes a request, as far as the network tells.
package struct Client: Sendable {
  /// Nil for peers without one, such as Unix sockets.
  package let address: IPAddress?
  package let subject: RateSubject
  let record: ConnectionRecord?

  static let local = Client(address: nil, subject: .local, record: nil)
}

/// Finds out who makes a request.
package struct ClientFinder: Sendable {
  let addresses: ClientAddress
  let places: ConnectionPlaces

  package init(_ addresses: ClientAddress, _ places: ConnectionPlaces) {
    self.addresses = addresses
    self.places = places
  }

  /// To be called on the connection's event loop.
  func record(of connection: HTTPConnectionInfo) -> ConnectionRecord {
    if let record = connection.attachment as? ConnectionRecord { return record }
    let record = ConnectionRecord(connection, addresses, places)
    connection.attachment = record
    return record
  }

  /// To be called on the connection's event loop.
  func client(of connection: HTTPConnectionInfo, _ head: @autoclosure () -> HeaderBlock) -> Client {
    let record = record(of: connection)
    guard record.isProxy, let proxy = record.address else {
      return Client(address: record.address, subject: record.subject, record: record)
    }
    let address = addresses.client(behind: proxy, head())
    return Client(address: address, subject: RateSubject(address), record: record)
  }
}
