import CCurl

/// Compression of request bodies (RFC 1952).
public enum Gzip {
    /// The bytes as a gzip stream, the same one for the same bytes; `nil` when there is no memory for it.
    public static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // A body is read once and goes over a network: more than the default level costs time and saves little.
        guard ferry_gzip_begin(&stream, Z_DEFAULT_COMPRESSION) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        return bytes.withUnsafeBufferPointer { input in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bound) { output in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(bound)
                guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
                return Array(output.prefix(bound - Int(stream.avail_out)))
            }
        }
    }
}
