internal import FoundationEssentials

extension Date {
    /// Unix time in ms, as the ledger keeps it.
    var milliseconds: Int64 {
        // A date beyond the range (`distantFuture` is within it) becomes the nearest one.
        Int64(exactly: (timeIntervalSince1970 * 1000).rounded()) ?? (timeIntervalSince1970 < 0 ? .min : .max)
    }

    /// The time that the ledger keeps as Unix ms.
    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}
