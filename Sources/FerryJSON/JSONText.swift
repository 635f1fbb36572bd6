public import FerryCore

/// Small pieces of JSON text: checks and appends that readers and writers of other parts share.
public enum JSONText {
    /// Appends a string's content with the escapes that RFC 8259, §7 demands, without quotation marks.
    ///
    /// The bytes must be well-formed UTF-8 (see ``isValidUTF8(_:)``); characters outside ASCII stay as they are.
    public static func appendEscaped(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        bytes.withMemoryRebound(to: UInt8.self) { appendEscaped($0, into: &output) }
    }

    /// Appends a string with its quotation marks and escapes.
    ///
    /// The bytes must be well-formed UTF-8 (see ``isValidUTF8(_:)``).
    public static func appendString(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        output.append(Byte.quote)
        appendEscaped(bytes, into: &output)
        output.append(Byte.quote)
    }

    /// Appends a cell's value: strings escaped and in quotation marks, numbers and JSON as they are.
    ///
    /// A missing cell, which callers leave out where they can, is written as `null`. A cell that holds JSON keeps its
    /// white space, line breaks included.
    public static func appendCell(_ cell: Cell, of batch: RecordBatch, into output: inout [UInt8]) {
        switch cell.kind {
        case .missing, .null: append("null", into: &output)
        case .false: append("false", into: &output)
        case .true: append("true", into: &output)
        case .number, .json:
            batch.withBytes(of: cell) { bytes in
                bytes.withMemoryRebound(to: UInt8.self) { output.append(contentsOf: $0) }
            }
        case .string:
            batch.withBytes(of: cell) { appendString($0, into: &output) }
        }
    }

    /// Whether the bytes are one JSON number (RFC 8259, §6) and nothing else.
    public static func isValidNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
        scan(bytes, maximumDepth: 0) { scanner throws(Fault) in
            // A scanner's `number` demands a digit, so an empty or other text fails.
            try scanner.number(0) == scanner.end
        }
    }

    /// Whether the bytes are one JSON text (RFC 8259) in well-formed UTF-8, nested at most `maximumDepth` deep.
    ///
    /// White space around the value is allowed, a byte order mark is not.
    public static func isValid(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = JSONDepth.standard) -> Bool {
        validity(of: bytes, maximumDepth: maximumDepth) == .valid
    }

    /// Whether bytes are JSON, and whether that is for their depth alone.
    public enum Validity: Sendable {
        /// One JSON text.
        case valid
        /// Up to the limit it is JSON; what lies deeper has not been looked at.
        case tooDeep
        /// No JSON.
        case invalid
    }

    /// Like ``isValid(_:maximumDepth:)``, and tells what is nested too deeply from what is no JSON.
    public static func validity(of bytes: UnsafeRawBufferPointer, maximumDepth: Int) -> Validity {
        var validity = Validity.invalid
        _ = scan(bytes, maximumDepth: maximumDepth) { scanner throws(Fault) in
            do throws(Fault) {
                try scanner.expectEnd(try scanner.skip(scanner.skipSpace(0), depth: 0))
                validity = .valid
            } catch {
                if error.reason == .tooDeep { validity = .tooDeep }
            }
            return true
        }
        return validity
    }

    /// The first character of a whole document that is good: `{` of an object, `[` of an array.
    ///
    /// A byte order mark at the start is ignored.
    ///
    /// - Throws: ``JSONFailure`` that says where the document breaks off or goes wrong.
    public static func opening(of bytes: [UInt8], maximumDepth: Int) throws(JSONFailure) -> Unicode.Scalar {
        do throws(Fault) {
            return try bytes.withUnsafeBufferPointer { bytes throws(Fault) in
                guard let base = bytes.baseAddress else { throw Fault(.unexpectedEnd, at: 0) }
                let scanner = ByteScanner(base: base, end: bytes.count, isTrusted: false, maximumDepth: maximumDepth)
                try scanner.expectEnd(try scanner.skip(scanner.documentStart, depth: 0))
                return Unicode.Scalar(base[scanner.documentStart])
            }
        } catch {
            throw error.failure
        }
    }

    /// Whether the bytes are well-formed UTF-8.
    public static func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { UTF8Text.firstError(in: $0) == nil }
    }

    private static func scan(
        _ bytes: UnsafeRawBufferPointer,
        maximumDepth: Int,
        _ body: (ByteScanner) throws(Fault) -> Bool
    ) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { bytes in
            guard let base = bytes.baseAddress else { return false }
            let scanner = ByteScanner(
                base: base,
                end: bytes.count,
                isTrusted: false,
                maximumDepth: maximumDepth
            )
            do throws(Fault) {
                return try body(scanner)
            } catch {
                return false
            }
        }
    }
}

extension JSONText {
    /// Appends ASCII that needs no escaping.
    static func append(_ text: StaticString, into output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Copies runs that need no escape at once.
    static func appendEscaped(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        guard let base = bytes.baseAddress else { return }
        let scanner = ByteScanner(base: base, end: bytes.count, isTrusted: true, maximumDepth: 0)
        var copied = 0
        while true {
            let special = scanner.nextEscaped(copied)
            output.append(contentsOf: UnsafeBufferPointer(start: base + copied, count: special - copied))
            guard special < bytes.count else { return }
            appendEscape(of: base[special], into: &output)
            copied = special + 1
        }
    }

    private static func appendEscape(of byte: UInt8, into output: inout [UInt8]) {
        output.append(Byte.backslash)
        switch byte {
        case Byte.quote, Byte.backslash: output.append(byte)
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        default:
            append("u00", into: &output)
            output.append(UInt8(ascii: "0") + (byte >> 4))
            let digit = byte & 0xF
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

extension ByteScanner {
    /// The offset of the first byte from `start` that must be escaped, or `end`.
    fileprivate func nextEscaped(_ start: Int) -> Int {
        var offset = start
        while offset < end {
            if offset + 8 <= end {
                let marks = Self.marksOfEscaped(word(offset))
                guard marks == 0 else { return offset + (marks.trailingZeroBitCount >> 3) }
                offset += 8
            } else {
                let byte = base[offset]
                if byte < 0x20 || byte == Byte.quote || byte == Byte.backslash { return offset }
                offset += 1
            }
        }
        return end
    }
}
