extension Duration {
    /// The duration in its largest unit, and tenths where they matter: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`.
    public var shortText: String {
        let milliseconds = Int64(self / .milliseconds(1))
        return switch milliseconds {
        case ..<10_000: "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
        case ..<60_000: "\(milliseconds / 1000) s"
        case ..<3_600_000: "\(milliseconds / 60_000) min"
        case ..<172_800_000: "\(milliseconds / 3_600_000) h"
        default: "\(milliseconds / 86_400_000) d"
        }
    }
}
