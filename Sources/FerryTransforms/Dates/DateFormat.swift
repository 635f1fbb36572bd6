import FerryCore

/// One way of writing a date.
enum DateFormat: Sendable {
    case unixSeconds
    case unixMilliseconds
    case rfc3339
    case date
    case pattern(DatePattern, String)

    /// The names of all but the patterns, for messages.
    static let names = "unix_s, unix_ms, rfc3339, date"

    init(parsing text: String) throws(DatePatternError) {
        switch text {
        case "unix_s": self = .unixSeconds
        case "unix_ms": self = .unixMilliseconds
        case "rfc3339": self = .rfc3339
        case "date": self = .date
        default: self = .pattern(try DatePattern(parsing: text), text)
        }
    }

    /// The format as the file gives it.
    var name: String {
        switch self {
        case .unixSeconds: "unix_s"
        case .unixMilliseconds: "unix_ms"
        case .rfc3339: "rfc3339"
        case .date: "date"
        case .pattern(_, let text): text
        }
    }

    /// Reads a number's literal or a string.
    func read(_ text: Span<UInt8>, isNumber: Bool, in zone: DateZone) throws(DateFlaw) -> DateInstant {
        switch self {
        case .unixSeconds: return try UnixTimestamp.read(text, scale: 0)
        case .unixMilliseconds: return try UnixTimestamp.read(text, scale: -3)
        // 20261122 may well come as a number.
        case .pattern(let pattern, _): return try pattern.read(text, in: zone)
        case .rfc3339:
            guard !isNumber else { throw .number }
            return try RFC3339Format.read(text, in: zone)
        case .date:
            guard !isNumber else { throw .number }
            return try RFC3339Format.readDay(text, in: zone)
        }
    }

    /// Writes an instant, and says whether that is a number or a string.
    func append(
        _ instant: DateInstant,
        in zone: DateZone,
        to output: inout [UInt8]
    ) throws(DateFlaw) -> ValueKind {
        switch self {
        case .unixSeconds:
            UnixTimestamp.appendSeconds(instant, to: &output)
            return .number
        case .unixMilliseconds:
            UnixTimestamp.appendMilliseconds(instant, to: &output)
            return .number
        case .rfc3339: try RFC3339Format.append(instant, in: zone, to: &output)
        case .date: try RFC3339Format.appendDay(of: instant, in: zone, to: &output)
        case .pattern(let pattern, _): try pattern.append(instant, in: zone, to: &output)
        }
        return .string
    }
}
