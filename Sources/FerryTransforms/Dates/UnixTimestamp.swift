import FerryCore

/// `unix_s` and `unix_ms`: numbers since 1970-01-01T00:00:00Z, leap seconds not counted.
enum UnixTimestamp {
    /// Reads a number as JSON writes it (RFC 8259, §6), exactly, whatever its fraction and exponent.
    ///
    /// What is finer than a nanosecond is cut toward the earlier instant.
    ///
    /// - Parameter scale: the power of ten that makes seconds of the number's unit: -3 for milliseconds.
    static func read(_ text: Span<UInt8>, scale: Int) throws(DateFlaw) -> DateInstant {
        var scanner = DecimalScanner()
        try scanner.read(text)
        // The first `point` digits are those of whole seconds.
        let point = scanner.digitsBeforePoint + scanner.exponent + scale
        var seconds = 0
        var nanoseconds = 0
        var isCut = false
        var place = 0
        for index in scanner.digits where text[index] != UInt8(ascii: ".") {
            let digit = Int(text[index] & 0x0F)
            if place < point {
                seconds = seconds * 10 + digit
                guard seconds < 1_000_000_000_000 else { throw .range }
            } else if place - point < 9 {
                nanoseconds += digit * powersOfTen[8 - (place - point)]
            } else if digit != 0 {
                isCut = true
            }
            place += 1
        }
        while place < point, seconds != 0 {
            seconds *= 10
            guard seconds < 1_000_000_000_000 else { throw .range }
            place += 1
        }
        if scanner.isNegative {
            seconds = -seconds
            nanoseconds = -nanoseconds - (isCut ? 1 : 0)
            if nanoseconds < 0 {
                seconds -= 1
                nanoseconds += 1_000_000_000
            }
        }
        return try DateInstant(seconds: seconds, nanoseconds: nanoseconds)
    }

    private static let powersOfTen = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    /// Writes whole milliseconds; what is finer is cut toward the earlier instant.
    static func appendMilliseconds(_ instant: DateInstant, to output: inout [UInt8]) {
        let milliseconds = instant.seconds * 1000 + instant.nanoseconds / 1_000_000
        if milliseconds < 0 { output.append(UInt8(ascii: "-")) }
        output.append(abs(milliseconds), width: 1)
    }

    /// Writes seconds, with as many decimals as there are.
    static func appendSeconds(_ instant: DateInstant, to output: inout [UInt8]) {
        var seconds = instant.seconds
        var nanoseconds = instant.nanoseconds
        if seconds < 0 {
            output.append(UInt8(ascii: "-"))
            // -1.5 s is the instant half a second after -2 s.
            if nanoseconds > 0 {
                seconds += 1
                nanoseconds = 1_000_000_000 - nanoseconds
            }
        }
        output.append(abs(seconds), width: 1)
        guard nanoseconds > 0 else { return }
        var digits = 9
        while nanoseconds % 10 == 0 {
            nanoseconds /= 10
            digits -= 1
        }
        output.append(UInt8(ascii: "."))
        output.append(nanoseconds, width: digits)
    }
}

/// Finds the parts of a number's literal.
private struct DecimalScanner {
    var isNegative = false
    /// The digits, with the point somewhere among them.
    var digits = 0..<0
    var digitsBeforePoint = 0
    var exponent = 0

    mutating func read(_ text: Span<UInt8>) throws(DateFlaw) {
        var index = 0
        if index < text.count, text[index] == UInt8(ascii: "-") {
            isNegative = true
            index += 1
        }
        let start = index
        try Self.skipDigits(of: text, from: &index)
        guard index == start + 1 || text[start] != UInt8(ascii: "0") else { throw .shape }
        digitsBeforePoint = index - start
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            try Self.skipDigits(of: text, from: &index)
        }
        digits = start..<index
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            let isSmall = index < text.count && text[index] == UInt8(ascii: "-")
            if isSmall || index < text.count && text[index] == UInt8(ascii: "+") { index += 1 }
            let first = index
            try Self.skipDigits(of: text, from: &index)
            // A billion is as good as any larger one.
            for place in first..<index { exponent = min(exponent * 10 + Int(text[place] & 0x0F), 1_000_000_000) }
            if isSmall { exponent = -exponent }
        }
        guard index == text.count else { throw .shape }
    }

    private static func skipDigits(of text: Span<UInt8>, from index: inout Int) throws(DateFlaw) {
        let start = index
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        guard index > start else { throw .shape }
    }
}
