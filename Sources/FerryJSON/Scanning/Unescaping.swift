extension ByteScanner {
    /// Appends a string's content, `range`, to `output` with its escapes resolved.
    ///
    /// Throws `loneSurrogate` with the offset of the escape that UTF-8 cannot represent; `output` is then as before.
    func unescape(_ range: Range<Int>, into output: inout [UInt8]) throws(Fault) {
        let before = output.count
        // No escape is shorter than what it stands for: the raw content makes room enough for the resolved one.
        output.append(contentsOf: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
        do throws(Fault) {
            let written = try output.withUnsafeMutableBufferPointer { buffer throws(Fault) -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return try resolve(range, to: start + before)
            }
            output.removeLast(range.count - written)
        } catch {
            output.removeLast(range.count)
            throw error
        }
    }

    /// Writes the resolved content to `output`, which has room for `range.count` bytes; returns how many it wrote.
    ///
    /// At all times `written <= offset - range.lowerBound`, because every escape takes at least as many bytes as it
    /// stands for (2 for 1, 6 for at most 3, 12 for 4). So wherever eight bytes can be read, eight can be written.
    private func resolve(_ range: Range<Int>, to output: UnsafeMutablePointer<UInt8>) throws(Fault) -> Int {
        let limit = range.upperBound
        var offset = range.lowerBound
        var written = 0
        while true {
            while offset + 8 <= limit {
                let word = word(offset)
                UnsafeMutableRawPointer(output + written).storeBytes(of: word.littleEndian, as: UInt64.self)
                let marks = Self.marksOfBackslashes(word)
                let plain = marks == 0 ? 8 : marks.trailingZeroBitCount >> 3
                offset += plain
                written += plain
                if marks != 0 { break }
            }
            while offset < limit, base[offset] != Byte.backslash {
                output[written] = base[offset]
                offset += 1
                written += 1
            }
            guard offset < limit else { return written }
            guard offset + 1 < limit else { throw Fault(.invalidEscape, at: offset) }
            if let byte = Self.resolved(base[offset + 1]) {
                output[written] = byte
                offset += 2
                written += 1
            } else {
                let (scalar, next) = try codePoint(offset, limit: limit)
                written += Self.encode(scalar, to: output + written)
                offset = next
            }
        }
    }

    @inline(__always)
    private static func resolved(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): 0x0A
        case Byte.quote, Byte.backslash, UInt8(ascii: "/"): byte
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: nil
        }
    }

    /// Reads `\uXXXX`, or two of them that make a pair (RFC 8259, §7).
    private func codePoint(_ start: Int, limit: Int) throws(Fault) -> (scalar: UInt32, next: Int) {
        let unit = try codeUnit(start, limit: limit)
        guard unit & 0xF800 == 0xD800 else { return (unit, start + 6) }
        guard unit < 0xDC00, start + 8 <= limit, base[start + 6] == Byte.backslash,
            base[start + 7] == UInt8(ascii: "u")
        else { throw Fault(.loneSurrogate, at: start) }
        let low = try codeUnit(start + 6, limit: limit)
        guard low & 0xFC00 == 0xDC00 else { throw Fault(.loneSurrogate, at: start) }
        return (0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF, start + 12)
    }

    private func codeUnit(_ start: Int, limit: Int) throws(Fault) -> UInt32 {
        guard start + 6 <= limit, base[start + 1] == UInt8(ascii: "u") else { throw Fault(.invalidEscape, at: start) }
        var value: UInt32 = 0
        for offset in start + 2..<start + 6 {
            guard let digit = Self.hexadecimalDigit(base[offset]) else { throw Fault(.invalidEscape, at: offset) }
            value = value << 4 | digit
        }
        return value
    }

    /// Writes a Unicode scalar value as UTF-8; returns how many bytes it took.
    private static func encode(_ scalar: UInt32, to output: UnsafeMutablePointer<UInt8>) -> Int {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: scalar >> shift & 0x3F | 0x80) }
        switch scalar {
        case ..<0x80:
            output[0] = UInt8(truncatingIfNeeded: scalar)
            return 1
        case ..<0x800:
            output[0] = UInt8(truncatingIfNeeded: scalar >> 6 | 0xC0)
            output[1] = continuation(0)
            return 2
        case ..<0x10000:
            output[0] = UInt8(truncatingIfNeeded: scalar >> 12 | 0xE0)
            output[1] = continuation(6)
            output[2] = continuation(0)
            return 3
        default:
            output[0] = UInt8(truncatingIfNeeded: scalar >> 18 | 0xF0)
            output[1] = continuation(12)
            output[2] = continuation(6)
            output[3] = continuation(0)
            return 4
        }
    }
}
