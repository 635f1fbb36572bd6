import FerryCore

/// Notices that a sequence goes round in circles, however long they are, by remembering one element.
///
/// The algorithm is Brent's ("An improved Monte Carlo factorization algorithm", 1980, §2). A circle is noticed before it
/// has been gone round three times; A, A and A, B, A at once.
struct CycleDetector: Sendable, Equatable {
    /// The element that is waited for.
    private var anchor: UInt64?
    /// How many elements it is waited for.
    private var power = 1
    /// How many elements came since.
    private var steps = 0

    init() {}

    /// Takes the next element; returns whether it was there before.
    mutating func repeats(_ element: UInt64) -> Bool {
        if element == anchor { return true }
        steps += 1
        if steps == power {
            anchor = element
            power *= 2
            steps = 0
        }
        return false
    }

    // MARK: In a position

    init?(_ value: JSONValue?) {
        guard let value, let power = value["power"]?.integer, power > 0, let steps = value["steps"]?.integer,
            0..<power ~= steps
        else { return nil }
        self.power = power
        self.steps = steps
        anchor = HexDigits.numbers(in: value["anchor"]?.string)?.first
    }

    var value: JSONValue {
        .object([
            .init(key: "anchor", value: anchor.map { .string(HexDigits.text(of: $0)) } ?? .null),
            .init(key: "power", value: .integer(power)),
            .init(key: "steps", value: .integer(steps)),
        ])
    }
}
