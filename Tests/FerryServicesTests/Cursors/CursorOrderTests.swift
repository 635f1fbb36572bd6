import FerryCore
import Testing

@testable import FerryServices

@Suite struct CursorOrderTests {
    @Test(arguments: [
        ["2026-01-01", "2026-01-01T00:00:00.001Z", "2026-01-01 00:00:01", "2026-01-01T01:00:02+01:00", "2026-01-02"],
        [
            "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.12Z", "2026-01-01T00:00:00.123456789Z",
            "2026-01-01T00:00:00.1234567891Z", "2026-01-01T00:00:00,2+0000", "2026-01-01T00:00:00.21+00",
        ],
        ["1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000001Z"],
    ])
    func ordersTimesToTheLastDigit(times: [String]) {
        let keys = times.map { CursorTime($0) }
        #expect(!keys.contains(nil))
        #expect(keys.compactMap(\.self) == keys.compactMap(\.self).sorted())
        for (left, right) in zip(keys.compactMap(\.self), keys.compactMap(\.self).dropFirst()) { #expect(left < right) }
    }

    @Test(arguments: [
        ("2026-01-01T12:00:00Z", "2026-01-01T13:00:00+01:00"), ("2026-01-01T12:00:00Z", "2026-01-01 12:00:00.000"),
        ("2026-01-01T12:00:00Z", "2026-01-01T07:00:00-0500"), ("2026-01-01T12:00:00Z", "2026-01-01 12:00:00 UTC"),
    ])
    func takesOneMomentForOne(left: String, right: String) {
        #expect(CursorTime(left) == CursorTime(right))
        #expect(CursorTime(left) != nil)
    }

    @Test(arguments: ["", "x", "2026", "2026-02-30", "2026-01-01T25:00:00Z", "2026-01-01T12:00:00.Z", "1700000000"])
    func takesNothingElseForATime(text: String) {
        #expect(CursorTime(text) == nil)
    }

    @Test(arguments: [
        ("2026-03-01T12:00:00.500Z", "2026-03-01T11:59:00Z"), ("2026-03-01 12:00:00", "2026-03-01 11:59:00"),
        ("2026-03-01T13:00:00+01:00", "2026-03-01T11:59:00Z"), ("2026-03-01T12:00:00", "2026-03-01T11:59:00"),
    ])
    func writesAnEarlierTimeInTheSameWay(time: String, earlier: String) throws {
        let order = CursorOrder(type: .timestamp)
        let seconds = try #require(order.seconds(of: .string(time)))
        #expect(order.value(ofSeconds: seconds - 60, like: .string(time)) == .string(earlier))
    }

    @Test func countsSecondsAndMilliseconds() {
        let seconds = CursorOrder(type: .unixSeconds)
        #expect(seconds.seconds(of: .number("1700000000.75")) == 1_700_000_000)
        #expect(seconds.value(ofSeconds: 5, like: .string("9.5")) == "5")
        let milliseconds = CursorOrder(type: .unixMilliseconds)
        #expect(milliseconds.seconds(of: .number("1700000000999")) == 1_700_000_000)
        #expect(milliseconds.value(ofSeconds: 5, like: .number("9")) == .number("5000"))
        #expect(CursorOrder(type: .number).seconds(of: .number("5")) == nil)
        for literal in ["-9223372036854775808", "9223372036854775807", "1e400", "99999999999999999999"] {
            #expect(seconds.seconds(of: .number(literal)) == nil)
        }
    }

    @Test func ordersNumbersByTheirValueWhateverTheirLength() {
        let numbers = [
            "-1e30", "-12", "-1.5", "-1.05", "0", "1e-30", "0.5", "0.51", "5", "9", "10", "9007199254740992",
            "9007199254740993", "123456789012345678901234567890", "1e40",
        ]
        let keys = numbers.compactMap { DecimalKey($0) }
        #expect(keys.count == numbers.count)
        for (left, right) in zip(keys, keys.dropFirst()) { #expect(left < right && !(right < left)) }
        #expect(DecimalKey("1.50e1") == DecimalKey("15.0") && DecimalKey("-0") == DecimalKey("0.00"))
        for text in ["", "-", "x", "1x", "1e", "1e99999999999999999999"] { #expect(DecimalKey(text) == nil) }
    }

    @Test func comparesOnlyWhatIsOfItsType() {
        #expect(CursorOrder(type: .timestamp).key(of: .number("5")) == nil)
        #expect(CursorOrder(type: .number).key(of: "12") != nil)
        #expect(CursorOrder(type: .number).key(of: "twelve") == nil)
        #expect(CursorOrder(type: .string).key(of: .null) == nil)
        #expect(CursorOrder(type: .string).key(of: nil) == nil)
    }
}
