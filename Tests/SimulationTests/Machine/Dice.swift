import FerryTesting

/// Random numbers by what they are for.
///
/// What is drawn for one purpose says nothing about any other: a call more or less at one place of the engine leaves
/// the faults at all others where they were.
struct Dice: Sendable {
    let seed: UInt64

    /// The stream of numbers for a purpose.
    func stream(_ purpose: String, _ number: Int = 0) -> SeededRandom {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        var mixer = SeededRandom(seed: hash ^ UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15)
        return SeededRandom(seed: mixer.next())
    }
}

extension SeededRandom {
    /// Whether something happens whose probability this is.
    mutating func chance(_ probability: Double) -> Bool {
        // A number is drawn even where it cannot matter, so that what follows does not depend on the probability.
        let number = next() >> 11
        return Double(number) < probability * 0x1p53
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }

    mutating func seconds(_ range: ClosedRange<Double>) -> Duration {
        .milliseconds(number(Int(range.lowerBound * 1000)...Int(range.upperBound * 1000)))
    }
}
