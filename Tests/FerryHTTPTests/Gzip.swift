/// Just enough of RFC 1951 and 1952 to make compressed bodies without a compressor.
enum Gzip {
    static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]

    /// A gzip file that stores `bytes` uncompressed, in one block of up to 65,535 bytes.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt16(bytes.count)
        let block = [1] + littleEndian(count) + littleEndian(~count) + bytes
        return header + block + littleEndian(checksum(bytes)) + littleEndian(UInt32(bytes.count))
    }

    /// The beginning of a gzip file that inflates to about `count` zeros, 159 times as many as it has bytes.
    static func zeros(_ count: Int) -> [UInt8] {
        var bits = BitWriter()
        // A last block with fixed codes: one literal 0, then copies of 258 bytes from distance 1.
        bits.append(0b1, 1)
        bits.append(0b01, 2)
        bits.appendReversed(0b0011_0000, 8)
        for _ in 0..<(count / 258) {
            bits.appendReversed(0b1100_0101, 8)
            bits.appendReversed(0, 5)
        }
        return header + bits.bytes
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var remainder: UInt32 = .max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
        }
        return ~remainder
    }

    private struct BitWriter {
        var bytes: [UInt8] = []
        private var used = 8

        mutating func append(_ value: Int, _ count: Int) {
            for index in 0..<count { appendBit(value >> index & 1) }
        }

        mutating func appendReversed(_ value: Int, _ count: Int) {
            for index in (0..<count).reversed() { appendBit(value >> index & 1) }
        }

        private mutating func appendBit(_ bit: Int) {
            if used == 8 {
                bytes.append(0)
                used = 0
            }
            bytes[bytes.count - 1] |= UInt8(bit << used)
            used += 1
        }
    }
}
