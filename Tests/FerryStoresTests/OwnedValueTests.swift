import FerryCore
import FerrySQLite
import FerryStores
import Testing

@Suite struct OwnedValueTests {
    static let values: [Value] = [
        .null, .missing, .yes, .no,
        .number("0"), .number("1"), .number("-0"), .number("-1"), .number("9223372036854775807"),
        .number("-9223372036854775808"), .number("9223372036854775808"), .number("123456789012345678901234567890"),
        .number("0.123456789012345678901234567890"), .number("19.90"), .number("19.9"), .number("1.0"),
        .number("1e400"),
        .number("1E5"), .number("1e-400"), .number("-0.0"), .number("0e99999999999999999999"), .number("1e+16"),
        .string(""), .string("null"), .string("true"), .string("5"), .string("19.90"), .string("{\"a\":1}"),
        .string("[1]"), .string("{"), .string("a\u{0}b"), .string("🚢 \"quoted\" 'single'"), .string("\u{301}e"),
        .json("{\"a\": [1, 2.50, null]}"), .json("[]"), .json("[{\"b\":\"\\u0000\"}]"),
    ]

    @Test(arguments: [Value.yes, .number("1"), .string("x"), .json("{}"), .null])
    func everyValueIsReadBackExactlyWhateverItsColumnHeldFirst(first: Value) async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.owned()
            let table = try await store.open(["a"])
            try await table.write([("first", [first])])
            var rows = Self.values.enumerated().map { ("\($0.offset)", [$0.element]) }
            let applied = try await table.write(rows)
            #expect(applied.inserted == rows.count)
            rows.append(("first", [first]))
            let expected = Dictionary(rows, uniquingKeysWith: { $1 })
            #expect(try await table.all(limit: 7) == expected)
            // Written over in another order, so that every value replaces every kind of note.
            for shift in [1, 5, 11] {
                let shifted = Self.values.indices.map {
                    ("\($0)", [Self.values[($0 + shift) % Self.values.count]])
                }
                let present = shifted.filter { $0.1 != [.missing] }
                try await table.write(present, known: true)
                let now = try await table.all()
                for (id, values) in present { #expect(now[id] == values, "row \(id) after \(shift)") }
            }
            #expect(table.isExact)
        }
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 7])
    func randomCellsAreReadBackEqual(seed: UInt64) async throws {
        try await StoreFixture.with { fixture in
            var random = SplitMix(state: seed)
            let table = try await fixture.owned().open(["a", "b", "c", "d"])
            var expected: [String: [Value]] = [:]
            for round in 0..<20 {
                var rows: [(String, [Value])] = []
                for _ in 0..<30 {
                    let row = (0..<4).map { _ in Self.value(&random) }
                    rows.append(("\(Int.random(in: 0..<200, using: &random))", row))
                }
                try await table.write(rows, known: round % 2 == 0)
                for (id, row) in rows {
                    // A missing cell leaves what is there.
                    expected[id] = expected[id].map { old in zip(old, row).map { $1 == .missing ? $0 : $1 } } ?? row
                }
            }
            #expect(try await table.all(limit: 13) == expected, "seed \(seed)")
        }
    }

    private static func value(_ random: inout SplitMix) -> Value {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return values.randomElement(using: &random) ?? .null
        case 1: return .number("\(Int64.random(in: Int64.min...Int64.max, using: &random))")
        case 2:
            let whole = Int.random(in: -99...99, using: &random)
            let digits = (0...Int.random(in: 0...25, using: &random)).map { _ in
                "\(Int.random(in: 0...9, using: &random))"
            }
            let exponent = Bool.random(using: &random) ? "e\(Int.random(in: -400...400, using: &random))" : ""
            return .number("\(whole).\(digits.joined())\(exponent)")
        default:
            let scalars = (0..<Int.random(in: 0...8, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &random))
            }
            return .string(String(String.UnicodeScalarView(scalars)))
        }
    }

    @Test func numbersCompareAsNumbersInSQL() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["price"])
            try await table.write([("a", [.number("19.90")]), ("b", [.number("5")]), ("c", [.number("100.00")])])
            #expect(try fixture.query("SELECT id FROM product WHERE price > 10 ORDER BY price") == [["a"], ["c"]])
            #expect(try fixture.query("SELECT typeof(price) FROM product WHERE id = 'a'") == [["real"]])
        }
    }

    @Test func notesThatNoLongerFitAreIgnored() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["a"])
            try await table.write([
                ("price", [.number("19.90")]), ("flag", [.yes]), ("doc", [.json("{}")]), ("big", [.number("1e400")]),
                ("gone", [.missing]), ("spoilt", [.number("2.50")]), ("spaced", [.number("2.50")]),
            ])
            try fixture.execute(
                """
                UPDATE product SET a = 21 WHERE id = 'price';
                UPDATE product SET a = 5 WHERE id = 'flag';
                UPDATE product SET a = '{broken' WHERE id = 'doc';
                UPDATE product SET a = 'big' WHERE id = 'big';
                UPDATE product SET a = 'here' WHERE id = 'gone';
                UPDATE product SET _ferry = '{"a":' WHERE id = 'spoilt';
                UPDATE product SET _ferry = '{ "a" : "=2.50" }' WHERE id = 'spaced';
                """
            )
            #expect(
                try await table.all() == [
                    "price": [.number("21")], "flag": [.number("5")], "doc": [.string("{broken")],
                    "big": [.string("big")], "gone": [.string("here")], "spoilt": [.number("2.5")],
                    "spaced": [.number("2.50")],
                ]
            )
            let applied = try await table.write([("spoilt", [.number("3.00")])], known: true)
            #expect(applied.refused.isEmpty)
            #expect(try await table.all()["spoilt"] == [.number("3.00")])
        }
    }

    @Test func keysKeepTheirKind() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned().open(["sku", "a"], key: "sku")
            let rows: [(String, [Value])] = [
                ("7", [.number("7"), .yes]), ("08", [.string("08"), .yes]), ("9", [.string("9"), .yes]),
                ("19.90", [.number("19.90"), .yes]), ("true", [.yes, .yes]), ("é", [.string("é"), .yes]),
                ("", [.string(""), .yes]), ("a\u{0}b", [.string("a\u{0}b"), .yes]),
            ]
            try await table.write(rows)
            #expect(try await table.all(limit: 1) == Dictionary(rows, uniquingKeysWith: { $1 }))
            try await table.write([("9", [.number("9"), .no])], known: true)
            #expect(try await table.all()["9"] == [.number("9"), .no])
            let applied = try await table.write([("10", [.number("11"), .no])])
            #expect(applied.refused[0]?.contains("'sku'") == true)
        }
    }
}

/// A small generator with a seed to print.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
