/// The rule at the end of a TZif file, which goes on for ever: a POSIX `TZ` string such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// IEEE Std 1003.1, §8.3, with RFC 8536, §3.3.1: hours of a change may lie between -167 and 167.
struct TimeZoneFooter: Sendable, Equatable {
    /// A day of every year and a time on it.
    struct Change: Sendable, Equatable {
        enum Day: Sendable, Equatable {
            /// `Jn`: 1 to 365; 29 February is never counted.
            case julian(Int)
            /// `n`: 0 to 365; 29 February is counted.
            case ordinal(Int)
            /// `Mm.w.d`: the `week`th `weekday` of `month`; the fifth is the last.
            case weekday(month: Int, week: Int, weekday: Int)
        }

        var day: Day
        /// Seconds after midnight.
        var time: Int

        /// The change of a year, as seconds on the wall since 1970.
        func local(in year: Int) -> Int {
            let first = LocalTime.day(year: year, month: 1, day: 1)
            let days: Int
            switch day {
            case .julian(let number): days = first + number - 1 + (number > 59 && LocalTime.isLeap(year) ? 1 : 0)
            case .ordinal(let number): days = first + number
            case .weekday(let month, let week, let weekday):
                let first = LocalTime.day(year: year, month: month, day: 1)
                let ahead = (weekday - LocalTime.dayOfWeek(ofDay: first)).flooredDivision(by: 7).remainder
                let day = ahead + (week - 1) * 7
                days = first + (day < LocalTime.days(in: month, of: year) ? day : day - 7)
            }
            return days * 86_400 + time
        }
    }

    /// Daylight saving time: its offset, and when it begins and ends.
    struct Saving: Sendable, Equatable {
        var offset: Int
        var begins: Change
        var ends: Change
    }

    /// Seconds east of UTC outside of daylight saving time.
    var offset: Int
    var saving: Saving?

    init?(parsing text: some StringProtocol) {
        var parser = Parser(Array(text.utf8))
        guard let footer = parser.parse() else { return nil }
        self = footer
    }

    init(offset: Int, saving: Saving? = nil) {
        self.offset = offset
        self.saving = saving
    }

    /// The changes of the years around `instant`, in order, each with the offset that holds from then on.
    ///
    /// They reach at least a year to both sides.
    func transitions(around instant: Int) -> [(instant: Int, offset: Int)] {
        let year = LocalTime(secondsSinceEpoch: instant).year
        return transitions(in: (year - 2)...(year + 2))
    }

    /// The changes of some years, in order, each with the offset that holds from then on.
    func transitions(in years: ClosedRange<Int>) -> [(instant: Int, offset: Int)] {
        guard let saving else { return [] }
        var transitions: [(instant: Int, offset: Int)] = []
        transitions.reserveCapacity(2 * years.count)
        for year in years {
            transitions.append((saving.begins.local(in: year) - offset, saving.offset))
            transitions.append((saving.ends.local(in: year) - saving.offset, offset))
        }
        // A zone with daylight saving time all year ends it in the instant in which it begins anew: the stable order
        // keeps the beginning last, and the last one holds.
        let sorted = transitions.enumerated().sorted {
            ($0.element.instant, $0.offset) < ($1.element.instant, $1.offset)
        }
        var merged: [(instant: Int, offset: Int)] = []
        for (_, transition) in sorted {
            if merged.last?.instant == transition.instant { merged.removeLast() }
            merged.append(transition)
        }
        return merged
    }
}

extension TimeZoneFooter {
    private struct Parser {
        let text: [UInt8]
        var position = 0

        init(_ text: [UInt8]) {
            self.text = text
        }

        mutating func parse() -> TimeZoneFooter? {
            guard name(), let west = time(upTo: 24) else { return nil }
            guard position < text.count else { return TimeZoneFooter(offset: -west, saving: nil) }
            guard name() else { return nil }
            var savingWest = west - 3600
            if let byte = peek, byte != UInt8(ascii: ",") {
                guard let given = time(upTo: 24) else { return nil }
                savingWest = given
            }
            guard position < text.count else {
                // POSIX leaves the rule open; the tz code takes that of the United States.
                let begins = Change(day: .weekday(month: 3, week: 2, weekday: 0), time: 7200)
                let ends = Change(day: .weekday(month: 11, week: 1, weekday: 0), time: 7200)
                return TimeZoneFooter(
                    offset: -west,
                    saving: Saving(offset: -savingWest, begins: begins, ends: ends)
                )
            }
            guard take(","), let begins = change(), take(","), let ends = change(), position == text.count else {
                return nil
            }
            return TimeZoneFooter(offset: -west, saving: Saving(offset: -savingWest, begins: begins, ends: ends))
        }

        private var peek: UInt8? { position < text.count ? text[position] : nil }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard peek == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        /// Three letters or more, or anything between angle brackets.
        private mutating func name() -> Bool {
            if take("<") {
                while let byte = peek, byte != UInt8(ascii: ">") {
                    guard byte > 0x20, byte < 0x7F else { return false }
                    position += 1
                }
                return take(">")
            }
            let start = position
            while let byte = peek, (byte | 0x20) >= UInt8(ascii: "a"), (byte | 0x20) <= UInt8(ascii: "z") {
                position += 1
            }
            return position - start >= 3
        }

        private mutating func number(_ range: ClosedRange<Int>) -> Int? {
            var value = 0
            let start = position
            while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), position - start < 3 {
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
                position += 1
            }
            return position > start && range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]`, in seconds.
        private mutating func time(upTo hours: Int) -> Int? {
            let sign = take("-") ? -1 : 1
            if sign == 1 { _ = take("+") }
            guard var seconds = number(0...hours).map({ $0 * 3600 }) else { return nil }
            for unit in [60, 1] where take(":") {
                guard let value = number(0...59) else { return nil }
                seconds += value * unit
            }
            return sign * seconds
        }

        private mutating func change() -> Change? {
            let day: Change.Day
            if take("J") {
                guard let number = number(1...365) else { return nil }
                day = .julian(number)
            } else if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                    let weekday = number(0...6)
                else { return nil }
                day = .weekday(month: month, week: week, weekday: weekday)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .ordinal(number)
            }
            guard take("/") else { return Change(day: day, time: 7200) }
            guard let time = time(upTo: 167) else { return nil }
            return Change(day: day, time: time)
        }
    }
}
