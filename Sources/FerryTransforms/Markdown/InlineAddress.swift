/// Writes addresses and titles of links and images as Markdown.
enum InlineAddress {
    /// `(address "title")`.
    static func target(_ address: [UInt8], _ title: [UInt8]?, isInCell: Bool) -> [UInt8] {
        let needsBrackets = address.isEmpty || address.contains { $0 <= 0x20 || $0 == UInt8(ascii: "<") }
        var result: [UInt8] = [UInt8(ascii: "(")]
        if needsBrackets { result.append(UInt8(ascii: "<")) }
        for (index, byte) in address.enumerated() {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { continue }
            if isMark(address, at: index) { result.append(UInt8(ascii: "\\")) }
            append(byte, escaping: "\\()<>&`[]|".utf8, to: &result)
        }
        if needsBrackets { result.append(UInt8(ascii: ">")) }
        if let title {
            result.append(contentsOf: Array(" \"".utf8))
            for (index, byte) in title.enumerated() {
                if isMark(title, at: index) { result.append(UInt8(ascii: "\\")) }
                if byte == UInt8(ascii: "\n"), isInCell || result.last == UInt8(ascii: "\n") {
                    result.append(contentsOf: Array("&#10;".utf8))
                } else {
                    append(byte, escaping: "\\\"&`<|".utf8, to: &result)
                }
            }
            result.append(UInt8(ascii: "\""))
        }
        return result + [UInt8(ascii: ")")]
    }

    /// Whether a character would be a mark of emphasis in text: md4c takes it for one here too when emphasis is around.
    private static func isMark(_ text: [UInt8], at index: Int) -> Bool {
        switch text[index] {
        case UInt8(ascii: "*"), UInt8(ascii: "~"): true
        case UInt8(ascii: "_"):
            index == 0 || index + 1 == text.count || !text[index - 1].isLetterOrDigit
                || !text[index + 1].isLetterOrDigit
        default: false
        }
    }

    private static func append(_ byte: UInt8, escaping escaped: String.UTF8View, to result: inout [UInt8]) {
        if escaped.contains(byte) { result.append(UInt8(ascii: "\\")) }
        result.append(byte)
    }

    /// Whether `<text>` is a link to the address.
    static func isPlain(_ address: [UInt8], text: [UInt8]) -> Bool {
        let isSimple = text.allSatisfy { byte in
            byte.isLetterOrDigit || ":/.-_?=#%+~@,".utf8.contains(byte)
        }
        guard isSimple else { return false }
        if address == text { return address.starts(with: "http://".utf8) || address.starts(with: "https://".utf8) }
        guard address.starts(with: "mailto:".utf8), address.dropFirst(7).elementsEqual(text) else { return false }
        let parts = text.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                part.first?.isLetterOrDigit == true && part.last?.isLetterOrDigit == true
                    && part.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
                    && !part.indices.dropLast().contains { !part[$0].isLetterOrDigit && !part[$0 + 1].isLetterOrDigit }
            }
    }
}
