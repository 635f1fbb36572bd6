/// A pattern that cannot be used; the sentence says why.
struct DatePatternError: Error {
    let message: String
}

extension DatePattern {
    /// The letters that a pattern is made of, for messages.
    static let letters = "yyyy, MM, M, MMM, MMMM, dd, d, EEE, EEEE, HH, H, hh, h, a, mm, m, ss, s, S…, Z and XXX"

    /// Compiles a pattern.
    init(parsing text: String) throws(DatePatternError) {
        var parts: [Part] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "'"): Self.join(try Self.quoted(&rest, text), to: &parts)
            case _ where Self.isLetter(byte):
                let run = rest.prefix { $0 == byte }
                rest.removeFirst(run.count)
                parts.append(try Self.part(String(decoding: run, as: UTF8.self), of: text))
            default:
                let literal = rest.prefix { $0 != UInt8(ascii: "'") && !Self.isLetter($0) }
                rest.removeFirst(literal.count)
                Self.join(Array(literal), to: &parts)
            }
        }
        self.parts = parts
        guard parts.contains(where: { !$0.isLiteral }) else {
            throw DatePatternError(message: "the pattern '\(text)' has no field of a date in it")
        }
        guard hasClockHour == parts.contains(.halfDay) else {
            throw DatePatternError(
                message: "the pattern '\(text)' needs both 'h' and 'a', or 'H' for the hours 0 to 23"
            )
        }
        for (part, next) in zip(parts, parts.dropFirst()) where part.isOpenEnded && next.beginsWithDigit {
            throw DatePatternError(
                message: "the pattern '\(text)' cannot be told apart where a field of one or two digits is followed "
                    + "by a digit; write two letters, such as 'dd'"
            )
        }
    }

    /// Refuses a pattern that texts cannot be read with: it must say the day, and no field twice.
    func checkReading(of text: String) throws(DatePatternError) {
        let fields = parts.compactMap(\.field)
        guard Set(fields).count == fields.count else {
            throw DatePatternError(message: "the pattern '\(text)' has a field twice, so it cannot be read")
        }
        for needed in ["year", "month", "day"] where !fields.contains(needed) {
            throw DatePatternError(message: "the pattern '\(text)' does not say the \(needed), so it cannot be read")
        }
        for (finer, coarser) in [("minute", "hour"), ("second", "minute"), ("fraction", "second")]
        where fields.contains(finer) && !fields.contains(coarser) {
            throw DatePatternError(
                message: "the pattern '\(text)' has the \(finer) but not the \(coarser); "
                    + "'MM' is the month and 'mm' the minute"
            )
        }
    }

    private var hasClockHour: Bool {
        parts.contains(.clockHour(isPadded: true)) || parts.contains(.clockHour(isPadded: false))
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    private static func part(_ run: String, of text: String) throws(DatePatternError) -> Part {
        switch run {
        case "yyyy": return .year
        case "M", "MM": return .month(isPadded: run.utf8.count == 2)
        case "MMM", "MMMM": return .monthName(isShort: run.utf8.count == 3)
        case "d", "dd": return .day(isPadded: run.utf8.count == 2)
        case "EEE", "EEEE": return .weekday(isShort: run.utf8.count == 3)
        case "H", "HH": return .hour(isPadded: run.utf8.count == 2)
        case "h", "hh": return .clockHour(isPadded: run.utf8.count == 2)
        case "a": return .halfDay
        case "m", "mm": return .minute(isPadded: run.utf8.count == 2)
        case "s", "ss": return .second(isPadded: run.utf8.count == 2)
        case "Z": return .offset(withColon: false)
        case "XXX": return .offset(withColon: true)
        case _ where run.first == "S" && run.utf8.count <= 9: return .fraction(digits: run.utf8.count)
        default:
            throw DatePatternError(
                message: "'\(text)' is neither a format (\(DateFormat.names)) nor a pattern: '\(run)' is none of its "
                    + "fields, which are \(letters); text stands between apostrophes"
            )
        }
    }

    /// The text between two apostrophes; two of them are one.
    private static func quoted(_ rest: inout ArraySlice<UInt8>, _ text: String) throws(DatePatternError) -> [UInt8] {
        let quote = UInt8(ascii: "'")
        rest.removeFirst()
        if rest.first == quote {
            rest.removeFirst()
            return [quote]
        }
        var literal: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte != quote {
                literal.append(byte)
            } else if rest.first == quote {
                rest.removeFirst()
                literal.append(quote)
            } else {
                return literal
            }
        }
        throw DatePatternError(message: "the pattern '\(text)' has an apostrophe without its second one")
    }

    private static func join(_ bytes: [UInt8], to parts: inout [Part]) {
        guard !bytes.isEmpty else { return }
        if case .literal(let before) = parts.last {
            parts[parts.count - 1] = .literal(before + bytes)
        } else {
            parts.append(.literal(bytes))
        }
    }
}

extension DatePattern.Part {
    fileprivate var isLiteral: Bool { field == nil }

    /// What it says of a date, for messages.
    fileprivate var field: String? {
        switch self {
        case .year: "year"
        case .month, .monthName: "month"
        case .day: "day"
        case .weekday: "weekday"
        case .hour, .clockHour: "hour"
        case .halfDay: "half of the day"
        case .minute: "minute"
        case .second: "second"
        case .fraction: "fraction"
        case .offset: "offset"
        case .literal: nil
        }
    }
}
