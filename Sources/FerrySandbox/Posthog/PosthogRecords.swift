/// An event as the sandbox's project holds it.
public struct PosthogEvent: Sendable, Equatable {
    /// The identifier that it came with, or was given.
    public var uuid: String
    /// What happened.
    public var event: String
    /// Who it happened to.
    public var distinctID: String
    /// When, in microseconds since 1970.
    public var microseconds: Int
    /// The properties as JSON.
    public var properties: String

    /// An event.
    ///
    /// - Parameter timestamp: when it happened, after RFC 3339; what is no time is the beginning of 1970.
    public init(uuid: String, event: String, distinctID: String, timestamp: String, properties: String = "{}") {
        self.uuid = uuid
        self.event = event
        self.distinctID = distinctID
        microseconds = PosthogTime.microseconds(rfc3339: timestamp) ?? 0
        self.properties = properties
    }

    /// When it happened, after RFC 3339.
    public var timestamp: String { PosthogTime.text(microseconds) }

    /// By what the service takes two events for one: the same day, event, person and identifier.
    struct Identity: Hashable, Sendable {
        let uuid: String
        let event: String
        let distinctID: String
        let day: Int
    }

    var identity: Identity {
        Identity(uuid: uuid, event: event, distinctID: distinctID, day: PosthogTime.day(microseconds))
    }
}

/// A person of the sandbox's project.
public struct PosthogPerson: Sendable {
    /// The identifier that the service gave it.
    public let id: String
    /// What the project's owner calls it.
    public internal(set) var distinctIDs: [String]
    /// When it was made, in microseconds since 1970.
    public let createdAt: Int
    /// The properties: name and JSON literal.
    public internal(set) var properties: [(name: String, json: String)]

    /// A property's JSON literal.
    public subscript(name: String) -> String? { properties.first { $0.name == name }?.json }
}

/// Properties in the order in which they came.
extension [(name: String, json: String)] {
    mutating func set(_ name: String, to json: String) {
        if let index = firstIndex(where: { $0.name == name }) {
            self[index].json = json
        } else {
            append((name, json))
        }
    }

    /// The object that they make.
    var object: String { "{\(map { "\(jsonLiteral($0.name)):\($0.json)" }.joined(separator: ","))}" }
}

/// Times as PostHog reads and writes them, to the microsecond.
enum PosthogTime {
    /// The time of a text after RFC 3339; `nil` for any other text.
    static func microseconds(rfc3339 text: String) -> Int? {
        var rest = Substring(text)
        guard let clock = read(&rest, separators: ["T", "t", " "]) else { return nil }
        if rest == "Z" || rest == "z" { return clock }
        guard let sign = rest.popFirst(), sign == "+" || sign == "-", let hours = number(&rest, 2), skip(":", &rest),
            let minutes = number(&rest, 2), rest.isEmpty
        else { return nil }
        return clock - (sign == "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000_000
    }

    /// The time of a text as ClickHouse's plain reader takes it: `2026-01-02 03:04:05.678000`, and no zone.
    static func microseconds(clickhouse text: String) -> Int? {
        var rest = Substring(text)
        guard let clock = read(&rest, separators: [" "]), rest.isEmpty else { return nil }
        return clock
    }

    /// The time on a clock that is so many minutes ahead of UTC, as the API writes it.
    static func text(_ microseconds: Int, minutesAhead: Int = 0) -> String {
        let local = microseconds + minutesAhead * 60_000_000
        let day = day(local)
        let inDay = local - day * 86_400_000_000
        let (year, month, date) = civil(day)
        let seconds = inDay / 1_000_000
        let fraction = inDay % 1_000_000
        let clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        let zone =
            minutesAhead == 0
            ? "Z"
            : "\(minutesAhead < 0 ? "-" : "+")\(padded(abs(minutesAhead) / 60, 2)):\(padded(abs(minutesAhead) % 60, 2))"
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(date, 2))T\(clock).\(padded(fraction, 6))\(zone)"
    }

    /// The day, counted from 1970.
    static func day(_ microseconds: Int) -> Int {
        microseconds >= 0 ? microseconds / 86_400_000_000 : (microseconds + 1) / 86_400_000_000 - 1
    }

    private static func read(_ rest: inout Substring, separators: [Character]) -> Int? {
        guard let year = number(&rest, 4), skip("-", &rest), let month = number(&rest, 2), skip("-", &rest),
            let date = number(&rest, 2), (1...12).contains(month), (1...31).contains(date),
            let separator = rest.popFirst(), separators.contains(separator),
            let hour = number(&rest, 2), skip(":", &rest), let minute = number(&rest, 2), skip(":", &rest),
            let second = number(&rest, 2), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction = 0
        if skip(".", &rest) {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty else { return nil }
            rest = rest[digits.endIndex...]
            fraction = Int((digits + "000000").prefix(6)) ?? 0
        }
        return ((days(year, month, date) * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + fraction
    }

    private static func number(_ rest: inout Substring, _ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        rest = rest.dropFirst(count)
        return Int(digits)
    }

    private static func skip(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private static func padded(_ number: Int, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    /// The days from 1970-01-01 to a date: every four centuries are the same, and a year is counted from March on.
    private static func days(_ year: Int, _ month: Int, _ date: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ day: Int) -> (year: Int, month: Int, date: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month < 10 ? 0 : 1)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}
