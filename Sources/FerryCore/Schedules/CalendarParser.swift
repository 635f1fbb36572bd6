/// Parses calendar expressions as systemd's `calendarspec.c` does, but says what is wrong.
struct CalendarParser {
    private let bytes: [UInt8]
    private var position = 0
    /// Where the expression ends: before the time zone.
    private var end: Int

    init(_ text: String) {
        bytes = Array(text.utf8)
        end = bytes.count
    }

    mutating func parse() throws(CalendarError) -> (CalendarFields, TimeZoneRules?) {
        guard end > 0 else { throw failure("a calendar expression is empty: write, for example, 'Mon..Fri 02:00'") }
        let zone = try timeZone()
        if let shorthand = CalendarShorthand.fields(of: text(0..<end)) { return (shorthand, zone) }
        let weekdays = try self.weekdays()
        if peek == UInt8(ascii: "@") {
            // A Unix time is one in UTC, whatever zone follows it.
            return (try unixTime(weekdays), .utc)
        }
        let date = try self.date()
        let time = try self.time()
        let fields = CalendarFields(
            weekdays: weekdays,
            countsFromEnd: date.countsFromEnd,
            years: date.years,
            months: date.months,
            days: date.days,
            hours: time.hours,
            minutes: time.minutes,
            seconds: time.seconds
        )
        return (fields, zone)
    }

    // MARK: Time zones

    /// Takes the zone off the end.
    private mutating func timeZone() throws(CalendarError) -> TimeZoneRules? {
        guard let space = bytes.lastIndex(of: UInt8(ascii: " ")), space + 1 < bytes.count else { return nil }
        let name = text((space + 1)..<bytes.count)
        if name.lowercased() == "utc" {
            end = space
            return .utc
        }
        guard Self.isLetter(bytes[space + 1]) else { return nil }
        do throws(TimeZoneError) {
            let zone = try TimeZoneRules(named: name)
            end = space
            return zone
        } catch {
            let isWeekday = CalendarFields.weekdayNames.contains { name.lowercased().hasPrefix($0.lowercased()) }
            throw CalendarError(
                message: isWeekday
                    ? "the weekdays come first, joined by commas: 'Mon,Wed 02:00'" : "\(error.message): \(error.hint)",
                offset: space + 1
            )
        }
    }

    // MARK: Weekdays

    /// One bit for each weekday; none if the expression begins with something else.
    private mutating func weekdays() throws(CalendarError) -> UInt8 {
        var days: UInt8 = 0
        guard let peek, Self.isLetter(peek) else { return days }
        while true {
            let first = try weekday()
            var last = first
            // systemd still takes its old `-` for `..`.
            if skip("..") || skip("-") {
                let start = position
                last = try weekday()
                if last < first {
                    throw CalendarError(
                        message: "the range of weekdays runs backwards: the week begins on Monday, "
                            + "so write it as two, joined by a comma",
                        offset: start
                    )
                }
            }
            for day in first...last { days |= 1 << UInt8(day) }
            guard skip(",") else { break }
            // A comma at the end is let pass.
            if self.peek == nil || self.peek == UInt8(ascii: " ") { break }
        }
        guard self.peek == nil || self.peek == UInt8(ascii: " ") else {
            throw failure("a space is missing after the weekdays")
        }
        skipSpaces()
        return days
    }

    private mutating func weekday() throws(CalendarError) -> Int {
        let start = position
        while let peek, Self.isLetter(peek) { position += 1 }
        let word = text(start..<position).lowercased()
        if let index = Self.longNames.firstIndex(where: { $0 == word || $0.prefix(3) == word }) { return index }
        let names = CalendarFields.weekdayNames.joined(separator: ", ")
        let message =
            start == 0 && position == end
            ? "'\(text(start..<position))' is neither a weekday nor one of \(CalendarShorthand.names)"
            : word.isEmpty
                ? "a weekday is missing: one of \(names)" : "'\(text(start..<position))' is no weekday: write \(names)"
        throw CalendarError(message: message, offset: start)
    }

    private static let longNames = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    // MARK: Dates

    private typealias DateParts = (
        years: CalendarComponent, months: CalendarComponent, days: CalendarComponent, countsFromEnd: Bool
    )

