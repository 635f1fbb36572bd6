import FerryCore
import FerryTransforms
import Testing

/// What `date` makes of a value, as JSON text: strings in quotation marks.
func date(_ value: JSONValue, _ options: JSONValue = .null) throws -> String {
    let transform = try builtIn("date", options)
    var output = Array("before ".utf8)
    let kind: ValueKind
    switch value {
    case .string(let text):
        let bytes = Array(text.utf8)
        kind = try transform.apply(.string, bytes.span, into: &output)
    case .number(let literal):
        let bytes = Array(literal.utf8)
        kind = try transform.apply(.number, bytes.span, into: &output)
    default:
        let bytes = Array(value.compactText.utf8)
        kind = try transform.apply(value.isNull ? .null : .json, bytes.span, into: &output)
    }
    let text = String(decoding: output.dropFirst(7), as: UTF8.self)
    return kind == .string ? "\"\(text)\"" : text
}

/// The sentence with which `date` refuses a value.
func dateRefusal(_ value: JSONValue, _ options: JSONValue = .null) throws -> String {
    let error = try #require(throws: TransformError.self) { try date(value, options) }
    return error.message
}

@Suite struct DateConversionTests {
    @Test(arguments: [
        ("rfc3339", "\"2023-11-14T22:13:20.250Z\""), ("date", "\"2023-11-14\""), ("unix_s", "1700000000.25"),
        ("unix_ms", "1700000000250"), ("yyyyMMdd'T'HHmmss.SSSXXX", "\"20231114T221320.250Z\""),
        ("EEEE, d MMM yyyy 'o''clock' h:mm a Z", "\"Tuesday, 14 Nov 2023 o'clock 10:13 PM +0000\""),
        ("d.M.yyyy H:m:s", "\"14.11.2023 22:13:20\""), ("yyyy", "\"2023\""), ("SSSSSSSSS", "\"250000000\""),
    ])
    func aTimestampIsWrittenInEveryFormat(format: String, expected: String) throws {
        #expect(try date("2023-11-14T23:13:20.25+01:00", ["to": .string(format)]) == expected)
        #expect(try date("2023-11-14T23:13:20.25+01:00", .string(format)) == expected)
    }

    @Test(
        arguments: [
            ("unix_s", .number("1700000000"), "1700000000000"), ("unix_s", "1700000000", "1700000000000"),
            ("unix_s", .number("1.7e9"), "1700000000000"), ("unix_s", .number("17000000005E-1"), "1700000000500"),
            ("unix_ms", .number("1700000000123"), "1700000000123"), ("unix_ms", "-1", "-1"),
            ("rfc3339", "2023-11-14t22:13:20z", "1700000000000"),
            ("rfc3339", "2023-11-14 22:13:20-00:00", "1700000000000"),
            ("date", "2023-11-14", "1699920000000"), ("yyyyMMdd", .number("20231114"), "1699920000000"),
            ("EEE, dd MMMM yyyy hh:mm a", "TUE, 14 november 2023 12:05 am", "1699920300000"),
            ("d/M/yyyy", "1/2/2024", "1706745600000"), ("d/M/yyyy", "14/11/2023", "1699920000000"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSZ", "2023-11-14T23:13:20.07+0100", "1700000000070"),
            ("yyyy年MM月dd日", "2023年11月14日", "1699920000000"),
        ] as [(String, JSONValue, String)]
    )
    func everyFormatIsRead(format: String, value: JSONValue, milliseconds: String) throws {
        #expect(try date(value, ["from": .string(format), "to": "unix_ms"]) == milliseconds)
    }

    @Test func whatIsLeftOutIsRFC3339OrADayAndBecomesRFC3339() throws {
        #expect(try date("2026-11-22") == "\"2026-11-22T00:00:00Z\"")
        #expect(try date("2026-11-22T01:00:00+01:00") == "\"2026-11-22T00:00:00Z\"")
        #expect(try date("2026-11-22", ["timezone": "Europe/Berlin"]) == "\"2026-11-22T00:00:00+01:00\"")
    }

    @Test(
        arguments: [.number("1700000000"), .number("1700000000000"), "1700000000", "99999999999999999999"]
            as [JSONValue]
    )
    func aNumberIsNeverGuessedToBeSecondsOrMilliseconds(value: JSONValue) throws {
        let expected = "a number may count seconds or milliseconds: name unix_s or unix_ms in 'from'"
        #expect(try dateRefusal(value) == expected)
        #expect(try dateRefusal(value, "unix_ms") == expected)
        #expect(throws: TransformReferenceError.self) { try builtIn("date", ["from": ["unix_s", "date", "unix_ms"]]) }
        #expect(
            try dateRefusal(.number("1700000000000"), ["from": "unix_s"])
                == "as 'unix_s' the number is no date: it lies outside the years 0001 to 9999; does it count "
                + "milliseconds (unix_ms)?"
        )
    }

