import FerryCore
import Testing

@Suite struct RecordHashTests {
    private func hash(_ text: String, seed: UInt64 = 0) -> RecordHash {
        Array(text.utf8).withUnsafeBytes { RecordHash.of($0, seed: seed) }
    }

    /// Hashes are stored in the ledger: another algorithm or byte order would make every record look changed.
    @Test func isXXH3With128Bits() {
        // From the algorithm's published test vectors: the empty input with seed 0.
        #expect(hash("") == RecordHash(low: 0x6001_C324_468D_497F, high: 0x99AA_06D3_0147_98D8))
    }

    @Test func dependsOnEveryByteAndTheSeed() {
        #expect(hash("record") == hash("record"))
        #expect(hash("record") != hash("recorD"))
        #expect(hash("record") != hash("record\0"))
        #expect(hash("record", seed: 1) != hash("record", seed: 2))
        #expect(hash("") != .unknown)
    }
}
