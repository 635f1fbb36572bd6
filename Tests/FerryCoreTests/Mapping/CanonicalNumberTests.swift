import FerryCore
import Testing

@Suite struct CanonicalNumberTests {
    @Test(arguments: [
        ["1", "1.0", "10e-1", "1E0", "0.1e1", "1.000e+0", "100e-2"],
        ["0", "0.0", "-0", "-0.0", "0e5", "0E-7", "-0.000e3"],
        ["1E400", "1e+400", "10e399", "0.1e401", "1.0E400"],
        ["1e401", "10e400"],
        ["123456789012345678901234567890.10", "1234567890123456789012345678901e-1"],
        ["-12.5", "-1.25e1", "-125e-1"],
        ["0.0010", "1e-3", "0.001"],
        ["9007199254740993", "9007199254740993.0"],
    ])
    func takesLiteralsOfOneValueForEqual(literals: [String]) {
        for literal in literals {
            #expect(CanonicalNumber.areEqual(literals[0], literal), "\(literals[0]) = \(literal)")
        }
    }

    @Test func tellsValuesApart() {
        let literals = [
            "0", "1", "-1", "10", "0.1", "1e400", "1e401", "-1e400", "123456789012345678901234567890.1",
            "123456789012345678901234567890.11", "9007199254740992", "9007199254740993", "1e-400",
        ]
        for (index, left) in literals.enumerated() {
            for right in literals[(index + 1)...] {
                #expect(!CanonicalNumber.areEqual(left, right), "\(left) = \(right)")
            }
        }
    }

    @Test func takesAMissingFieldForNullAndForNothingElse() {
        let rows = batch(columns: 2, [[nil, 1], [.null, 1], ["", 1], [0, 1], [false, 1], ["null", 1]])
        let hashes = (0..<6).map { RecordImage(of: $0, in: rows).hash(seed: 3) }
        #expect(hashes[0] == hashes[1])
        #expect(Set(hashes).count == 5)
    }
}
