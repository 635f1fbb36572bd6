import FerryCore
import FerryHTTP
import FoundationEssentials

/// Reads what an answer's headers say of the service's limits.
///
/// Beside the headers that a description names, these are understood:
/// - `Retry-After` (RFC 9110, §10.2.3): seconds or a date.
/// - `RateLimit` and `RateLimit-Remaining`, `RateLimit-Reset` (draft-ietf-httpapi-ratelimit-headers, the current version
///   and the older ones): the reset counts seconds.
/// - `X-RateLimit-Remaining`, `X-RateLimit-Reset` and their like, which no two services write alike: seconds, Unix time
///   in seconds or milliseconds, told apart by their size, a span such as `6s`, or a date.
struct RateHeaders: Sendable {
    /// What the headers say.
    struct Reading: Equatable {
        /// Requests left.
        var remaining: Int?
        /// How long it takes until the service counts anew.
        var reset: Duration?
    }

    /// The description's own headers.
    let declared: LimitHeaders?

    /// The longest time that a header makes Ferry wait: whatever it says, somebody looks again within a day.
    static let longest: Duration = .seconds(86_400)
    /// The names by which services call the two without being asked, the most specific first.
    private static let families = ["RateLimit", "X-RateLimit", "X-Rate-Limit"]

    /// Reads the headers of an answer that came at `now`.
    func reading(of response: HTTPResponse, now: Date) -> Reading {
        guard let declared else { return Self.usual(response, now: now) }
        if let limit = response.header(declared.limit ?? ""), let limit = Self.number(limit), limit < 1 {
            return Reading()
        }
        let remaining = response.header(declared.remaining).flatMap(Self.number)
        let reset = response.header(declared.reset).flatMap { text in
            Self.reset(text, as: declared.resetForm, now: Self.now(of: response, now))
        }
        return Reading(remaining: Self.count(remaining), reset: reset)
    }

    /// How long the service asks to wait, by `Retry-After`.
    static func retryAfter(of response: HTTPResponse, now: Date) -> Duration? {
        guard let text = response.header("Retry-After") else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return Double(text).map(span) }
        return HTTPDate.parse(text, now: now).map { span($0.timeIntervalSince(Self.now(of: response, now))) }
    }

    // MARK: The usual headers

    private static func usual(_ response: HTTPResponse, now: Date) -> Reading {
        // One look at the names: most answers have none of these.
        guard response.headers.contains(where: { $0.name.utf8.count >= 9 && mentionsLimits($0.name) }) else {
            return Reading()
        }
        if let field = response.header("RateLimit"), let reading = structured(field) { return reading }
        for family in families {
            guard let remaining = response.header("\(family)-Remaining").flatMap(Self.number) else { continue }
            if let limit = response.header("\(family)-Limit").flatMap(Self.number), limit < 1 { return Reading() }
            let after = response.header("\(family)-Reset-After").flatMap(Self.number).map(Self.span)
            let text = response.header("\(family)-Reset")
            let serviceNow = Self.now(of: response, now)
            return Reading(remaining: count(remaining), reset: after ?? text.flatMap { reset($0, now: serviceNow) })
        }
        return Reading()
    }

    private static func mentionsLimits(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("ratelimit") || name.hasPrefix("x-rate")
    }

    /// `"default";r=50;t=30` of the current draft, or `limit=100, remaining=50, reset=5` of an older one.
    ///
    /// Of several policies the one with the least left counts.
    private static func structured(_ field: String) -> Reading? {
        var least: Reading?
        var plain = Reading()
        for item in split(field, at: ",") {
            var reading = Reading()
            for part in split(item, at: ";") {
                let pair = part.split(separator: "=", maxSplits: 1)
                guard pair.count == 2, let value = number(String(pair[1])) else { continue }
                switch trimmed(pair[0]).lowercased() {
                case "r": reading.remaining = count(value)
                case "t": reading.reset = span(value)
                case "remaining": plain.remaining = count(value)
                case "reset": plain.reset = span(value)
                default: continue
                }
            }
            guard let remaining = reading.remaining else { continue }
            if remaining < least?.remaining ?? .max { least = reading }
        }
        return least ?? (plain.remaining == nil ? nil : plain)
    }

    // MARK: Values

    /// A reset in whatever form; `nil` when it could be more than one of them.
    private static func reset(_ text: String, now: Date) -> Duration? {
        let instant = { (seconds: Double) in span(seconds - now.timeIntervalSince1970) }
        switch number(text) {
        // 31 days.
        case .some(let value) where value <= 2_678_400: return span(value)
        case .some(let value) where (1e9..<1e11).contains(value): return instant(value)
        case .some(let value) where (1e12..<1e14).contains(value): return instant(value / 1000)
        case .some: return nil
        case nil: break
        }
        // What is no span is a date.
        if let span = try? TimeSpan.parse(text) { return min(span, longest) }
        return date(text, now: now).map { span($0.timeIntervalSince(now)) }
    }

    private static func reset(_ text: String, as form: LimitHeaders.ResetForm, now: Date) -> Duration? {
        switch form {
        case .seconds: number(text).map(span)
        case .epoch: number(text).map { span($0 - now.timeIntervalSince1970) }
        case .epochMilliseconds: number(text).map { span($0 / 1000 - now.timeIntervalSince1970) }
        case .httpDate: date(text, now: now).map { span($0.timeIntervalSince(now)) }
        }
    }

    private static func date(_ text: String, now: Date) -> Date? {
        HTTPDate.parse(text, now: now) ?? RFC3339.parse(text)
    }

    /// The service's own time, by which its dates are meant, if it tells; its clock may differ from this one.
    private static func now(of response: HTTPResponse, _ now: Date) -> Date {
        response.header("Date").flatMap { HTTPDate.parse($0, now: now) } ?? now
    }

    /// A number without a sign, with a fraction or without: `12`, `598.0`.
    private static func number(_ text: String) -> Double? {
        let text = trimmed(Substring(text))
        let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard isNumber, text.utf8.count <= 20 else { return nil }
        return Double(text)
    }

    private static func count(_ value: Double?) -> Int? {
        value.flatMap { Int(exactly: $0.rounded(.down)) }
    }

    private static func span(_ seconds: Double) -> Duration {
        .milliseconds(Int64((min(max(seconds, 0), 86_400) * 1000).rounded(.up)))
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }

    /// Splits a structured field, but not inside its quoted names.
    private static func split(_ field: some StringProtocol, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var isQuoted = false
        let field = Substring(field)
        var start = field.startIndex
        for index in field.indices {
            if field[index] == "\"" { isQuoted.toggle() }
            guard field[index] == separator, !isQuoted else { continue }
            parts.append(field[start..<index])
            start = field.index(after: index)
        }
        parts.append(field[start...])
        return parts
    }
}
