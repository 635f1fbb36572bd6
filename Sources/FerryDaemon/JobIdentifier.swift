import FoundationEssentials

/// Identifiers of jobs: `job_`, and a ULID, which sorts by time.
enum JobIdentifier {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    /// A new identifier: 48 bits of time in ms, 80 random bits.
    static func make(at date: Date) -> String {
        var milliseconds = UInt64(max(0, date.timeIntervalSince1970 * 1000))
        var time: [Character] = []
        for _ in 0..<10 {
            time.append(alphabet[Int(milliseconds & 31)])
            milliseconds >>= 5
        }
        let random = (0..<16).map { _ in alphabet[Int.random(in: 0..<32)] }
        return "job_" + String(time.reversed()) + String(random)
    }
}
