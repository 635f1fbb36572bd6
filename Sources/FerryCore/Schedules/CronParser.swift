/// One of the five fields.
enum CronField: Int, CaseIterable {
    case minute, hour, dayOfMonth, month, dayOfWeek

    var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    var title: String {
        switch self {
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day of the month"
        case .month: "month"
        case .dayOfWeek: "day of the week"
        }
    }

    /// The names of the first values.
    var names: [String] {
        switch self {
        case .minute, .hour, .dayOfMonth: []
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        }
    }
}

/// Parses crontab(5) as Vixie's `entry.c` does, but refuses what that would let pass unsaid.
struct CronParser {
    /// What a field says.
    struct Parsed {
        /// One bit for each value.
        var values: UInt64 = 0
        /// Vixie's `*_STAR` flag: also set for `*/2`.
        var beginsWithStar = false
        /// Where it begins.
        var offset = 0
    }

    /// The five fields.
    struct Fields {
        fileprivate var all: [Parsed]

        subscript(field: CronField) -> Parsed { all[field.rawValue] }
    }

    private let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func parse() throws(CronError) -> Fields {
        let words = bytes.indices.split { Self.isSpace(bytes[$0]) }
        guard let first = words.first else {
            throw failure("a cron expression has five fields: \(Self.order)", at: 0)
        }
        if bytes[first.lowerBound] == UInt8(ascii: "@") {
            if words.count > 1 {
                throw failure("nothing may follow '\(text(first))'", at: words[1].lowerBound)
            }
            return try macro(first)
        }
        if bytes[first].contains(UInt8(ascii: "=")) {
            throw failure("a time zone is not part of the expression: write it under 'timezone'", at: first.lowerBound)
        }
        return try fields(words)
    }

    private func fields(_ words: [Range<Int>]) throws(CronError) -> Fields {
        if words.count > CronField.allCases.count {
            throw failure(
                words.count == 6
                    ? "there are six fields: seconds are not supported, leave the first field out (\(Self.order))"
                    : "there are \(words.count) fields instead of five: \(Self.order)",
                at: words.count == 6 ? words[0].lowerBound : words[5].lowerBound
            )
        }
        var all: [Parsed] = []
        for (field, word) in zip(CronField.allCases, words) {
            all.append(try parse(field, word))
        }
        guard all.count == CronField.allCases.count else {
            let missing = CronField.allCases[all.count...].map(\.title).joined(separator: ", ")
            throw failure("there are \(all.count) fields instead of five: missing \(missing)", at: bytes.count)
        }
        return Fields(all: all)
    }

    private func macro(_ word: Range<Int>) throws(CronError) -> Fields {
        let equivalent: String
        switch text(word).lowercased() {
        case "@hourly": equivalent = "0 * * * *"
        case "@daily", "@midnight": equivalent = "0 0 * * *"
        case "@weekly": equivalent = "0 0 * * 0"
        case "@monthly": equivalent = "0 0 1 * *"
        case "@yearly", "@annually": equivalent = "0 0 1 1 *"
        case "@reboot":
            throw failure(
                "'@reboot' is not a time: runs missed while the daemon was down are made up for by 'catch_up'",
                at: word.lowerBound
            )
        case "@every":
            throw failure("'@every' is not cron's: write 'every: 10m' in place of 'cron'", at: word.lowerBound)
        default:
            throw failure(
                "unknown name '\(text(word))': use @hourly, @daily, @weekly, @monthly or @yearly",
                at: word.lowerBound
            )
        }
        var parser = CronParser(equivalent)
        return try parser.parse()
    }

    /// A list of elements, separated by commas.
    private func parse(_ field: CronField, _ word: Range<Int>) throws(CronError) -> Parsed {
        var parsed = Parsed(beginsWithStar: bytes[word.lowerBound] == UInt8(ascii: "*"), offset: word.lowerBound)
        var start = word.lowerBound
        while true {
            let end = bytes[start..<word.upperBound].firstIndex(of: UInt8(ascii: ",")) ?? word.upperBound
            parsed.values |= try element(field, start..<end)
            guard end < word.upperBound else { return parsed }
            start = end + 1
        }
    }

