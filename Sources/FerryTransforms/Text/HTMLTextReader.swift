/// Reads a web page in one pass, in terms of the HTML Standard's tokenizer (§13.2.5).
struct HTMLTextReader {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    /// Writes the page's text.
    static func read(_ bytes: UnsafeRawBufferPointer, into writer: inout HTMLTextWriter) {
        var reader = HTMLTextReader(bytes: bytes)
        reader.read(into: &writer)
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private mutating func read(into writer: inout HTMLTextWriter) {
        var textStart = 0
        while index < bytes.count {
            let start = index
            switch bytes[index] {
            case UInt8(ascii: "<"):
                guard isMarkup else {
                    index += 1
                    continue
                }
                writer.append(bytes[textStart..<start])
                if let tag = skipMarkup() {
                    writer.append(tag.tag)
                    if tag.tag.role == .hidden, !tag.tag.isEnd { skipContent(of: tag.name) }
                }
                textStart = index
            case UInt8(ascii: "&"):
                guard let end = referenceEnd else {
                    index += 1
                    continue
                }
                writer.append(bytes[textStart..<start])
                HTMLReference.withText(of: UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { text in
                    for byte in text { writer.append(visible: byte) }
                }
                index = end
                textStart = end
            default: index += 1
            }
        }
        // An unfinished tag or comment leaves the index behind the page's end.
        if textStart < bytes.count { writer.append(bytes[textStart...]) }
    }

    /// Whether the `<` at the index begins a tag, a comment or a declaration.
    private var isMarkup: Bool {
        let next = byte(at: index + 1)
        if next == UInt8(ascii: "/") { return isLetter(byte(at: index + 2)) }
        return isLetter(next) || next == UInt8(ascii: "!") || next == UInt8(ascii: "?")
    }

    /// Moves behind the markup at the index; returns it if it is a tag.
    private mutating func skipMarkup() -> (tag: HTMLTag, name: Range<Int>)? {
        index += 1
        if bytes[index] == UInt8(ascii: "!") || bytes[index] == UInt8(ascii: "?") {
            skipDeclaration()
            return nil
        }
        let isEnd = bytes[index] == UInt8(ascii: "/")
        if isEnd { index += 1 }
        let start = index
        while index < bytes.count, !endsName(bytes[index]) { index += 1 }
        let name = start..<index
        skipAttributes()
        return (HTMLTag(name: bytes[name], isEnd: isEnd), name)
    }

    /// Comments end with `-->`, everything else with `>`.
    private mutating func skipDeclaration() {
        guard byte(at: index + 1) == UInt8(ascii: "-"), byte(at: index + 2) == UInt8(ascii: "-") else {
            while index < bytes.count, bytes[index] != UInt8(ascii: ">") { index += 1 }
            index += 1
            return
        }
        // `<!-->` is a comment too, so its dashes may be those of its end.
        index += 3
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ">"), bytes[index - 1] == UInt8(ascii: "-"),
                bytes[index - 2] == UInt8(ascii: "-")
            {
                break
            }
            index += 1
        }
        index += 1
    }

    /// A `>` between quotation marks does not end a tag; the quotation marks of an attribute follow its `=`.
    private mutating func skipAttributes() {
        var isValue = false
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: ">"): return
            case UInt8(ascii: "="): isValue = true
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard isValue else { continue }
                while index < bytes.count, bytes[index] != byte { index += 1 }
                index += 1
                isValue = false
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D: break
            default: isValue = false
            }
        }
    }

    /// Moves to the end tag of a script or style sheet, whose content knows no other tags.
    private mutating func skipContent(of name: Range<Int>) {
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "<"), isEndTag(of: name) { return }
            index += 1
        }
    }

    private func isEndTag(of name: Range<Int>) -> Bool {
        guard byte(at: index + 1) == UInt8(ascii: "/"), endsName(byte(at: index + 2 + name.count)) else { return false }
        for offset in 0..<name.count
        where bytes[name.lowerBound + offset] | 0x20 != byte(at: index + 2 + offset) | 0x20 {
            return false
        }
        return true
    }

    /// Behind the `;` of the character reference at the index; `nil` if there is none.
    private var referenceEnd: Int? {
        // The longest name has 31 letters; more are not looked at, so that time stays linear.
        for end in index + 1..<index + 34 {
            let byte = byte(at: end)
            if byte == UInt8(ascii: ";") { return end > index + 1 ? end + 1 : nil }
            guard isLetter(byte) || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "#") else { return nil }
        }
        return nil
    }

    /// The byte there; a zero behind the end.
    private func byte(at index: Int) -> UInt8 {
        index < bytes.count ? bytes[index] : 0
    }

    private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    private func endsName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0, 0x20, 0x09, 0x0A, 0x0C, 0x0D, UInt8(ascii: "/"), UInt8(ascii: ">"): true
        default: false
        }
    }
}
