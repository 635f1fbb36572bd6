import FerryCore

/// How far scans have come: the highest value of the cursor's field, and which records had it.
struct CursorMark: Sendable, Equatable {
    /// The value as a record had it.
    var value: JSONValue
    /// The hashes of the records at that value: they are not given again.
    var ties: [UInt64] = []
    /// When the scan began that came so far, by this machine's clock, in seconds since 1970.
    var began: Int

    /// How many records at one value are remembered; the others are given again, and found to be unchanged.
    static let maximumTies = 10_000

    init(value: JSONValue, ties: [UInt64] = [], began: Int) {
        self.value = value
        self.ties = ties
        self.began = began
    }

    init?(_ json: JSONValue?) {
        guard let json, let value = json["value"], let ties = HexDigits.numbers(in: json["ties"]?.string),
            let began = json["began"]?.integer
        else { return nil }
        self.init(value: value, ties: ties, began: began)
    }

    var json: JSONValue {
        .object([
            .init(key: "value", value: value), .init(key: "ties", value: .string(HexDigits.text(of: ties))),
            .init(key: "began", value: .integer(began)),
        ])
    }
}
