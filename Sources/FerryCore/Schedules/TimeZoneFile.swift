/// The data of one TZif file: RFC 9636 (and RFC 8536 before it), §3.
struct TimeZoneFile: Sendable, Equatable {
    enum Flaw: Error {
        /// Not a TZif file, or cut off.
        case malformed
        /// Counts leap seconds, which the system's clock does not.
        case countsLeapSeconds
    }

    /// When the offset changes: seconds of Unix time, ascending.
    private(set) var transitions: [Int] = []
    /// The offset from each transition on.
    private(set) var offsets: [Int] = []
    /// The offset before the first transition.
    private(set) var firstOffset = 0
    /// The rule that holds from the last transition on.
    private(set) var footer: TimeZoneFooter?

    init(parsing bytes: [UInt8]) throws(Flaw) {
        var reader = Reader(bytes: bytes)
        var header = try Header(&reader)
        var width = 4
        if header.version >= UInt8(ascii: "2") {
            // > When the version is 2 or higher, the first data block is there for old readers only.
            try reader.skip(header.size(width: 4))
            header = try Header(&reader)
            width = 8
        }
        guard header.leaps == 0 else { throw .countsLeapSeconds }
        guard header.types > 0 else { throw .malformed }
        for _ in 0..<header.times { transitions.append(try reader.integer(width)) }
        var kinds: [Int] = []
        for _ in 0..<header.times { kinds.append(Int(try reader.byte())) }
        var types: [Int] = []
        for _ in 0..<header.types {
            types.append(try reader.integer(4))
            // Whether it is daylight saving time, and its abbreviation: nobody asks.
            try reader.skip(2)
        }
        try reader.skip(header.characters + header.standards + header.universals)
        for kind in kinds {
            guard kind < types.count else { throw .malformed }
            offsets.append(types[kind])
        }
        guard zip(transitions, transitions.dropFirst()).allSatisfy(<),
            types.allSatisfy({ (-93_599...93_599).contains($0) })
        else { throw .malformed }
        firstOffset = types[0]
        if width == 8 {
            footer = try reader.footer()
        }
        writeOutFooter()
    }

    /// Adds the footer's changes up to the year 2200, so that they need not be worked out whenever somebody asks.
    private mutating func writeOutFooter() {
        guard let footer, let last = transitions.last else { return }
        let year = LocalTime(secondsSinceEpoch: last).year
        guard year > 1900, year < 2200 else { return }
        let end = LocalTime.day(year: 2200, month: 1, day: 1) * 86_400
        // A year's changes may lie in its neighbours: by up to a week, as hours of up to 167 are allowed.
        for transition in footer.transitions(in: (year - 1)...2200)
        where transition.instant > last && transition.instant < end {
            transitions.append(transition.instant)
            offsets.append(transition.offset)
        }
    }

    /// A zone without history.
    init(footer: TimeZoneFooter) {
        firstOffset = footer.offset
        self.footer = footer
    }

    private struct Header {
        let version: UInt8
        let universals: Int
        let standards: Int
        let leaps: Int
        let times: Int
        let types: Int
        let characters: Int

        init(_ reader: inout Reader) throws(Flaw) {
            for expected in "TZif".utf8 {
                guard try reader.byte() == expected else { throw .malformed }
            }
            version = try reader.byte()
            try reader.skip(15)
            universals = try reader.count()
            standards = try reader.count()
            leaps = try reader.count()
            times = try reader.count()
            types = try reader.count()
            characters = try reader.count()
        }

        func size(width: Int) -> Int {
            times * (width + 1) + types * 6 + characters + leaps * (width + 4) + standards + universals
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func byte() throws(Flaw) -> UInt8 {
            guard position < bytes.count else { throw .malformed }
            defer { position += 1 }
            return bytes[position]
        }

        mutating func skip(_ count: Int) throws(Flaw) {
            guard count <= bytes.count - position else { throw .malformed }
            position += count
        }

        /// A number of things of which each takes a byte at least: more than the file has room for is refused.
        mutating func count() throws(Flaw) -> Int {
            let count = try integer(4)
            guard count >= 0, count <= bytes.count else { throw .malformed }
            return count
        }

        /// A big-endian integer in two's complement.
        mutating func integer(_ width: Int) throws(Flaw) -> Int {
            var value = Int(Int8(bitPattern: try byte()))
            for _ in 1..<width {
                value = value << 8 | Int(try byte())
            }
            return value
        }

        mutating func footer() throws(Flaw) -> TimeZoneFooter? {
            guard try byte() == UInt8(ascii: "\n"), let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
            else { throw .malformed }
            let text = String(decoding: bytes[position..<end], as: UTF8.self)
            guard !text.isEmpty else { return nil }
            guard let footer = TimeZoneFooter(parsing: text) else { throw .malformed }
            return footer
        }
    }
}
