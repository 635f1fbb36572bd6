import FerryCore
import FerryTesting
import Foundation
import Testing

/// Calendar expressions against the program whose rules they follow.
@Suite struct CalendarOracleTests {
    static let program = "/usr/bin/systemd-analyze"
    static let isThere = FileManager.default.isExecutableFile(atPath: program)

    /// A zone and an instant.
    struct Start: Sendable, CustomTestStringConvertible {
        var zone: String
        var base: Date
        var seed: UInt64
        /// Whether the zone's clocks are set shortly after.
        var clocksAreSet: Bool

        var testDescription: String { "\(zone) from \(base), seed \(seed)" }
    }

    static let starts: [Start] = [
        ("UTC", "2026-01-31T23:59:59Z", false), ("UTC", "2027-12-30T10:11:12Z", false),
        ("UTC", "2028-02-28T12:00:00Z", false), ("UTC", "2026-12-31T23:58:31Z", false),
        ("UTC", "2026-06-30T23:30:00Z", false), ("UTC", "2025-12-23T04:00:00Z", false),
        ("UTC", "2026-04-30T20:00:00Z", false), ("UTC", "2026-02-27T22:22:22Z", false),
        ("Europe/Berlin", "2026-06-15T08:00:00Z", false), ("Asia/Kolkata", "2026-07-01T00:00:00Z", false),
        ("Europe/Berlin", "2026-03-28T20:00:00Z", true), ("Europe/Berlin", "2026-10-24T20:00:00Z", true),
        ("Europe/Berlin", "2026-10-24T23:59:00Z", true),
        ("America/New_York", "2026-03-07T22:00:00Z", true), ("America/New_York", "2026-11-01T00:30:00Z", true),
        ("Australia/Lord_Howe", "2026-10-03T12:00:00Z", true), ("Australia/Lord_Howe", "2026-04-04T12:00:00Z", true),
        ("Pacific/Apia", "2011-12-29T20:00:00Z", true), ("Pacific/Apia", "2011-12-28T20:00:00Z", true),
        ("Asia/Beirut", "2025-03-29T12:00:00Z", true), ("Asia/Beirut", "2025-10-25T12:00:00Z", true),
    ].enumerated().map { index, start in
        Start(
            zone: start.0,
            base: RFC3339.parse(start.1) ?? .distantPast,
            seed: UInt64(index + 1),
            clocksAreSet: start.2
        )
    }

    @Test(.enabled(if: isThere, "systemd-analyze is not on this machine"), arguments: starts)
    func agreesWithSystemdOnFiftyGeneratedExpressions(_ start: Start) async throws {
        var generator = CalendarGenerator(seed: start.seed)
        // Where clocks are set, systemd 252 gives up on some repetitions without an end.
        let texts = (0..<50).map { _ in generator.expression() }.map { start.clocksAreSet ? $0.bounded : $0.open }
        let answers = try await Self.ask(texts, start)
        let zone = try TimeZoneRules(named: start.zone)
        var accepted = 0
        for text in texts {
            let answer = answers[text]
            guard let expression = try? CalendarExpression(parsing: text) else {
                #expect(answer == nil, "systemd takes '\(text)' as '\(answer?.normalized ?? "")'")
                continue
            }
            guard let answer else {
                Issue.record("systemd refuses '\(text)', which became '\(expression.normalized)'")
                continue
            }
            accepted += 1
            #expect(expression.normalized == answer.normalized, "'\(text)'")
            // systemd takes what does not exist from the end of a month as the day after it.
            if start.zone == "Pacific/Apia", text.contains("~") { continue }
            var found: [String] = []
            var date = start.base
            while found.count < 5, let next = expression.next(after: date, in: zone) {
                #expect(next > date, "'\(text)'")
                found.append(Self.text(next))
                date = next
            }
            #expect(found == answer.due, "'\(text)', which is '\(expression.normalized)', in \(start.zone)")
        }
        // The generator is of no use if nearly all it makes is refused.
        #expect(accepted > 25)
    }

