import FerryCore

/// Unicode's default case conversions (The Unicode Standard, §3.13), byte by byte where the text is ASCII.
enum CaseMapping {
    static func uppercase(_ bytes: Span<UInt8>, into output: inout [UInt8]) throws(TransformError) {
        let text: UTF8Span
        do { text = try UTF8Span(validating: bytes) } catch { throw notUTF8 }
        if text.isKnownASCII {
            appendASCII(text.span, to: &output, from: UInt8(ascii: "a"))
            return
        }
        var scalars = text.makeUnicodeScalarIterator()
        while let scalar = scalars.next() {
            if scalar.isASCII {
                output.append(swapCase(UInt8(truncatingIfNeeded: scalar.value), from: UInt8(ascii: "a")))
            } else {
                output.append(contentsOf: scalar.properties.uppercaseMapping.utf8)
            }
        }
    }

    static func lowercase(_ bytes: Span<UInt8>, into output: inout [UInt8]) throws(TransformError) {
        let text: UTF8Span
        do { text = try UTF8Span(validating: bytes) } catch { throw notUTF8 }
        if text.isKnownASCII {
            appendASCII(text.span, to: &output, from: UInt8(ascii: "A"))
            return
        }
        var scalars = text.makeUnicodeScalarIterator()
        // > Final_Sigma: C is preceded by a sequence consisting of a cased letter and then zero or more
        // > case-ignorable characters, and C is not followed by a sequence consisting of zero or more
        // > case-ignorable characters and then a cased letter.
        var isAfterCased = false
        while let scalar = scalars.next() {
            if scalar.isASCII {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                output.append(swapCase(byte, from: UInt8(ascii: "A")))
                if (byte | 0x20) &- UInt8(ascii: "a") < 26 {
                    isAfterCased = true
                } else if !scalar.properties.isCaseIgnorable {
                    isAfterCased = false
                }
                continue
            }
            if scalar == "\u{3A3}" {
                output.append(scalar: isAfterCased && !isBeforeCased(scalars) ? "\u{3C2}" : "\u{3C3}")
            } else {
                output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
            }
            if !scalar.properties.isCaseIgnorable { isAfterCased = scalar.properties.isCased }
        }
    }

    private static var notUTF8: TransformError { TransformError("the value is not text in UTF-8") }

    /// Whether a cased letter comes next, case-ignorable characters aside.
    private static func isBeforeCased(_ scalars: UTF8Span.UnicodeScalarIterator) -> Bool {
        var rest = scalars
        while let scalar = rest.next() {
            if !scalar.properties.isCaseIgnorable { return scalar.properties.isCased }
        }
        return false
    }

    /// The other case of a letter in the alphabet that begins with `first`; any other byte as it is.
    @inline(__always)
    private static func swapCase(_ byte: UInt8, from first: UInt8) -> UInt8 {
        byte ^ (byte &- first < 26 ? 0x20 : 0)
    }

    private static func appendASCII(_ bytes: Span<UInt8>, to output: inout [UInt8], from first: UInt8) {
        output.append(addingCapacity: bytes.count) { (room: inout OutputSpan<UInt8>) in
            for index in bytes.indices { room.append(swapCase(bytes[index], from: first)) }
        }
    }
}
