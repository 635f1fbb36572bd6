/// Writes text and addresses so that HTML takes them for nothing else.
enum HTMLEscaping {
    /// Text, or an attribute between double quotation marks.
    static func append(text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        var start = 0
        for index in 0..<text.count {
            let escape: StaticString
            switch text[index] {
            case UInt8(ascii: "&"): escape = "&amp;"
            case UInt8(ascii: "<"): escape = "&lt;"
            case UInt8(ascii: ">"): escape = "&gt;"
            case UInt8(ascii: "\""): escape = "&quot;"
            default: continue
            }
            append(text, start..<index, to: &output)
            output.append(escape)
            start = index + 1
        }
        append(text, start..<text.count, to: &output)
    }

    private static func append(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, to output: inout [UInt8]) {
        guard !range.isEmpty else { return }
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[range]))
    }

    /// An address in an attribute, percent-encoded as CommonMark's reference renderer does it.
    static func append(address: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        for byte in address {
            if isKept(byte) {
                output.append(byte)
            } else if byte == UInt8(ascii: "&") {
                output.append("&amp;")
            } else if byte == UInt8(ascii: "'") {
                output.append("&#x27;")
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(hexadecimal(byte >> 4))
                output.append(hexadecimal(byte & 15))
            }
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }

    /// Letters, digits and `!#$%()*+,-./:;=?@_~`: a percent sign stays, because the address may be encoded already.
    private static func isKept(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "@")...UInt8(ascii: "Z"),
            UInt8(ascii: "(")...UInt8(ascii: ";"), UInt8(ascii: "#")...UInt8(ascii: "%"),
            UInt8(ascii: "!"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
