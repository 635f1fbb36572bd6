public import FoundationEssentials

/// Points in time as the socket writes them: Unix milliseconds.
public enum UnixTime {
    /// The milliseconds since 1970, rounded to the nearest one.
    public static func milliseconds(_ date: Date) -> Int64 {
        Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    /// The point in time `milliseconds` after 1970 began.
    public static func date(milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}