    /// A date, or any date if a time comes next.
    private mutating func date() throws(CalendarError) -> DateParts {
        guard peek != nil else { return (.any, .any, .any, false) }
        let start = position
        var parts: [(elements: [CalendarComponent.Element], end: Int)] = []
        var countsFromEnd = false
        while true {
            parts.append((try elements(inSeconds: false), position))
            if parts.count == 1 {
                // What ends here or goes on with a colon is a time.
                if peek == nil || peek == UInt8(ascii: ":") {
                    position = start
                    return (.any, .any, .any, false)
                }
            } else if peek == nil || peek == UInt8(ascii: " ") {
                break
            }
            guard parts.count < 3, !countsFromEnd else { throw unexpected("after the date") }
            if skip("~") {
                countsFromEnd = true
            } else if !skip("-") {
                throw unexpected("in the date: write YYYY-MM-DD, or MM-DD")
            }
        }
        skipSpaces()
        if parts.count == 3 { parts[0].elements = parts[0].elements.map(Self.withCentury) }
        if parts.count == 2 { parts.insert(([], 0), at: 0) }
        // systemd counts at most 28 days from the end, so that February has them, too.
        return (
            try component(parts[0], "year", 1970...2199), try component(parts[1], "month", 1...12),
            try component(parts[2], "day", countsFromEnd ? 1...28 : 1...31, fromEnd: countsFromEnd), countsFromEnd
        )
    }

    /// Years of two digits are those from 1970 to 2069.
    private static func withCentury(_ element: CalendarComponent.Element) -> CalendarComponent.Element {
        func year(_ value: Int) -> Int { value < 70 ? value + 2000 : value < 100 ? value + 1900 : value }
        var element = element
        element.start = year(element.start)
        element.stop = element.stop.map(year)
        return element
    }

    private mutating func unixTime(_ weekdays: UInt8) throws(CalendarError) -> CalendarFields {
        position += 1
        let start = position
        let seconds = try number()
        guard position == end else { throw unexpected("after the Unix time") }
        let time = LocalTime(secondsSinceEpoch: seconds)
        guard time.year <= 2199 else {
            throw CalendarError(message: "the Unix time is after the year 2199", offset: start)
        }
        return CalendarFields(
            weekdays: weekdays,
            countsFromEnd: false,
            years: CalendarComponent(time.year),
            months: CalendarComponent(time.month),
            days: CalendarComponent(time.day),
            hours: CalendarComponent(time.hour),
            minutes: CalendarComponent(time.minute),
            seconds: CalendarComponent(time.second * 1_000_000)
        )
    }

    // MARK: Times

    private typealias TimeParts = (hours: CalendarComponent, minutes: CalendarComponent, seconds: CalendarComponent)

    /// A time, or midnight if the expression ends before it.
    private mutating func time() throws(CalendarError) -> TimeParts {
        guard peek != nil else { return (CalendarComponent(0), CalendarComponent(0), CalendarComponent(0)) }
        let hours = (try elements(inSeconds: false), position)
        guard skip(":") else { throw unexpected("in the time: write HH:MM or HH:MM:SS") }
        let minutes = (try elements(inSeconds: false), position)
        var seconds: ([CalendarComponent.Element], Int) = ([.init(start: 0)], position)
        if peek != nil {
            guard skip(":") else { throw unexpected("after the minutes") }
            seconds = (try elements(inSeconds: true), position)
            guard peek == nil else { throw unexpected("after the seconds") }
        }
        return (
            try component(hours, "hour", 0...23), try component(minutes, "minute", 0...59),
            try component(seconds, "second", 0...59_999_999, unit: 1_000_000)
        )
    }

    // MARK: Components