    @Test(arguments: [
        ("2023-11-14T22:13:20.1239Z", "1700000000123"), ("1969-12-31T23:59:59.9999Z", "-1"),
        ("1969-12-31T23:59:59.9990Z", "-1"), ("1969-12-31T23:59:58.0001Z", "-2000"),
    ])
    func millisecondsAreCutTowardTheEarlierInstant(text: String, milliseconds: String) throws {
        #expect(try date(.string(text), "unix_ms") == milliseconds)
    }

    @Test(arguments: [
        ("1700000000.5", "\"2023-11-14T22:13:20.500Z\"", "1700000000.5"),
        ("1700000000.123456789", "\"2023-11-14T22:13:20.123456789Z\"", "1700000000.123456789"),
        ("1700000000.1234567899", "\"2023-11-14T22:13:20.123456789Z\"", "1700000000.123456789"),
        ("0.000001", "\"1970-01-01T00:00:00.000001Z\"", "0.000001"),
        ("-1.5", "\"1969-12-31T23:59:58.500Z\"", "-1.5"), ("-0.5", "\"1969-12-31T23:59:59.500Z\"", "-0.5"),
        ("-0.0000000001", "\"1969-12-31T23:59:59.999999999Z\"", "-0.000000001"),
        ("1e-400000000000000000000", "\"1970-01-01T00:00:00Z\"", "0"), ("-0", "\"1970-01-01T00:00:00Z\"", "0"),
        ("0e999999999999999999999", "\"1970-01-01T00:00:00Z\"", "0"), ("12E+2", "\"1970-01-01T00:20:00Z\"", "1200"),
        ("-62135596800", "\"0001-01-01T00:00:00Z\"", "-62135596800"),
        ("253402300799.999999999", "\"9999-12-31T23:59:59.999999999Z\"", "253402300799.999999999"),
    ])
    func secondsKeepEveryDigitDownToTheNanosecond(literal: String, timestamp: String, seconds: String) throws {
        for value in [JSONValue.number(literal), .string(literal)] {
            #expect(try date(value, ["from": "unix_s"]) == timestamp)
            #expect(try date(value, ["from": "unix_s", "to": "unix_s"]) == seconds)
        }
        #expect(try date(.string(String(timestamp.dropFirst().dropLast())), "unix_s") == seconds)
    }

    @Test(arguments: [
        "", "1.", ".5", "+1", "01", "1e", "0x10", " 1", "1 ", "NaN", "1_000", "--1", "1.5.5", "2023-11-14",
        "253402300800", "-62135596801", "-62135596800.000000001", "1e30", "9223372036854775808", "1e999999999999999999",
    ])
    func whatIsNoNumberOfSecondsIsRefused(literal: String) {
        #expect(throws: TransformError.self) { try date(.string(literal), ["from": "unix_s"]) }
    }

    @Test(arguments: [
        ("2023-02-29T00:00:00Z", "the month has no such day"), ("1900-02-29T00:00:00Z", "the month has no such day"),
        ("2023-04-31T00:00:00Z", "the month has no such day"), ("2023-01-00T00:00:00Z", "the month has no such day"),
        ("2023-13-01T00:00:00Z", "the month lies outside 1 to 12"),
        ("2023-00-01T00:00:00Z", "the month lies outside 1 to 12"),
        ("0000-01-01T00:00:00Z", "the year lies outside 0001 to 9999"),
        ("2023-01-01T24:00:00Z", "the hour lies outside 0 to 23"),
        ("2023-01-01T00:60:00Z", "the minute lies outside 0 to 59"),
        ("2023-01-01T00:00:61Z", "the second lies outside 0 to 59"),
        ("2016-12-31T23:59:60Z", "it is a leap second (:60), for which Unix time has no number"),
        ("2023-01-01T00:00:00+24:00", "the offset from UTC lies outside -23:59 to +23:59"),
        ("2023-01-01T00:00:00+00:60", "the offset from UTC lies outside -23:59 to +23:59"),
        ("0001-01-01T00:00:00+00:01", "it lies outside the years 0001 to 9999"),
        ("9999-12-31T23:59:59-00:01", "it lies outside the years 0001 to 9999"),
        (
            "2023-01-01T00:00:00",
            "it has no offset from UTC; if all such texts are of one time zone, name that as 'timezone'"
        ),
    ])
    func aTimestampThatCannotBeIsRefusedWithTheReason(text: String, reason: String) throws {
        let expected = "as 'rfc3339' the text is no date: \(reason)"
        #expect(try dateRefusal(.string(text)) == expected)
        #expect(try dateRefusal(.string(text), ["from": "rfc3339"]) == expected)
    }

    @Test(arguments: [
        "", "2023-", "2023-1-01T00:00:00Z", "2023-01-01T00:00Z", "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00+0100",
        "2023-01-01T00:00:00Z ", "2023-01-01_00:00:00Z", "2023-01-01T00:00:00+01", "12023-01-01T00:00:00Z",
        "2023-01-01T00:00:0٠Z", "yesterday", "2023-01-01T", "2023-W01-1", "2023-01-01Z",
    ])
    func whatIsNoDateAtAllIsRefusedWithTheFormatsThatWereTried(text: String) throws {
        #expect(try dateRefusal(.string(text)) == "the text is of none of the formats 'rfc3339', 'date'")
        #expect(try dateRefusal(.string(text), ["from": "date"]) == "the text is not of the format 'date'")
    }

