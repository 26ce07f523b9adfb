internal import CProtobufC
internal import Glibc

/// The bookkeeping of one arena: where the next byte goes, and which chunks there are.
@usableFromInline
package struct ArenaState {
  package var cursor: UnsafeMutableRawPointer
  package var end: UnsafeMutableRawPointer
  /// The newest chunk; each begins with a `ChunkHeader`.
  var chunk: UnsafeMutableRawPointer
  /// Bytes of all chunks.
  var capacity: Int
  /// Bytes that all chunks together may have.
  var limit: Int
}

private struct ChunkHeader {
  var previous: UnsafeMutableRawPointer?
  var size: Int
}

/// Memory for one message at a time: handed out by moving a pointer, given back all at once.
///
/// protobuf-c allocates for every string, array and child; an arena makes these cost a few instructions each and one
/// reset for all. Not thread-safe: `ArenaPool` hands each thread its own.
@usableFromInline
final class Arena {
  /// What an idle arena keeps at most. A larger chunk that one big message needed is given back.
  static let retainedCapacity = 256 << 10
  private static let initialCapacity = 8 << 10
  private static let alignment = 16

  let state: UnsafeMutablePointer<ArenaState>
  /// For protobuf-c's calls; points back to `state`.
  let allocator: UnsafeMutablePointer<ProtobufCAllocator>

  init() {
    let chunk = Arena.makeChunk(size: Arena.initialCapacity, previous: nil)
    state = .allocate(capacity: 1)
    state.initialize(
      to: ArenaState(
        cursor: chunk + MemoryLayout<ChunkHeader>.stride, end: chunk + Arena.initialCapacity, chunk: chunk,
        capacity: Arena.initialCapacity, limit: .max))
    allocator = .allocate(capacity: 1)
    allocator.initialize(to: Arena.allocator(of: state))
  }

  /// What protobuf-c calls to allocate from the arena; freeing is nothing, until `reset`.
  static func allocator(of state: UnsafeMutablePointer<ArenaState>) -> ProtobufCAllocator {
    ProtobufCAllocator(
      alloc: { data, size in
        guard let data else { return nil }
        return Arena.allocate(data.assumingMemoryBound(to: ArenaState.self), size)
      },
      free: { _, _ in },
      allocator_data: UnsafeMutableRawPointer(state))
  }

  deinit {
    var chunk: UnsafeMutableRawPointer? = state.pointee.chunk
    while let current = chunk {
      chunk = current.load(as: ChunkHeader.self).previous
      current.deallocate()
    }
    state.deallocate()
    allocator.deallocate()
  }

  /// Makes all memory free again and drops chunks beyond `retainedCapacity`.
  func reset() {
    var chunk = state.pointee.chunk
    // The newest chunk is the largest: it stays if it is small enough, else the first one does.
    let keepsNewest = chunk.load(as: ChunkHeader.self).size <= Arena.retainedCapacity
    while let previous = chunk.load(as: ChunkHeader.self).previous {
      if keepsNewest {
        let older = previous.load(as: ChunkHeader.self).previous
        chunk.storeBytes(of: older, as: UnsafeMutableRawPointer?.self)
        previous.deallocate()
      } else {
        chunk.deallocate()
        chunk = previous
      }
    }
    let size = chunk.load(as: ChunkHeader.self).size
    state.pointee = ArenaState(
      cursor: chunk + MemoryLayout<ChunkHeader>.stride, end: chunk + size, chunk: chunk, capacity: size, limit: .max)
  }

  /// `size` bytes, aligned for any field, or nil where the arena's limit is reached. Contents are undefined.
  @inline(__always)
  static func allocate(_ state: UnsafeMutablePointer<ArenaState>, _ size: Int) -> UnsafeMutableRawPointer? {
    let start = state.pointee.cursor
    // Messages and arrays need 8-byte alignment, and the C library does not say what it allocates for.
    let room = state.pointee.end - start
    guard size >= 0, size <= room - 8 else { return allocateInNewChunk(state, size) }
    state.pointee.cursor = start + ((size + 7) & ~7)
    return start
  }

  @inline(never)
  private static func allocateInNewChunk(
    _ state: UnsafeMutablePointer<ArenaState>, _ size: Int
  ) -> UnsafeMutableRawPointer? {
    guard size >= 0, size <= state.pointee.limit - min(state.pointee.capacity, state.pointee.limit) else { return nil }
    let needed = size + MemoryLayout<ChunkHeader>.stride + 16
    let newSize = max(needed, min(state.pointee.capacity * 2, 1 << 20))
    let chunk = makeChunk(size: newSize, previous: state.pointee.chunk)
    state.pointee.chunk = chunk
    state.pointee.capacity += newSize
    let start = chunk + MemoryLayout<ChunkHeader>.stride
    state.pointee.cursor = start + ((size + 7) & ~7)
    state.pointee.end = chunk + newSize
    return start
  }

  private static func makeChunk(size: Int, previous: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
    let chunk = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: alignment)
    chunk.initializeMemory(as: ChunkHeader.self, to: ChunkHeader(previous: previous, size: size))
    return chunk
  }
}

/// Runs `body` with this thread's arena, and frees all that it allocated there.
///
/// Calls may nest (a body that encodes another message): the inner call gets an arena of its own.
@inline(__always)
func withArena<R, Failure: Error>(_ body: (Arena) throws(Failure) -> R) throws(Failure) -> R {
  let arena = ArenaPool.take()
  defer { ArenaPool.give(arena) }
  return try body(arena)
}

/// One idle arena for each thread, freed when the thread ends.
@usableFromInline
enum ArenaPool {
  private static let key: pthread_key_t? = {
    var key = pthread_key_t()
    let failed = pthread_key_create(&key) { arena in
      if let arena { Unmanaged<Arena>.fromOpaque(arena).release() }
    }
    return failed == 0 ? key : nil
  }()

  @usableFromInline
  static func take() -> Arena {
    guard let key, let idle = pthread_getspecific(key) else { return Arena() }
    pthread_setspecific(key, nil)
    return Unmanaged<Arena>.fromOpaque(idle).takeRetainedValue()
  }

  @usableFromInline
  static func give(_ arena: Arena) {
    arena.reset()
    guard let key, pthread_getspecific(key) == nil else { return }
    let retained = Unmanaged.passRetained(arena)
    if pthread_setspecific(key, retained.toOpaque()) != 0 { retained.release() }
  }
}
