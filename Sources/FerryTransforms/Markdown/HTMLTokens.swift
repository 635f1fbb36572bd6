/// The tags and texts of HTML, in linear time.
struct HTMLTokens {
    enum Token {
        case text([UInt8])
        case start(name: String, attributes: [(name: String, value: [UInt8])], isClosed: Bool)
        case end(name: String)
    }

    private let html: UnsafeRawBufferPointer
    private var index = 0
    /// Set when a tag does not end: nothing after it is taken for one.
    private var isPlain = false

    init(_ html: UnsafeRawBufferPointer) {
        self.html = html
    }

    mutating func next() -> Token? {
        while index < html.count {
            guard !isPlain, html[index] == UInt8(ascii: "<"), index + 1 < html.count else { return text() }
            switch html[index + 1] {
            case UInt8(ascii: "!"), UInt8(ascii: "?"):
                skipDeclaration()
            case UInt8(ascii: "/"):
                guard index + 2 < html.count, html[index + 2].isLetter else { return text() }
                index += 2
                let name = self.name()
                skip { $0 != UInt8(ascii: ">") }
                index += 1
                return .end(name: name)
            case let byte where byte.isLetter:
                if let tag = startTag() { return tag }
            default: return text()
            }
        }
        return nil
    }

    /// The text up to the next `<`, which itself is text where it begins nothing.
    private mutating func text() -> Token {
        let end = isPlain ? html.count : html.first("<", from: index + 1) ?? html.count
        defer { index = end }
        return .text(Self.decoded(html[index..<end]))
    }

    private mutating func skipDeclaration() {
        let closer = html.hasTag("!--", at: index + 1) ? "-->" : ">"
        var end = index + 2
        while let found = html.first(">", from: end) {
            end = found + 1
            if closer == ">" || found >= index + 4 && html.hasTag("-->", at: found - 2) {
                index = end
                return
            }
        }
        index = html.count
    }

    private mutating func startTag() -> Token? {
        let start = index
        index += 1
        let name = self.name()
        var attributes: [(name: String, value: [UInt8])] = []
        while true {
            skip { $0.isSpace || $0 == UInt8(ascii: "/") }
            guard index < html.count else {
                index = start
                isPlain = true
                return nil
            }
            if html[index] == UInt8(ascii: ">") { break }
            attributes.append(attribute())
        }
        let isClosed = html[index - 1] == UInt8(ascii: "/")
        index += 1
        if !isClosed, name == "script" || name == "style" { skipContent(of: name) }
        return .start(name: name, attributes: attributes, isClosed: isClosed)
    }

    private mutating func attribute() -> (name: String, value: [UInt8]) {
        let start = index
        index += 1
        skip { !$0.isSpace && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }
        let name = String(decoding: html[start..<index], as: UTF8.self).lowercased()
        skip { $0.isSpace }
        guard index < html.count, html[index] == UInt8(ascii: "=") else { return (name, []) }
        index += 1
        skip { $0.isSpace }
        guard index < html.count else { return (name, []) }
        let quote = html[index]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            let start = index
            skip { !$0.isSpace && $0 != UInt8(ascii: ">") }
            return (name, Self.decoded(html[start..<index]))
        }
        index += 1
        let content = index
        skip { $0 != quote }
        defer { index = min(index + 1, html.count) }
        return (name, Self.decoded(html[content..<index]))
    }

    private mutating func skipContent(of name: String) {
        while let found = html.first("<", from: index) {
            index = found
            if html.hasTag(named: "/" + name, at: found + 1) { return }
            index += 1
        }
        index = html.count
    }

    private mutating func name() -> String {
        let start = index
        skip { !$0.isSpace && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }
        return String(decoding: html[start..<index], as: UTF8.self).lowercased()
    }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while index < html.count, isSkipped(html[index]) { index += 1 }
    }

    /// The text with its character references replaced.
    private static func decoded(_ bytes: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "&")) else { return Array(bytes) }
        var text: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            // The longest name has 32 characters with its marks.
            if bytes[index] == UInt8(ascii: "&"),
                let end = bytes[index..<min(index + 34, bytes.endIndex)].firstIndex(of: UInt8(ascii: ";")),
                bytes[(index + 1)..<end].allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "#") })
            {
                Entity.withText(of: UnsafeRawBufferPointer(rebasing: bytes[index...end])) {
                    text.append(contentsOf: $0)
                }
                index = end + 1
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
        return text
    }
}

extension UInt8 {
    var isLetter: Bool { self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z") }
}
