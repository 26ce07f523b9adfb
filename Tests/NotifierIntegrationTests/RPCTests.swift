import MeshMessages
import MeshRPC
import PostgresClient
import ProtobufBridge
import TestSupport
import Testing

@testable import NotifierService

@Suite("The notifier's calls")
struct RPCTests {
  private func code(_ body: () async throws -> some Any) async -> (RPCError.Code, String)? {
    do {
      _ = try await body()
      return nil
    } catch let error as RPCError {
      return (error.code, error.message)
    } catch {
      return (.unknown, "\(error)")
    }
  }

  @Test("kinds that are not offered and addresses that must not be called are refused by field, and nothing is left")
  func registration() async throws {
    try await Notifier.run(nil, ["OUTBOUND_ALLOW": ""]) { notifier in
      func register(_ kind: NotifierV1.ChannelKind, _ address: String) async -> (RPCError.Code, String)? {
        await code {
          try await notifier.client.registerChannel(
            .with {
              $0.subscriber = "a"
              $0.kind = kind
              $0.address = address
            })
        }
      }
      let refused: [(NotifierV1.ChannelKind, String, RPCError.Code, String)] = [
        (.email, "a@b.test", .failedPrecondition, "kind: "), (.webPush, "x", .unimplemented, "kind: "),
        (.unspecified, "x", .invalidArgument, "kind: "), (.telegram, "abc", .invalidArgument, "address: "),
        (.telegram, "007", .invalidArgument, "address: "), (.webhook, "ftp://x.test", .invalidArgument, "address: "),
        (.webhook, "http://10.0.0.1/", .invalidArgument, "address: "),
        (.webhook, "http://169.254.169.254/latest", .invalidArgument, "address: "),
        (.webhook, "http://[::1]/", .invalidArgument, "address: "),
        (.webhook, "https://localhost/", .invalidArgument, "address: "),
        (.webhook, "https://8.8.8.8:25/", .invalidArgument, "address: "),
      ]
      for (kind, address, expected, field) in refused {
        let answer = await register(kind, address)
        #expect(answer?.0 == expected, "\(kind) \(address)")
        #expect(answer?.1.hasPrefix(field) == true, "\(answer?.1 ?? "")")
      }
      let left = try await notifier.count(
        "SELECT (SELECT count(*) FROM channel) + (SELECT count(*) FROM delivery)")
      #expect(left == 0)
    }
  }

  @Test("a subscriber has so many channels and alerts, and others are not touched by it")
  func limits() async throws {
    try await Notifier.run(nil, ["MAX_ALERTS": "2", "MAX_CHANNELS": "1"]) { notifier in
      try await notifier.target("a")
      try await notifier.target("a", product: 4)
      let third = await code { try await notifier.target("a", product: 5) }
      #expect(third?.0 == .resourceExhausted)
      try await notifier.target("b")
      func register(_ subscriber: String, _ chat: String) async -> (RPCError.Code, String)? {
        await code {
          try await notifier.client.registerChannel(
            .with {
              $0.subscriber = subscriber
              $0.kind = .telegram
              $0.address = chat
            })
        }
      }
      // The same one again, a moment later, and another.
      var answers: [RPCError.Code?] = []
      for (subscriber, chat) in [("a", "1"), ("a", "1"), ("a", "2"), ("b", "1")] {
        answers.append(await register(subscriber, chat)?.0)
      }
      #expect(answers == [nil, .resourceExhausted, .resourceExhausted, nil])
    }
  }

  @Test("alerts are listed in parts, changed by mask, and deleted with what they have not sent")
  func alerts() async throws {
    try await Notifier.run { notifier in
      let channel = try await notifier.chat(1, of: "a")
      var ids: [Int64] = []
      for product in Int64(1)...5 { ids.append(try await notifier.target("a", product: product).id) }
      var listed: [Int64] = []
      var token = ""
      repeat {
        let page = try await notifier.client.listAlerts(
          .with {
            $0.subscriber = "a"
            $0.page = .with { [token] in
              $0.size = 2
              $0.token = token
            }
          })
        listed += page.alerts.map(\.id)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(listed == ids.reversed())
      let changed = try await notifier.client.updateAlert(
        .with {
          $0.alert = .with { [ids] alert in
            alert.id = ids[0]
            alert.subscriber = "a"
            alert.paused = true
            alert.label = "not named in the mask"
            alert.channelIds = [channel]
          }
          $0.updateMask = .with { $0.paths = ["paused", "channel_ids"] }
        })
      #expect(changed.paused && changed.label.isEmpty && changed.channelIds == [channel])
      #expect(changed.rule == .targetPrice(.with { $0.price = lira(100_000) }))
      // Somebody else's.
      let foreign = await code {
        try await notifier.client.updateAlert(
          .with {
            $0.alert = .with { [ids] alert in
              alert.id = ids[0]
              alert.subscriber = "b"
            }
            $0.updateMask = .with { $0.paths = ["paused"] }
          })
      }
      #expect(foreign?.0 == .notFound)
      let unknown = await code {
        try await notifier.client.createAlert(
          .with {
            $0.alert = .with { alert in
              alert.subscriber = "b"
              alert.subject = .productId(1)
              alert.rule = .anyChange(NotifierV1.AnyChange())
              alert.channelIds = [channel]
            }
          })
      }
      #expect(unknown?.0 == .failedPrecondition && unknown?.1.hasPrefix("alert.channel_ids: ") == true)
      _ = try await notifier.client.pauseSending(.with { $0.paused = true })
      notifier.pricing.append([price(99_000, product: 2)])
      try await notifier.applied(1)
      _ = try await notifier.client.deleteAlert(
        .with { [ids] in
          $0.id = ids[1]
          $0.subscriber = "a"
        })
      #expect(try await notifier.count("SELECT count(*) FROM delivery WHERE state = 4") == 1)
    }
  }

  @Test("the status counts what there is")
  func status() async throws {
    try await Notifier.run { notifier in
      try await notifier.chat(1, of: "a")
      try await notifier.target("a")
      notifier.pricing.append([price(99_000)])
      try await waitUntil("it is sent") { try await notifier.client.getStatus(.init()).sent24h == 1 }
      let status = try await notifier.client.getStatus(.init())
      #expect(status.channels == 1 && status.alerts == 1 && status.pending == 0 && status.parked == 0)
      #expect(!status.paused && status.oldestPending == nil)
      #expect((status.pricingLag?.seconds ?? 99) < 5)
    }
  }

  @Test("a drop is counted from the price that pricing knows, over the product's listings")
  func base() async throws {
    try await Notifier.run { notifier in
      notifier.pricing.setPrices([
        .with {
          $0.listingId = 7
          $0.productId = 3
          $0.price = lira(120_000)
          $0.availability = .inStock
        },
        .with {
          $0.listingId = 8
          $0.productId = 3
          $0.price = lira(100_000)
          $0.availability = .inStock
        },
      ])
      let alert = try await notifier.client.createAlert(
        .with {
          $0.alert = .with { alert in
            alert.subscriber = "a"
            alert.subject = .productId(3)
            alert.rule = .drop(.with { $0.by = .basisPoints(1000) })
          }
        })
      #expect(alert.basePrice == lira(100_000))
    }
  }
}
