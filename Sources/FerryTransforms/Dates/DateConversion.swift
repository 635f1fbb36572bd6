import FerryCore

/// `date`: a date or a time in another format.
///
/// | Options | Value | Becomes |
/// |---|---|---|
/// | `{from: unix_ms, to: rfc3339}` | `1700000000000` | `"2023-11-14T22:13:20Z"` |
/// | `{to: unix_ms}` | `"2023-11-14T23:13:20.25+01:00"` | `1700000000250` |
/// | `{from: unix_s, to: date, timezone: Asia/Kathmandu}` | `1700000000.5` | `"2023-11-15"` |
/// | `{from: "dd.MM.yyyy HH:mm", to: rfc3339, timezone: Europe/Berlin}` | `"26.10.2025 02:30"` | `"2025-10-26T02:30:00+02:00"` |
/// | `{to: "EEE, d MMM yyyy"}` | `"2026-11-22"` | `"Sun, 22 Nov 2026"` |
///
/// The formats are `unix_s` and `unix_ms` (numbers, or strings of them), `rfc3339`, `date` (`2026-11-22`) and the
/// patterns of ``DatePattern``. `from` may be a list, tried in order; left out, it is `[rfc3339, date]`. Numbers are
/// never guessed at: whether they count seconds or milliseconds must be said. `to` is `rfc3339` if left out, and
/// `date: unix_ms` is short for `{to: unix_ms}`.
///
/// `timezone` (default `UTC`) is the zone that texts without an offset are read in and all texts are written in. A
/// local time that is shown twice is the earlier one; one that is skipped is read with the offset before the gap.
/// `rfc3339` without an offset is read only if `timezone` is named.
///
/// Years are 0001 to 9999. Nanoseconds are kept; `unix_ms` is a whole number and, as a pattern does, cuts what it
/// cannot hold toward the earlier instant. Fields that no calendar or clock shows, leap seconds and a weekday that is
/// not that of the date are errors.
struct DateConversion: Transform {
    let isOneWay = true
    private let sources: [DateFormat]
    private let isGuided: Bool
    private let target: DateFormat
    private let zone: DateZone

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        let options = options.named("to")
        try options.allow(["from", "to", "timezone"])
        target = try Self.format(
            options.text("to", default: "rfc3339", "the name of a format or a pattern") { _ in true }
        )
        let names = try options.texts("from", "the name of a format or a pattern, or a list of these")
        isGuided = names != nil
        var sources: [DateFormat] = names == nil ? [.rfc3339, .date] : []
        for name in names ?? [] {
            let source = try Self.format(name)
            if case .pattern(let pattern, let text) = source {
                do throws(DatePatternError) {
                    try pattern.checkReading(of: text)
                } catch {
                    throw .invalidOptions(error.message)
                }
            }
            sources.append(source)
        }
        guard !Set(["unix_s", "unix_ms"]).isSubset(of: names ?? []) else {
            throw .invalidOptions("'from' lists both unix_s and unix_ms, and every number could be either; name one")
        }
        self.sources = sources
        let zoneName = try options.text("timezone", default: "", "the name of a time zone") { !$0.isEmpty }
        do throws(TimeZoneError) {
            zone = zoneName.isEmpty ? .utc : try DateZone(named: zoneName)
        } catch {
            throw .invalidOptions(error.description)
        }
    }

    private static func format(_ text: String) throws(TransformReferenceError) -> DateFormat {
        do throws(DatePatternError) {
            return try DateFormat(parsing: text)
        } catch {
            throw .invalidOptions(error.message)
        }
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        switch kind {
        case .missing, .null: return kind
        case .false, .true, .json:
            throw TransformError("'date' expects a string or a number, and the value is \(kind.name)")
        case .number, .string: break
        }
        let instant = try read(bytes, isNumber: kind == .number)
        do throws(DateFlaw) {
            return try target.append(instant, in: zone, to: &output)
        } catch {
            throw TransformError("the date cannot be written as '\(target.name)': \(error.reason ?? "")")
        }
    }

    /// The instant by the first format that takes the value.
    private func read(_ bytes: Span<UInt8>, isNumber: Bool) throws(TransformError) -> DateInstant {
        var problem: (format: DateFormat, reason: String)?
        for source in sources {
            do throws(DateFlaw) {
                return try source.read(bytes, isNumber: isNumber, in: zone)
            } catch {
                // A text that has the right form but, say, the wrong month tells more than one of another form.
                if problem == nil, let reason = error.reason { problem = (source, reason) }
            }
        }
        throw TransformError(explanation(problem, bytes, isNumber: isNumber))
    }

    private func explanation(
        _ problem: (format: DateFormat, reason: String)?,
        _ bytes: Span<UInt8>,
        isNumber: Bool
    ) -> String {
        if !isGuided, isNumber || isNumeric(bytes) {
            return "a number may count seconds or milliseconds: name unix_s or unix_ms in 'from'"
        }
        if let problem {
            var text = "as '\(problem.format.name)' the \(isNumber ? "number" : "text") is no date: \(problem.reason)"
            if case .unixSeconds = problem.format { text += "; does it count milliseconds (unix_ms)?" }
            return text
        }
        let names = sources.map { "'\($0.name)'" }.joined(separator: ", ")
        return sources.count == 1
            ? "the \(isNumber ? "number" : "text") is not of the format \(names)"
            : "the \(isNumber ? "number" : "text") is of none of the formats \(names)"
    }

    private func isNumeric(_ bytes: Span<UInt8>) -> Bool {
        // Only in answer to a value that was refused: whatever the flaw, it is of the form of a number or is not.
        do throws(DateFlaw) {
            _ = try UnixTimestamp.read(bytes, scale: 0)
            return true
        } catch {
            return if case .range = error { true } else { false }
        }
    }
}
