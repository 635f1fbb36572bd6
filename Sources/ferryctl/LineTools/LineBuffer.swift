import Glibc

/// Collects what is read from a file or pipe until it makes whole lines.
struct LineBuffer {
    /// One line that has been read.
    enum Line: Equatable {
        /// Where it stands in ``LineBuffer/bytes``, without its line feed.
        case text(Range<Int>)
        /// It is longer than the limit, and gone.
        case tooLong
    }

    /// What has been read and not been given out before the lines that were taken last.
    ///
    /// Longer than that: what follows the last line is not meant for anybody.
    private(set) var bytes: [UInt8] = []
    private let limit: Int
    // How many of `bytes` have been read, given out as lines, and searched for a line feed.
    private var filled = 0
    private var taken = 0
    private var searched = 0
    private var isDiscarding = false

    /// A buffer that gives up lines of more than `limit` bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Reads what there is, waiting only if there is nothing.
    ///
    /// - Returns: The number of bytes, 0 at the end; negative with `errno` set when it cannot be read.
    mutating func fill(from descriptor: Int32) -> Int {
        forgetTaken()
        if bytes.count - filled < 1 << 16 {
            bytes.append(contentsOf: repeatElement(0, count: max(bytes.count, 1 << 18)))
        }
        while true {
            let count = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            filled += max(count, 0)
            return count
        }
    }

    /// The lines that are whole; at the end of the input also the one that no line feed ends.
    ///
    /// They stand in ``bytes`` until the next call of ``fill(from:)``.
    mutating func takeLines(atEnd: Bool) -> [Line] {
        var lines: [Line] = []
        while let end = nextLineFeed() {
            if !isDiscarding { lines.append(line(taken..<end)) }
            isDiscarding = false
            taken = end + 1
            searched = taken
        }
        searched = filled
        if filled - taken > limit || isDiscarding {
            if !isDiscarding { lines.append(.tooLong) }
            isDiscarding = true
            taken = filled
        } else if atEnd, taken < filled {
            lines.append(line(taken..<filled))
            taken = filled
        }
        return lines
    }

    private func line(_ range: Range<Int>) -> Line {
        range.count > limit ? .tooLong : .text(range)
    }

    private func nextLineFeed() -> Int? {
        guard searched < filled else { return nil }
        return bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress,
                let found = memchr(base + searched, 0x0A, filled - searched)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private mutating func forgetTaken() {
        guard taken > 0 else { return }
        let rest = filled - taken
        bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            memmove(base, base + taken, rest)
        }
        filled = rest
        searched -= taken
        taken = 0
    }
}
