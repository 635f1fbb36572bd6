import FerryCore
import Testing

@Suite struct DateZoneTests {
    private static let pattern = "EEE, d MMMM yyyy hh:mm:ss a"

    @Test func instantsAreWrittenAsPythonWritesThem() throws {
        for row in DateTable.instants {
            let value = JSONValue.integer(row.seconds)
            func written(_ format: String) throws -> String {
                try date(value, ["from": "unix_s", "to": .string(format), "timezone": .string(row.zone)])
            }
            #expect(try written("rfc3339") == "\"\(row.rfc3339)\"", "\(row.zone)")
            #expect(try written("date") == "\"\(row.date)\"", "\(row.zone)")
            #expect(try written(Self.pattern) == "\"\(row.text)\"", "\(row.zone)")
            #expect(try date(.string(row.rfc3339), "unix_s") == String(row.seconds))
        }
    }

    @Test func localTimesAreReadAsPythonReadsThem() throws {
        for row in DateTable.localTimes {
            for format in ["yyyy-MM-dd HH:mm:ss", "rfc3339"] {
                let options: JSONValue = ["from": .string(format), "to": "unix_s", "timezone": .string(row.zone)]
                #expect(try date(.string(row.text), options) == String(row.seconds), "\(row.zone) \(row.text)")
            }
        }
    }

    @Test func anOffsetInTheTextGoesBeforeTheZone() throws {
        let options: JSONValue = ["to": "unix_s", "timezone": "America/New_York"]
        #expect(try date("2023-11-14T22:13:20Z", options) == "1700000000")
        #expect(try date("2023-11-14T17:13:20", options) == "1700000000")
    }

    @Test func aDayIsItsFirstInstantInTheZone() throws {
        // Apia skipped 30 December 2011; the offset before the gap makes it the 31st.
        let apia: JSONValue = ["from": "date", "to": "rfc3339", "timezone": "Pacific/Apia"]
        #expect(try date("2011-12-30", apia) == "\"2011-12-31T00:00:00+14:00\"")
        #expect(try date("2011-12-29", apia) == "\"2011-12-29T00:00:00-10:00\"")
    }

    @Test(arguments: [
        "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
    ])
    func everyInstantComesBackFromEveryFormatThatHoldsIt(zone: String) throws {
        let seed: UInt64 = 0xDA7E
        var random = SeededNumbers(seed: seed)
        let formats = ["unix_s", "unix_ms", "rfc3339", "EEEE d MMM yyyy h:mm:ss.SSS a XXX", "yyyyMMddHHmmssSSSZ"]
        let steps = try formats.map { format in
            (
                try builtIn("date", ["from": "unix_ms", "to": .string(format), "timezone": .string(zone)]),
                try builtIn("date", ["from": .string(format), "to": "unix_ms", "timezone": .string(zone)])
            )
        }
        for _ in 0..<400 {
            // A day from both ends, where a zone's own year may lie outside.
            let instant = Int.random(in: -62_135_510_400_000...253_402_214_399_999, using: &random)
            let literal = Array(String(instant).utf8)
            for (format, (there, back)) in zip(formats, steps) {
                var text: [UInt8] = []
                var result: [UInt8] = []
                let kind = try there.apply(.number, literal.span, into: &text)
                #expect(try back.apply(kind, text.span, into: &result) == .number)
                #expect(result == literal, "seed \(seed), \(format): \(String(decoding: text, as: UTF8.self))")
            }
        }
    }

    @Test func everyDayOfFourCenturiesComesBackAndIsTheNextOne() throws {
        let there = try builtIn("date", ["from": "unix_s", "to": "date"])
        let back = try builtIn("date", ["from": "date", "to": "unix_s"])
        // The calendar repeats itself every 400 years; the first of them here is 1 March 1600.
        var before = ""
        for day in -135_080..<11_017 {
            let literal = Array(String(day * 86_400).utf8)
            var text: [UInt8] = []
            var result: [UInt8] = []
            _ = try there.apply(.number, literal.span, into: &text)
            _ = try back.apply(.string, text.span, into: &result)
            let shown = String(decoding: text, as: UTF8.self)
            guard result == literal, shown > before else {
                Issue.record("\(day): \(shown) after \(before)")
                return
            }
            before = shown
        }
        #expect(before == "2000-02-29")
    }

    @Test func noByteSequenceIsEverTakenForADateThatItIsNot() throws {
        var random = SeededNumbers(seed: 7)
        let transform = try builtIn("date", ["from": ["rfc3339", "date"], "to": "rfc3339"])
        let valid = Array("2024-02-29T23:59:59.5+05:45".utf8)
        for _ in 0..<20_000 {
            var text = valid
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                text[Int.random(in: text.indices, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            text.removeLast(Int.random(in: 0...1, using: &random) * Int.random(in: 0..<text.count, using: &random))
            var output: [UInt8] = []
            do throws(TransformError) {
                guard try transform.apply(.string, text.span, into: &output) == .string else { continue }
            } catch {
                continue
            }
            // Whatever is taken is the same instant when it is read again.
            var again: [UInt8] = []
            #expect(try transform.apply(.string, output.span, into: &again) == .string)
            #expect(again == output)
        }
    }
}