    @Test func formatsAreTriedInTheirOrder() throws {
        let options: JSONValue = ["from": ["unix_ms", "rfc3339", "dd/MM/yyyy", "MM/dd/yyyy"], "to": "date"]
        #expect(try date(.number("1700000000000"), options) == "\"2023-11-14\"")
        #expect(try date("2023-11-14T00:00:00Z", options) == "\"2023-11-14\"")
        #expect(try date("03/04/2023", options) == "\"2023-04-03\"")
        #expect(try date("11/14/2023", options) == "\"2023-11-14\"")
        #expect(
            try dateRefusal("14/13/2023", options)
                == "as 'dd/MM/yyyy' the text is no date: the month lies outside 1 to 12"
        )
        #expect(
            try dateRefusal("soon", options)
                == "the text is of none of the formats 'unix_ms', 'rfc3339', 'dd/MM/yyyy', 'MM/dd/yyyy'"
        )
    }

    @Test func aWeekdayThatIsNotThatOfTheDateIsRefused() throws {
        let options: JSONValue = ["from": "EEE d MMM yyyy", "to": "date"]
        #expect(try date("Sun 22 Nov 2026", options) == "\"2026-11-22\"")
        #expect(
            try dateRefusal("Mon 22 Nov 2026", options)
                == "as 'EEE d MMM yyyy' the text is no date: the weekday is not that of the date"
        )
    }

    @Test func aHalfOfTheDayTakesTwelveHours() throws {
        let options: JSONValue = ["from": "yyyy-MM-dd h:mm a", "to": "yyyy-MM-dd HH:mm"]
        #expect(try date("2026-01-01 12:00 AM", options) == "\"2026-01-01 00:00\"")
        #expect(try date("2026-01-01 12:00 PM", options) == "\"2026-01-01 12:00\"")
        #expect(try date("2026-01-01 1:00 pm", options) == "\"2026-01-01 13:00\"")
        #expect(try dateRefusal("2026-01-01 13:00 PM", options).hasSuffix("lies outside 1 to 12"))
        #expect(try dateRefusal("2026-01-01 0:00 AM", options).hasSuffix("lies outside 1 to 12"))
    }

    @Test func aValueThatIsNeitherTextNorNumberIsRefused() throws {
        #expect(try date(.null) == "")
        #expect(
            try dateRefusal(["a": 1]) == "'date' expects a string or a number, and the value is an object or array"
        )
        #expect(
            try dateRefusal(.number("5"), ["from": "rfc3339"]) == "the number is not of the format 'rfc3339'"
        )
    }

    @Test func aDateThatTheZoneShowsInAYearThatCannotBeWrittenIsRefused() throws {
        let options: JSONValue = ["from": "unix_s", "timezone": "Europe/Berlin"]
        #expect(
            try dateRefusal(.number("253402300799"), options)
                == "the date cannot be written as 'rfc3339': it lies outside the years 0001 to 9999"
        )
        #expect(throws: Never.self) { try date(.number("253402297199"), options) }
    }

    @Test(
        arguments: [
            (["to": "iso8601"], "neither a format"), (["to": "YYYY-MM-dd"], "'YYYY' is none of its fields"),
            (["from": "yy-MM-dd"], "'yy' is none"), (["to": "'abc"], "apostrophe"),
            (["to": "..."], "no field of a date"),
            (["to": ""], "no field of a date"), (["from": "yyyy-MM"], "does not say the day"),
            (["from": "yyyy-MM-dd mm:ss"], "has the minute but not the hour"), (["from": "yyyy-MM-dd MMM"], "twice"),
            (["from": "yyyyMd"], "two letters"), (["to": "h:mm"], "'h' and 'a'"), (["to": "HH:mm a"], "'h' and 'a'"),
            (["to": "yyyy-MM-ddTHH"], "'T' is none"), (["from": []], "'from'"), (["from": [1]], "'from'"),
            (["to": 5], "'to'"), (["timezone": "Europe/Berlim"], "unknown time zone 'Europe/Berlim'"),
            (["timezone": "../etc/passwd"], "is not the name of a time zone"), (["timezone": ""], "'timezone'"),
            (["zone": "UTC"], "has no option 'zone'"), (["to": "SSSSSSSSSS"], "is none"), (["to": "Mm"], "two letters"),
        ] as [(JSONValue, String)]
    )
    func optionsThatCannotWorkAreRefusedWithTheReason(options: JSONValue, part: String) throws {
        let error = try #require(throws: TransformReferenceError.self) { try builtIn("date", options) }
        guard case .invalidOptions(let message) = error else {
            Issue.record("expected invalidOptions")
            return
        }
        #expect(message.contains(part), "\(message)")
    }
}
