/// Finds the addresses in a text that are links without any marks around them.
///
/// > [GFM §6.9] The autolink extension allows more strings to be recognised as autolinks than the classic `<`, `>`
/// > delimiters: www, URL and email addresses.
///
/// Where the prose and GitHub's parser differ, the parser is followed. The time is linear in the text's length.
struct ExtendedAutolinks {
    struct Link {
        let range: Range<Int>
        /// What the address has before the text.
        let prefix: StaticString
    }

    private let text: UnsafeRawBufferPointer
    /// The character before the text on its line; zero where there is none.
    private let previous: UInt8
    /// Whether a backslash escapes that character.
    private let isPreviousEscaped: Bool
    private var index = 0
    /// The next places that may belong to a link of each kind; none is left where they are the text's end.
    private var colon = -1
    private var www = -1
    private var at = -1
    private var domains = DomainScanner()

    init(_ text: UnsafeRawBufferPointer, after previous: UInt8, isEscaped: Bool) {
        self.text = text
        self.previous = previous
        isPreviousEscaped = isEscaped
    }

    /// Whether a link can be in the text at all.
    static func mayOccur(in text: UnsafeRawBufferPointer) -> Bool {
        text.first("@", from: 0) != nil || text.place(of: "://", from: 0) < text.count
            || text.place(of: "www.", from: 0) < text.count
    }

    /// The next link, from the text's start to its end.
    mutating func next() -> Link? {
        while true {
            if colon < index { colon = text.place(of: "://", from: index) }
            if www < index { www = text.place(of: "www.", from: index) }
            if at < index { at = text.first("@", from: index) ?? text.count }
            let place = min(colon, www, at)
            guard place < text.count else { return nil }
            let link = place == colon ? url() : place == www ? host() : email()
            if let link {
                index = link.range.upperBound
                return link
            }
            // What stands before stays in reach: it can be the start of a later link.
            if place == colon {
                colon = text.place(of: "://", from: place + 1)
            } else if place == www {
                www = text.place(of: "www.", from: place + 1)
            } else {
                at = text.first("@", from: place + 1) ?? text.count
            }
        }
    }

    // MARK: Kinds

    /// > An extended url autolink will be recognised when one of the schemes `http://`, or `https://`, followed by a
    /// > valid domain
    private mutating func url() -> Link? {
        guard let start = text.schemeStart(before: colon, from: index),
            domains.end(of: text, from: colon + 3) > colon + 3
        else { return nil }
        return link(from: start, minimum: colon + 3, prefix: "")
    }

    /// > All such recognized autolinks can only come at the beginning of a line, after whitespace, or any of the
    /// > delimiting characters `*`, `_`, `~`, and `(`.
    private mutating func host() -> Link? {
        guard Self.isBoundary(before(www)), domains.end(of: text, from: www) > www + 4 else { return nil }
        return link(from: www, minimum: www + 4, prefix: "http://")
    }

    static func isBoundary(_ byte: UInt8) -> Bool {
        byte == 0 || byte.isSpace || "*_~(".utf8.contains(byte)
    }

    private func before(_ place: Int) -> UInt8 {
        place > 0 ? text[place - 1] : previous
    }

    private func link(from start: Int, minimum: Int, prefix: StaticString) -> Link? {
        var end = minimum
        while end < text.count, !text[end].isSpace, text[end] != UInt8(ascii: "<") { end += 1 }
        end = text.trimmedAddressEnd(start..<end)
        return end > minimum ? Link(range: start..<end, prefix: prefix) : nil
    }

    /// > An extended email autolink will be recognised when an email address is recognised within any text node.
    private func email() -> Link? {
        var start = at
        while start > index, Self.isLocal(text[start - 1]) { start -= 1 }
        let outer = before(start)
        guard start < at, outer != UInt8(ascii: "/") else { return nil }
        // The text begins in the middle of what would be the name.
        if start == 0, isPreviousEscaped, Self.isLocal(outer) { return nil }
        var end = at + 1
        var dots = 0
        scan: while end < text.count {
            switch text[end] {
            case UInt8(ascii: "."):
                guard end + 1 < text.count, text[end + 1].isLetterOrDigit else { break scan }
                dots += 1
            case UInt8(ascii: "-"), UInt8(ascii: "_"): break
            case UInt8(ascii: "@"): return nil
            case let byte where byte.isLetterOrDigit: break
            default: break scan
            }
            end += 1
        }
        // > The last character must not be one of `-` or `_`.
        guard dots > 0, text[end - 1].isLetterOrDigit else { return nil }
        return Link(range: start..<end, prefix: "mailto:")
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || ".+-_".utf8.contains(byte)
    }
}

