import Testing

/// Real sockets and short time-outs: one test after the other, so that none waits for another's loops.
@Suite(.serialized, .timeLimit(.minutes(1))) enum LoopbackTests {}