    /// `*`, `a` or `a-b`, and `/n` after the first and the last of these.
    private func element(_ field: CronField, _ word: Range<Int>) throws(CronError) -> UInt64 {
        guard !word.isEmpty else {
            throw failure("a value is missing in the \(field.title)", at: word.lowerBound)
        }
        try refuseOtherDialects(field, word)
        let slash = bytes[word].firstIndex(of: UInt8(ascii: "/"))
        let base = word.lowerBound..<(slash ?? word.upperBound)
        var range = field.range
        var isRange = true
        if text(base) != "*" {
            if let dash = bytes[base].firstIndex(of: UInt8(ascii: "-")) {
                let low = try value(field, base.lowerBound..<dash)
                var high = try value(field, (dash + 1)..<base.upperBound)
                // As in cronie: `fri-sun` ends with the Sunday after.
                if field == .dayOfWeek, high == 0, low > 0 { high = 7 }
                guard low <= high else {
                    throw failure(
                        "the range '\(text(base))' runs backwards in the \(field.title): "
                            + "write it as two ranges, joined by a comma",
                        at: base.lowerBound
                    )
                }
                range = low...high
            } else {
                let single = try value(field, base)
                range = single...single
                isRange = false
            }
        }
        guard let slash else { return Self.bits(range, step: 1) }
        guard isRange else {
            let step = text(slash..<word.upperBound)
            throw failure(
                "a step needs a range before it in the \(field.title): "
                    + "'\(text(base))-\(field.range.upperBound)\(step)' or '*\(step)'",
                at: slash
            )
        }
        guard let step = number((slash + 1)..<word.upperBound), step > 0 else {
            throw failure("a step is a number from 1 on, in the \(field.title)", at: slash + 1)
        }
        return Self.bits(range, step: step)
    }

    private static func bits(_ range: ClosedRange<Int>, step: Int) -> UInt64 {
        stride(from: range.lowerBound, through: range.upperBound, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private func value(_ field: CronField, _ word: Range<Int>) throws(CronError) -> Int {
        if let number = number(word) {
            guard field.range.contains(number) else {
                throw failure(
                    "'\(text(word))' does not fit the \(field.title): it goes from \(field.range.lowerBound) to "
                        + "\(field.range.upperBound)",
                    at: word.lowerBound
                )
            }
            return number
        }
        let name = text(word).lowercased()
        if let index = field.names.firstIndex(of: name) {
            // The first month is 1, the first day of the week is 0.
            return index + field.range.lowerBound
        }
        let names = field.names.isEmpty ? "" : ", or one of \(field.names.joined(separator: ", "))"
        throw failure(
            "'\(text(word))' does not fit the \(field.title): write a number from \(field.range.lowerBound) to "
                + "\(field.range.upperBound)\(names)",
            at: word.lowerBound
        )
    }

    /// Says what is meant by the signs of Quartz, Jenkins and OpenBSD, which Vixie's cron does not have.
    private func refuseOtherDialects(_ field: CronField, _ word: Range<Int>) throws(CronError) {
        if let index = bytes[word].firstIndex(of: UInt8(ascii: "#")) {
            throw failure("'#' (the nth weekday of a month) is not supported: cron does not have it", at: index)
        }
        if let index = bytes[word].firstIndex(of: UInt8(ascii: "?")) {
            throw failure("'?' is not supported: write '*'", at: index)
        }
        if let index = bytes[word].firstIndex(of: UInt8(ascii: "~")) {
            throw failure("'~' is not supported: spread runs with 'jitter'", at: index)
        }
        guard let last = bytes[word].last, field == .dayOfMonth || field == .dayOfWeek,
            !field.names.contains(text(word).lowercased())
        else { return }
        let upper = text(word).uppercased()
        let head = upper.dropLast()
        // `L`, `L-3`, `5L`, `LW`, `W`, `15W`.
        let isDigits = head.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        if upper.hasPrefix("L") || last | 0x20 == UInt8(ascii: "l") && isDigits {
            throw failure("'L' (the last day) is not supported: cron does not have it", at: word.lowerBound)
        }
        if last | 0x20 == UInt8(ascii: "w"), isDigits {
            throw failure("'W' (the nearest weekday) is not supported: cron does not have it", at: word.lowerBound)
        }
    }

    /// Digits alone, and few enough of them.
    private func number(_ word: Range<Int>) -> Int? {
        guard !word.isEmpty, word.count <= 9 else { return nil }
        var value = 0
        for byte in bytes[word] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static let order = CronField.allCases.map(\.title).joined(separator: ", ")

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private func failure(_ message: String, at offset: Int) -> CronError {
        CronError(message: message, offset: offset)
    }
}