    @Test(.enabled(if: isThere, "systemd-analyze is not on this machine"))
    func takesAndRefusesWhatSystemdDoes() async throws {
        let base = try #require(RFC3339.parse("2026-05-05T05:05:05Z"))
        let start = Start(zone: "UTC", base: base, seed: 0, clocksAreSet: false)
        let answers = try await Self.ask(
            CalendarExpressionTests.accepted.map(\.0) + CalendarExpressionTests.refused.map(\.0),
            start
        )
        for (text, normalized) in CalendarExpressionTests.accepted {
            // systemd shows the original without spaces at its end.
            let shown = text.hasSuffix(" ") ? String(text.dropLast()) : text
            #expect(answers[shown]?.normalized == normalized, "'\(text)'")
        }
        for (text, _, _) in CalendarExpressionTests.refused {
            #expect(answers[text] == nil, "'\(text)'")
        }
    }

    private struct Answer {
        var normalized: String
        var due: [String]
    }

    /// What systemd says about expressions; nothing about those that it refuses.
    private static func ask(_ texts: [String], _ start: Start) async throws -> [String: Answer] {
        let arguments = ["calendar", "--iterations=5", "--base-time=\(text(start.base)) UTC", "--"] + texts
        let environment = ["TZ": start.zone, "LC_ALL": "C", "SYSTEMD_COLORS": "0"]
        let output = try await TemporaryDirectory.with { folder in
            try await Program.run(program, arguments, environment: environment, in: folder).output
        }
        var answers: [String: Answer] = [:]
        // One block each; "Original form" is left out where it is the normalized one.
        for block in output.split(separator: "\n\n") {
            var original: String?
            var answer = Answer(normalized: "", due: [])
            for line in block.split(separator: "\n") {
                guard let colon = line.firstRange(of: ": ") else { continue }
                let value = String(line[colon.upperBound...])
                switch line[..<colon.lowerBound].trimmingCharacters(in: .whitespaces) {
                case "Original form": original = value
                case "Normalized form": answer.normalized = value
                case "(in UTC)": answer.due[answer.due.count - 1] = time(value)
                case "From now": continue
                default: if value != "never" { answer.due.append(time(value)) }
                }
            }
            // The blocks of refused expressions have no lines.
            if !answer.normalized.isEmpty { answers[original ?? answer.normalized] = answer }
        }
        return answers
    }

    /// `Sun 2026-03-29 01:00:00 UTC` without the weekday and the zone.
    private static func time(_ value: String) -> String {
        value.split(separator: " ").dropFirst().prefix(2).joined(separator: " ")
    }

    /// systemd shows no fractions.
    private static func text(_ date: Date) -> String {
        let local = TimeZoneRules.utc.local(at: date)
        return String(
            format: "%04d-%02d-%02d %02d:%02d:%02d",
            local.year,
            local.month,
            local.day,
            local.hour,
            local.minute,
            local.second
        )
    }
}

