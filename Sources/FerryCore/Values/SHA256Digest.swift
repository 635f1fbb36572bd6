/// A SHA-256 digest (FIPS 180-4, §6.2).
public struct SHA256Digest {
    /// §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 prime numbers.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    /// The digest's eight words, most significant byte first.
    ///
    /// They begin as §5.3.3 says: the first 32 bits of the fractional parts of the square roots of the first 8 primes.
    public private(set) var words: InlineArray<8, UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    /// The digest of `message`.
    public init(of message: Span<UInt8>) {
        var block = InlineArray<16, UInt32>(repeating: 0)
        var offset = 0
        while offset + 64 <= message.count {
            for index in 0..<16 { block[index] = Self.word(of: message, at: offset + index * 4) }
            absorb(block)
            offset += 64
        }
        // > Append the bit "1" to the end of the message, followed by k zero bits […]. Then append the 64-bit block
        // > that is equal to the number l expressed using a binary representation. (§5.1.1)
        block = InlineArray(repeating: 0)
        for index in offset..<message.count { Self.put(message[index], at: index - offset, in: &block) }
        Self.put(0x80, at: message.count - offset, in: &block)
        if message.count - offset >= 56 {
            absorb(block)
            block = InlineArray(repeating: 0)
        }
        let bits = UInt64(message.count) &* 8
        block[14] = UInt32(truncatingIfNeeded: bits >> 32)
        block[15] = UInt32(truncatingIfNeeded: bits)
        absorb(block)
    }

    /// One step of §6.2.2.
    private mutating func absorb(_ block: InlineArray<16, UInt32>) {
        var schedule = InlineArray<64, UInt32>(repeating: 0)
        for index in 0..<16 { schedule[index] = block[index] }
        for index in 16..<64 {
            let early = schedule[index - 15]
            let late = schedule[index - 2]
            let small = Self.rotate(early, 7) ^ Self.rotate(early, 18) ^ early >> 3
            let large = Self.rotate(late, 17) ^ Self.rotate(late, 19) ^ late >> 10
            schedule[index] = large &+ schedule[index - 7] &+ small &+ schedule[index - 16]
        }
        var (a, b, c, d) = (words[0], words[1], words[2], words[3])
        var (e, f, g, h) = (words[4], words[5], words[6], words[7])
        for index in 0..<64 {
            let sumOfE = Self.rotate(e, 6) ^ Self.rotate(e, 11) ^ Self.rotate(e, 25)
            let first = h &+ sumOfE &+ (e & f ^ ~e & g) &+ Self.constants[index] &+ schedule[index]
            let sumOfA = Self.rotate(a, 2) ^ Self.rotate(a, 13) ^ Self.rotate(a, 22)
            let second = sumOfA &+ (a & b ^ a & c ^ b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        let mixed: InlineArray<8, UInt32> = [a, b, c, d, e, f, g, h]
        for index in 0..<8 { words[index] &+= mixed[index] }
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &>> count | word &<< (32 &- count)
    }

    @inline(__always)
    private static func word(of message: Span<UInt8>, at offset: Int) -> UInt32 {
        UInt32(message[offset]) << 24 | UInt32(message[offset + 1]) << 16 | UInt32(message[offset + 2]) << 8
            | UInt32(message[offset + 3])
    }

    private static func put(_ byte: UInt8, at index: Int, in block: inout InlineArray<16, UInt32>) {
        block[index / 4] |= UInt32(byte) << UInt32(24 - index % 4 * 8)
    }
}
