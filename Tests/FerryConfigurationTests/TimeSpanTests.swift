import FerryCore
import Testing

struct TimeSpanTests {
    @Test(
        "a time span is read as systemd.time(7) says",
        arguments: [
            ("90", Duration.seconds(90)), ("90s", .seconds(90)), ("1h 30m", .seconds(5400)),
            ("1h30min", .seconds(5400)), ("2 h", .seconds(7200)), ("2hours", .seconds(7200)),
            ("48hr", .seconds(172_800)), ("1y 12month", .seconds(31_557_600 + 12 * 2_629_800)),
            ("55s500ms", .milliseconds(55_500)), ("300ms20s 5day", .milliseconds(432_020_300)),
            ("2 weeks", .seconds(1_209_600)), ("10m", .seconds(600)), ("500ms", .milliseconds(500)),
            ("1M", .seconds(2_629_800)), ("1.5h", .seconds(5400)), (".5s", .milliseconds(500)),
            ("7us", .microseconds(7)), ("7µs", .microseconds(7)), ("7μs", .microseconds(7)), ("9ns", .nanoseconds(9)),
            ("  3  d ", .seconds(259_200)), ("0", .zero), ("5 30m", .seconds(1805)),
        ]
    )
    func reads(_ text: String, _ span: Duration) throws {
        #expect(try TimeSpan.parse(text) == span)
    }

    @Test(
        "what is no time span is refused at the wrong character",
        arguments: [
            ("", 0, "expected a number"), ("   ", 0, "expected a number"), ("h", 0, "expected a number"),
            ("10 mins", 3, "unknown unit 'mins'"), ("1h 5x", 4, "unknown unit 'x'"), ("-5s", 0, "expected a number"),
            ("5s,", 2, "expected a number"), ("infinity", 0, "expected a number"),
            ("1.h", 2, "expected digits after the point"), ("300y", 0, "the span is longer than 292 years"),
            ("99999999999999999999999s", 0, "the span is longer than 292 years"),
        ]
    )
    func refuses(_ text: String, _ offset: Int, _ message: String) {
        #expect(throws: TimeSpanError(message: message, offset: offset)) { try TimeSpan.parse(text) }
    }
}
