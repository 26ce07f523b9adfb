import MeshMessages
import MeshRPC
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
  @Test("A cancelled call ends its handler and the call that the handler makes", arguments: Carrier.allCases)
  func onward(_ carrier: Carrier) async throws {
    let reached = Gate()
    let backCancelled = Gate()
    let frontCancelled = Gate()
    let back = MethodHandler.unary(Probe.unary) { _, _ in
      reached.open()
      return try await hang(backCancelled)
    }
    try await carrier.run([back]) { inner in
      let front = MethodHandler.unary(Probe.unary) { request, _ in
        do {
          return try await inner.unary(Probe.unary, request, options: CallOptions())
        } catch {
          if Task.isCancelled { frontCancelled.open() }
          throw error
        }
      }
      try await carrier.run([front]) { outer in
        let call = Task { try await outer.probe() }
        try await reached.wait()
        call.cancel()
        let error = try await status { _ = try await call.value }
        #expect(error?.code == .cancelled)
        try await frontCancelled.wait()
        try await backCancelled.wait()
      }
    }
  }

  @Test("A stream left early is cancelled", arguments: Carrier.allCases)
  func leftEarly(_ carrier: Carrier) async throws {
    let cancelled = Gate()
    let handler = MethodHandler.serverStreaming(Probe.serverStreaming) { request, responses, _ in
      try await responses.write(request)
      try await hang(cancelled)
    }
    try await carrier.run([handler]) { channel in
      try await channel.serverStreaming(Probe.serverStreaming, Probe.text("one"), options: CallOptions()) { responses in
        for try await response in responses {
          #expect(response.text == "one")
          break
        }
      }
      try await cancelled.wait()
    }
  }

  @Test("A handler that waits for the next request learns of the client's end", arguments: Carrier.allCases)
  func waitingForRequests(_ carrier: Carrier) async throws {
    let isWaiting = Gate()
    let failed = Gate()
    let handler = MethodHandler.clientStreaming(Probe.clientStreaming) { requests, _ in
      do {
        for try await _ in requests { isWaiting.open() }
      } catch {
        failed.open()
        throw error
      }
      return Probe.Message()
    }
    try await carrier.run([handler]) { channel in
      let call = Task {
        try await channel.clientStreaming(Probe.clientStreaming, options: CallOptions()) { requests in
          try await requests.write(Probe.text("one"))
          try await Gate().wait()
        }
      }
      try await isWaiting.wait()
      call.cancel()
      let error = try await status { _ = try await call.value }
      #expect(error?.code == .cancelled)
      try await failed.wait()
    }
  }

  @Test("A slow reader stops the handler, and a cancelled one frees it", arguments: Carrier.allCases)
  func backPressure(_ carrier: Carrier) async throws {
    let stopped = Gate()
    let written = Recorder<Void>()
    let handler = MethodHandler.serverStreaming(Probe.serverStreaming) { _, responses, _ in
      defer { stopped.open() }
      while true {
        try await responses.write(Probe.zeros(16 * 1024))
        written.add(())
      }
    }
    try await carrier.run([handler]) { channel in
      try await channel.serverStreaming(Probe.serverStreaming, Probe.Message(), options: CallOptions()) { responses in
        var responses = responses.makeAsyncIterator()
        _ = try await responses.next()
      }
      try await stopped.wait()
      // A window of the stream, one of the socket and a queue: a few megabytes at most.
      #expect(written.values.count < 1_000)
    }
  }
}
