import FerryCore

/// A pattern such as `d MMMM yyyy, HH:mm`: a small part of Unicode's (UTS #35, Date Format Patterns), in English.
///
/// | Letters | Meaning | Example |
/// |---|---|---|
/// | `yyyy` | year, four digits | `2026` |
/// | `MM`, `M` | month, two digits or as many as it has | `02`, `2` |
/// | `MMM`, `MMMM` | month's name, short or in full | `Feb`, `February` |
/// | `dd`, `d` | day of the month | `09`, `9` |
/// | `EEE`, `EEEE` | weekday's name, short or in full | `Mon`, `Monday` |
/// | `HH`, `H` | hour, 0 to 23 | `07`, `7` |
/// | `hh`, `h` | hour, 1 to 12 | `07`, `7` |
/// | `a` | half of the day | `AM`, `PM` |
/// | `mm`, `m` | minute | `05`, `5` |
/// | `ss`, `s` | second | `05`, `5` |
/// | `S` to `SSSSSSSSS` | that many digits of the fraction of a second; finer ones are cut | `250` |
/// | `Z` | offset from UTC without a colon | `+0100`, `+0000` |
/// | `XXX` | offset from UTC as in RFC 3339 | `+01:00`, `Z` |
/// | `'…'` | text as it is; `''` is an apostrophe | `'T'` |
///
/// Everything else but ASCII letters stands for itself. Names and `AM` are read in capital or small letters.
struct DatePattern: Sendable {
    enum Part: Sendable, Equatable {
        case year
        case month(isPadded: Bool), day(isPadded: Bool)
        case monthName(isShort: Bool), weekday(isShort: Bool)
        case hour(isPadded: Bool), clockHour(isPadded: Bool), halfDay
        case minute(isPadded: Bool), second(isPadded: Bool)
        case fraction(digits: Int)
        case offset(withColon: Bool)
        case literal([UInt8])

        /// Whether it takes one digit or two, so that a digit must not follow it.
        var isOpenEnded: Bool {
            switch self {
            case .month(let isPadded), .day(let isPadded), .hour(let isPadded), .clockHour(let isPadded),
                .minute(let isPadded), .second(let isPadded):
                !isPadded
            default: false
            }
        }

        /// Whether it can begin with a digit.
        var beginsWithDigit: Bool {
            switch self {
            case .monthName, .weekday, .halfDay, .offset: false
            case .literal(let bytes): bytes.first.map { $0 &- UInt8(ascii: "0") < 10 } ?? false
            default: true
            }
        }
    }

    static let months: [StaticString] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdays: [StaticString] = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    static let halves: [StaticString] = ["AM", "PM"]

    let parts: [Part]

    /// Whether the offset from UTC is one of the parts.
    var hasOffset: Bool { parts.contains(.offset(withColon: true)) || parts.contains(.offset(withColon: false)) }

    // MARK: Reading

    /// Reads a text; fields that the pattern does not have are zero.
    func read(_ text: Span<UInt8>, in zone: DateZone) throws(DateFlaw) -> DateInstant {
        var scanner = DateScanner()
        var fields = DateFields()
        var clockHour: Int?
        var half = 0
        for part in parts {
            switch part {
            case .year: fields.year = try scanner.number(4, in: text)
            case .month(let isPadded): fields.month = try number(isPadded, &scanner, text)
            case .day(let isPadded): fields.day = try number(isPadded, &scanner, text)
            case .hour(let isPadded): fields.hour = try number(isPadded, &scanner, text)
            case .clockHour(let isPadded): clockHour = try number(isPadded, &scanner, text)
            case .minute(let isPadded): fields.minute = try number(isPadded, &scanner, text)
            case .second(let isPadded): fields.second = try number(isPadded, &scanner, text)
            case .monthName(let isShort):
                fields.month = try scanner.name(of: Self.months, letters: isShort ? 3 : nil, in: text) + 1
            case .weekday(let isShort):
                fields.weekday = try scanner.name(of: Self.weekdays, letters: isShort ? 3 : nil, in: text)
            case .halfDay: half = try scanner.name(of: Self.halves, letters: nil, in: text)
            case .fraction(let digits):
                fields.nanoseconds = try scanner.number(digits, in: text)
                for _ in digits..<9 { fields.nanoseconds *= 10 }
            case .offset(let withColon):
                let isZulu = withColon && scanner.take("Z", in: text)
                fields.offset = isZulu ? 0 : try scanner.offset(withColon: withColon, in: text)
            case .literal(let bytes): try scanner.expect(bytes, in: text)
            }
        }
        guard scanner.isAtEnd(of: text) else { throw .shape }
        if let clockHour {
            guard (1...12).contains(clockHour) else { throw .clockHour }
            fields.hour = clockHour % 12 + half * 12
        }
        return try fields.instant(in: zone)
    }

    private func number(
        _ isPadded: Bool,
        _ scanner: inout DateScanner,
        _ text: Span<UInt8>
    ) throws(DateFlaw) -> Int {
        isPadded ? try scanner.number(2, in: text) : try scanner.shortNumber(in: text)
    }

    // MARK: Writing

    /// Writes what a zone's calendar and clocks show at an instant.
    func append(_ instant: DateInstant, in zone: DateZone, to output: inout [UInt8]) throws(DateFlaw) {
        let shown = try ShownTime(instant, in: zone, isOffsetShown: hasOffset)
        let local = shown.local
        for part in parts {
            switch part {
            case .year: output.append(local.year, width: 4)
            case .month(let isPadded): output.append(local.month, width: isPadded ? 2 : 1)
            case .day(let isPadded): output.append(local.day, width: isPadded ? 2 : 1)
            case .hour(let isPadded): output.append(local.hour, width: isPadded ? 2 : 1)
            case .clockHour(let isPadded): output.append((local.hour + 11) % 12 + 1, width: isPadded ? 2 : 1)
            case .minute(let isPadded): output.append(local.minute, width: isPadded ? 2 : 1)
            case .second(let isPadded): output.append(local.second, width: isPadded ? 2 : 1)
            case .monthName(let isShort): Self.append(Self.months[local.month - 1], isShort, to: &output)
            case .weekday(let isShort): Self.append(Self.weekdays[local.dayOfWeek], isShort, to: &output)
            case .halfDay: output.append(local.hour < 12 ? "AM" : "PM")
            case .fraction(let digits): output.append(nanoseconds: shown.nanoseconds, digits: digits)
            case .offset(let withColon):
                if withColon, shown.offset == 0 {
                    output.append(UInt8(ascii: "Z"))
                } else {
                    output.append(offset: shown.offset, withColon: withColon)
                }
            case .literal(let bytes): output.append(contentsOf: bytes)
            }
        }
    }

    private static func append(_ name: StaticString, _ isShort: Bool, to output: inout [UInt8]) {
        let count = isShort ? 3 : name.utf8CodeUnitCount
        output.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: count))
    }
}