/// Makes calendar expressions, most of them such that systemd takes them.
///
/// Each comes in a second form whose repetitions have an end.
private struct CalendarGenerator {
    typealias Pair = (open: String, bounded: String)

    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0xD1B5_4A32_D192_ED03
    }

    /// SplitMix64.
    private mutating func draw(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(count))
    }

    private mutating func one<Value>(of values: [Value]) -> Value { values[draw(values.count)] }

    mutating func expression() -> Pair {
        if draw(25) == 0 {
            let name = one(of: [
                "minutely", "hourly", "daily", "Weekly", "monthly", "quarterly", "semiannually", "YEARLY",
            ])
            return (name, name)
        }
        var parts: [Pair] = []
        if draw(3) == 0 { parts.append(weekdays()) }
        if draw(2) == 0 || parts.isEmpty && draw(3) == 0 { parts.append(date()) }
        if draw(5) > 0 || parts.isEmpty { parts.append(time()) }
        let space = one(of: [" ", " ", " ", "  "])
        let text = Self.join(parts, space)
        switch draw(12) {
        case 0: return Self.join([text, (" UTC", " UTC")], "")
        case 1:
            let zone = one(of: [" Europe/Berlin", " America/New_York", " Asia/Tokyo"])
            return Self.join([text, (zone, zone)], "")
        default: return text
        }
    }

    private static func join(_ parts: [Pair], _ separator: String) -> Pair {
        (parts.map(\.open).joined(separator: separator), parts.map(\.bounded).joined(separator: separator))
    }

    private mutating func weekdays() -> Pair {
        let names = ["Mon", "Tue", "Wednesday", "thu", "FRI", "Sat", "Sunday"]
        let text = (0...draw(2)).map { _ in
            let first = draw(7)
            let last = first + draw(7 - first)
            return last == first ? names[first] : "\(names[first])..\(names[last])"
        }.joined(separator: ",")
        return (text, text)
    }

    private mutating func date() -> Pair {
        // In lists, systemd takes fewer and fewer days from the end of the month.
        var day = draw(3) == 0 ? component(1...16, width: 2, fromEnd: true) : component(1...31, width: 2)
        if day.isFromEnd, draw(2) == 0 { day.pair = one(of: [("1", "1"), ("03/1", "01..03"), ("4/2", "2..4/2")]) }
        let separator = day.isFromEnd ? "~" : "-"
        let month = draw(2) == 0 ? ("*", "*") : component(1...12, width: 2).pair
        let monthAndDay = Self.join([month, day.pair], separator)
        switch draw(4) {
        case 0: return monthAndDay
        case 1: return Self.join([component(2010...2036, width: 4, top: 2199).pair, monthAndDay], "-")
        default: return Self.join([("*", "*"), monthAndDay], "-")
        }
    }

    private mutating func time() -> Pair {
        var parts = [
            draw(2) == 0 ? component(0...4, width: 2, top: 23).pair : component(0...23, width: 2).pair,
            component(0...59, width: 2).pair,
        ]
        if draw(3) == 0 { parts.append(draw(4) == 0 ? fractions() : component(0...59, width: 2).pair) }
        return Self.join(parts, ":")
    }

    private mutating func fractions() -> Pair {
        let start = "\(draw(50)).\(one(of: ["5", "25", "000001", "1234567", "9999995"]))"
        let end = one(of: [
            ("", ""), ("/7", "..59.999999/7"), ("..59", "..59"), ("..59.5/7.25", "..59.5/7.25"),
            ("/1.5", "..59.999999/1.5"), (",3", ",3"),
        ])
        return (start + end.0, start + end.1)
    }

    private mutating func component(
        _ range: ClosedRange<Int>,
        width: Int,
        top: Int? = nil,
        fromEnd: Bool = false
    ) -> (pair: Pair, isFromEnd: Bool) {
        if draw(4) == 0 { return (("*", "*"), fromEnd) }
        let elements = (0...max(0, draw(4) - 1)).map { _ in
            element(range, width, top ?? range.upperBound, fromEnd)
        }
        return (Self.join(elements, ","), fromEnd)
    }

    private mutating func element(_ range: ClosedRange<Int>, _ width: Int, _ top: Int, _ fromEnd: Bool) -> Pair {
        func text(_ value: Int) -> String { draw(6) == 0 ? String(value) : String(format: "%0\(width)d", value) }
        let first = range.lowerBound + draw(range.count)
        let start = text(first)
        let rest = range.upperBound - first
        switch draw(6) {
        case 0:
            let element = start + ".." + text(first + draw(rest + 1))
            return (element, element)
        case 1:
            let step = 1 + draw(max(1, rest + 1))
            let last = fromEnd ? (first - 1) % step + 1 : top
            return ("\(start)/\(step)", fromEnd ? "\(last)..\(first)/\(step)" : "\(start)..\(last)/\(step)")
        case 2 where rest > 1:
            let element = start + ".." + text(first + 1 + draw(rest)) + "/\(1 + draw(rest))"
            return (element, element)
        default:
            return (start, start)
        }
    }
}
