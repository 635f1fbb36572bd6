import FerryCore
import FoundationEssentials

extension UUID {
    /// A random identifier (RFC 9562, §5.4: version 4).
    init(from random: any RandomSource) {
        self.init(high: random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000, low: random.next())
    }

    /// A random identifier that keeps when it was made, to the millisecond (RFC 9562, §5.7: version 7).
    init(at date: Date, from random: any RandomSource) {
        let milliseconds = UInt64(min(max(date.timeIntervalSince1970 * 1000, 0), Double(1 << 48 - 1)))
        self.init(high: milliseconds << 16 | 0x7000 | random.next() & 0x0FFF, low: random.next())
    }

    /// When an identifier of version 7 was made; `nil` for another one.
    var date: Date? {
        let bytes = [uuid.0, uuid.1, uuid.2, uuid.3, uuid.4, uuid.5]
        guard uuid.6 >> 4 == 7 else { return nil }
        return Date(timeIntervalSince1970: Double(bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) / 1000)
    }

    private init(high: UInt64, low: UInt64) {
        let low = low & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63
        func byte(_ index: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - index % 8 * 8))
        }
        self.init(
            uuid: (
                byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6), byte(7),
                byte(8), byte(9), byte(10), byte(11), byte(12), byte(13), byte(14), byte(15)
            )
        )
    }
}