/// Reads the domains of addresses.
struct DomainScanner {
    /// Where the last domain ended that is none; whatever begins before and ends there is none either.
    private var badEnd = -1

    /// Where the domain ends that begins at `start`; `start` itself when it is not valid.
    ///
    /// > A valid domain consists of segments of alphanumeric characters, underscores (_) and hyphens (-) separated by
    /// > periods (.). There must be at least one period, and no underscores may be present in the last two segments of
    /// > the domain.
    ///
    /// GitHub's parser does without the period, and takes letters of all scripts.
    mutating func end(of text: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard start >= badEnd, start < text.count, text[start] != UInt8(ascii: "_") else { return start }
        var index = start
        var underscores = (last: 0, beforeLast: 0)
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "_"): underscores.last += 1
            case UInt8(ascii: "."):
                guard index > start else { return start }
                underscores = (0, underscores.last)
            case UInt8(ascii: "-"):
                guard index > start else { return start }
            case let byte where byte.isLetterOrDigit: break
            case 0x80...:
                guard let scalar = text.scalar(at: index), scalar.isHostCharacter else { return end(index) }
                index += UTF8.width(scalar) - 1
            default: return end(index)
            }
            index += 1
        }
        return end(index)

        func end(_ index: Int) -> Int {
            guard underscores.last + underscores.beforeLast > 0 else { return index }
            badEnd = index
            return start
        }
    }
}

extension Unicode.Scalar {
    /// Neither white space nor punctuation.
    fileprivate var isHostCharacter: Bool {
        switch properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator, .connectorPunctuation, .dashPunctuation,
            .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation:
            false
        default: self != "\u{FFFD}"
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The first place of `://` or `www.` from `index` on; the text's end where there is none.
    func place(of pattern: StaticString, from index: Int) -> Int {
        let first = Unicode.Scalar(pattern.utf8Start.pointee)
        var index = index
        while let found = self.first(first, from: index) {
            if hasTag(pattern, at: found) { return found }
            index = found + 1
        }
        return count
    }

    /// Where the scheme begins that ends before the colon, if it is one of a link.
    func schemeStart(before colon: Int, from lowerBound: Int) -> Int? {
        var start = colon
        while start > lowerBound, colon - start < 6, self[start - 1].isLetter { start -= 1 }
        let isScheme =
            switch colon - start {
            case 3: hasTag("ftp", at: start)
            case 4: hasTag("http", at: start)
            case 5: hasTag("https", at: start)
            default: false
            }
        return isScheme ? start : nil
    }

    /// Where an address ends that is part of a sentence.
    ///
    /// > Trailing punctuation (specifically, ?, !, ., ,, :, *, _, and ~) will not be considered part of the autolink,
    /// > though they may be included in the interior of the link.
    ///
    /// Nor are quotation marks, closing parentheses that are not opened in it, and what looks like a reference.
    func trimmedAddressEnd(_ address: Range<Int>) -> Int {
        var end = address.upperBound
        var excess = 0
        for index in address {
            if self[index] == UInt8(ascii: ")") { excess += 1 }
            if self[index] == UInt8(ascii: "(") { excess -= 1 }
        }
        while end > address.lowerBound {
            switch self[end - 1] {
            case UInt8(ascii: "?"), UInt8(ascii: "!"), UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ":"),
                UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "'"), UInt8(ascii: "\""):
                end -= 1
            case UInt8(ascii: ";"):
                var start = end - 1
                while start > address.lowerBound, self[start - 1].isLetter { start -= 1 }
                let isReference =
                    start < end - 1 && start > address.lowerBound && self[start - 1] == UInt8(ascii: "&")
                end = isReference ? start - 1 : end - 1
            case UInt8(ascii: ")") where excess > 0:
                excess -= 1
                end -= 1
            default: return end
            }
        }
        return end
    }
}
