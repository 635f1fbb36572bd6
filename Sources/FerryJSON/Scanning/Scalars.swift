import FerryCore

/// A `null`, a boolean or a number.
struct ScalarToken {
    /// The offset behind the last byte.
    var end: Int
    /// What it is.
    var kind: ValueKind
}

extension ByteScanner {
    /// Scans the `null`, boolean or number at `start`.
    @inline(__always)
    func scalar(_ start: Int) throws(Fault) -> ScalarToken {
        switch peek(start) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), Byte.minus:
            ScalarToken(end: try number(start), kind: .number)
        case UInt8(ascii: "t"): ScalarToken(end: try literal("true", at: start), kind: .true)
        case UInt8(ascii: "f"): ScalarToken(end: try literal("false", at: start), kind: .false)
        case UInt8(ascii: "n"): ScalarToken(end: try literal("null", at: start), kind: .null)
        default: throw unexpected(.expectedValue, at: start)
        }
    }

    @inline(__always)
    private func literal(_ name: StaticString, at start: Int) throws(Fault) -> Int {
        let count = name.utf8CodeUnitCount
        for index in 0..<count where peek(start + index) != name.utf8Start[index] {
            throw unexpected(.expectedValue, at: start + index)
        }
        return start + count
    }

    /// Scans the number at `start`.
    ///
    /// RFC 8259, §6: `number = [ minus ] int [ frac ] [ exp ]`
    func number(_ start: Int) throws(Fault) -> Int {
        var offset = start
        if peek(offset) == Byte.minus { offset += 1 }
        // int = zero / ( digit1-9 *DIGIT )
        if peek(offset) == UInt8(ascii: "0") {
            offset += 1
            if Self.isDigit(peek(offset)) { throw Fault(.invalidNumber, at: offset) }
        } else {
            offset = try digits(offset)
        }
        // frac = decimal-point 1*DIGIT
        if peek(offset) == UInt8(ascii: ".") { offset = try digits(offset + 1) }
        // exp = e [ minus / plus ] 1*DIGIT
        if peek(offset) | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if peek(offset) == UInt8(ascii: "+") || peek(offset) == Byte.minus { offset += 1 }
            offset = try digits(offset)
        }
        return offset
    }

    @inline(__always)
    private func digits(_ start: Int) throws(Fault) -> Int {
        var offset = start
        while Self.isDigit(peek(offset)) { offset += 1 }
        guard offset > start else { throw unexpected(.invalidNumber, at: start) }
        return offset
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
