import FerryCore
import FoundationEssentials

/// A time as a record's text has it: RFC 3339 and what services make of it.
///
/// The date may stand alone, a space may stand for the `T`, the offset may lack its colon or its minutes, and a time
/// without one is UTC. Every digit of the fraction counts.
struct CursorTime: Comparable {
    /// Whole seconds since 1970.
    var seconds: Int
    /// The digits of the fraction, without zeros at the end.
    private var fraction: [UInt8]
    private var style: Style

    /// How the text was written.
    private enum Style {
        case date
        case time(separator: UInt8, hasOffset: Bool)
    }

    init?(_ text: String) {
        var bytes = Array(text.utf8)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        fraction = []
        if bytes.count == 10 {
            style = .date
            bytes += "T00:00:00Z".utf8
        } else {
            guard bytes.count > 18 else { return nil }
            let separator = bytes[10]
            if bytes.count > 19, bytes[19] == UInt8(ascii: ".") || bytes[19] == UInt8(ascii: ",") {
                fraction = Array(bytes[20...].prefix(while: digits.contains))
                guard !fraction.isEmpty else { return nil }
                bytes.removeSubrange(19..<(20 + fraction.count))
                while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
            }
            var offset = Array(bytes[19...])
            style = .time(separator: separator, hasOffset: !offset.isEmpty)
            if offset.first == UInt8(ascii: " ") { offset.removeFirst() }
            if offset.isEmpty || offset.elementsEqual("UTC".utf8) || offset.elementsEqual("GMT".utf8) {
                offset = Array("Z".utf8)
            } else if offset.count == 3 {
                offset += ":00".utf8
            } else if offset.count == 5 {
                offset.insert(UInt8(ascii: ":"), at: 3)
            }
            bytes = bytes[..<19] + offset
        }
        guard let date = RFC3339.parse(String(decoding: bytes, as: UTF8.self)) else { return nil }
        seconds = Int(date.timeIntervalSince1970.rounded())
    }

    /// The text of another time, in whole seconds, written as this one is; in UTC.
    func text(ofSeconds seconds: Int) -> String {
        let text = RFC3339.format(Date(timeIntervalSince1970: Double(seconds)))
        switch style {
        case .date: return String(text.prefix(10))
        case .time(let separator, let hasOffset):
            var bytes = Array(text.utf8)
            if bytes.count > 10, separator == UInt8(ascii: " ") { bytes[10] = separator }
            if !hasOffset { bytes.removeLast() }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The time as SQL writes it, in UTC: `2026-01-02 03:04:05.678000`, with all digits of the fraction and six at least.
    var sqlText: String {
        let whole = String(RFC3339.format(Date(timeIntervalSince1970: Double(seconds))).prefix(19))
        return whole.replacing("T", with: " ") + "." + fractionText(atLeast: 6)
    }

    /// The time after RFC 3339, in UTC, with all digits of the fraction.
    var utcText: String {
        let whole = String(RFC3339.format(Date(timeIntervalSince1970: Double(seconds))).prefix(19))
        return whole + (fraction.isEmpty ? "" : "." + fractionText(atLeast: 0)) + "Z"
    }

    private func fractionText(atLeast count: Int) -> String {
        let digits = String(decoding: fraction, as: UTF8.self)
        return digits + String(repeating: "0", count: max(0, count - digits.utf8.count))
    }

    static func < (left: CursorTime, right: CursorTime) -> Bool {
        guard left.seconds == right.seconds else { return left.seconds < right.seconds }
        return left.fraction.lexicographicallyPrecedes(right.fraction)
    }

    static func == (left: CursorTime, right: CursorTime) -> Bool {
        left.seconds == right.seconds && left.fraction == right.fraction
    }
}