    /// `*`, or values, ranges and repetitions, separated by commas; of seconds in microseconds.
    private mutating func elements(inSeconds: Bool) throws(CalendarError) -> [CalendarComponent.Element] {
        if skip("*") {
            if peek == UInt8(ascii: "/") { throw failure("'*/' is cron's: write '0/' and the step") }
            return inSeconds ? [.init(start: 0, step: 1_000_000)] : []
        }
        var elements: [CalendarComponent.Element] = []
        repeat {
            let start = position
            var element = CalendarComponent.Element(start: try value(inSeconds))
            if skip("..") {
                element.stop = try value(inSeconds)
                element.step = inSeconds ? 1_000_000 : 1
            }
            if skip("/") {
                let step = try value(inSeconds)
                guard step > 0 else {
                    throw CalendarError(message: "a repetition must be more than 0", offset: position - 1)
                }
                element.step = step
            } else if let stop = element.stop, inSeconds, element.start + 1_000_000 > stop {
                throw CalendarError(
                    message: "a range within one second needs a repetition: '0..0.5/0.1'",
                    offset: start
                )
            }
            elements.append(element)
        } while skip(",")
        return elements
    }

    private mutating func value(_ inSeconds: Bool) throws(CalendarError) -> Int {
        let whole = try number()
        guard inSeconds else { return whole }
        var value = whole * 1_000_000
        guard peek == UInt8(ascii: "."), byte(position + 1) != UInt8(ascii: ".") else { return value }
        position += 1
        guard let peek, Self.isDigit(peek) else { throw failure("digits are missing after the decimal point") }
        var unit = 100_000
        while let digit = self.peek, Self.isDigit(digit) {
            value += unit * Int(digit - UInt8(ascii: "0"))
            // The seventh digit rounds, as for systemd; the others are dropped.
            if unit == 0, byte(position - 7) == UInt8(ascii: "."), digit >= UInt8(ascii: "5") { value += 1 }
            unit /= 10
            position += 1
        }
        return value
    }

    private mutating func number() throws(CalendarError) -> Int {
        let start = position
        var value = 0
        while let digit = peek, Self.isDigit(digit) {
            guard position - start < 12 else { throw CalendarError(message: "the number is too large", offset: start) }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
            position += 1
        }
        guard position > start else {
            throw peek == nil ? failure("a number is missing") : unexpected("instead of a number")
        }
        return value
    }

    /// Checks the values against what the part can be.
    private func component(
        _ part: (elements: [CalendarComponent.Element], end: Int),
        _ title: String,
        _ range: ClosedRange<Int>,
        unit: Int = 1,
        fromEnd: Bool = false
    ) throws(CalendarError) -> CalendarComponent {
        let component = CalendarComponent(part.elements)
        let bounds = "\(range.lowerBound) to \(range.upperBound / unit)"
        // Where the part begins: after what separates it from the one before.
        let offset = bytes[..<part.end].lastIndex { " -~:".utf8.contains($0) }.map { $0 + 1 } ?? 0
        for element in component.elements {
            guard range.contains(element.start), element.stop.map(range.contains) ?? true else {
                throw CalendarError(message: "the \(title) goes from \(bounds)", offset: offset)
            }
            let step = element.step ?? 0
            if let stop = element.stop {
                guard element.start + step <= stop else {
                    throw CalendarError(message: "the range runs backwards in the \(title)", offset: offset)
                }
            }
            let isReached =
                fromEnd ? element.start - step >= range.lowerBound : element.start + step <= range.upperBound
            guard step <= range.upperBound - range.lowerBound, element.stop != nil || isReached else {
                throw CalendarError(
                    message: "the repetition in the \(title) never comes: the \(title) goes from \(bounds)",
                    offset: offset
                )
            }
        }
        return component
    }

    // MARK: Characters

    private var peek: UInt8? { byte(position) }

    private func byte(_ index: Int) -> UInt8? { index < end ? bytes[index] : nil }

    private mutating func skip(_ token: String) -> Bool {
        guard bytes[position..<end].starts(with: token.utf8) else { return false }
        position += token.utf8.count
        return true
    }

    private mutating func skipSpaces() {
        while peek == UInt8(ascii: " ") { position += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func failure(_ message: String) -> CalendarError { CalendarError(message: message, offset: position) }

    private func unexpected(_ place: String) -> CalendarError {
        guard peek != nil else { return failure("something is missing \(place)") }
        let character = text(position..<end).first.map { String($0) } ?? ""
        return failure(character == " " ? "unexpected space \(place)" : "unexpected '\(character)' \(place)")
    }
}
