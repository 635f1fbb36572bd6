import CCurl

/// Undoes `gzip` and `deflate` while the bytes arrive.
///
/// libcurl could do it, but its release 7.88 takes a body that is cut short for a whole one.
final class Inflater {
    /// How far it got.
    enum Outcome {
        /// The bytes are taken.
        case taken
        /// The body would be longer than allowed.
        case tooLarge
        /// These are not the bytes of such a stream.
        case malformed
    }

    private static let scratchBytes = 64 << 10

    // zlib keeps the stream's address, so it must never move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let scratch: UnsafeMutablePointer<UInt8>

    /// Whether the stream has ended where it says it ends, checksum included.
    private(set) var isComplete = false

    /// An inflater for a body of that encoding that begins with `firstByte`.
    init(encoding: String, firstByte: UInt8) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        scratch = .allocate(capacity: Self.scratchBytes)
        // 32 recognises gzip's and zlib's headers. What some servers call deflate has neither; a zlib header's low
        // four bits are always 8, and a headerless stream does not begin like that.
        let isBare = encoding == "deflate" && firstByte & 0x0F != 8
        // It fails only without memory; every `inflate` then reports the missing state.
        _ = ferry_inflate_begin(stream, isBare ? -MAX_WBITS : MAX_WBITS + 32)
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        scratch.deallocate()
    }

    /// Appends what `bytes` decode to, never letting `body` grow past `limit`.
    func append(_ bytes: UnsafeRawBufferPointer, to body: inout [UInt8], limit: Int) -> Outcome {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return .taken }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
        stream.pointee.avail_in = UInt32(bytes.count)
        while stream.pointee.avail_in > 0 {
            if isComplete {
                // A gzip file may have several members (RFC 1952, 2.2).
                inflateReset(stream)
                isComplete = false
            }
            let outcome = drain(to: &body, limit: limit)
            guard case .taken = outcome else { return outcome }
        }
        return .taken
    }

    private func drain(to body: inout [UInt8], limit: Int) -> Outcome {
        repeat {
            stream.pointee.next_out = scratch
            stream.pointee.avail_out = UInt32(Self.scratchBytes)
            let code = inflate(stream, Z_NO_FLUSH)
            let produced = Self.scratchBytes - Int(stream.pointee.avail_out)
            guard body.count + produced <= limit else { return .tooLarge }
            body.append(contentsOf: UnsafeBufferPointer(start: scratch, count: produced))
            switch code {
            case Z_STREAM_END: isComplete = true
            case Z_OK: break
            case Z_BUF_ERROR where stream.pointee.avail_in == 0: return .taken
            default: return .malformed
            }
        } while stream.pointee.avail_out == 0 && !isComplete
        return .taken
    }
}
