import CMD4C

/// Text, and the links that bare addresses in it become.
extension HTMLRenderer {
    mutating func text(_ type: MD_TEXTTYPE, _ bytes: UnsafeRawBufferPointer) {
        endShownHTML()
        defer { isAtLineStart = type == MD_TEXT_SOFTBR || type == MD_TEXT_BR }
        // A zero, line ends and indentation are constants of md4c.
        guard type != MD_TEXT_NULLCHAR, let range = origin?.copy.range(of: bytes) else { return write(type, bytes) }
        guard let original = origin?.source.original(of: range), !original.isEmpty else {
            isInterruption = isInterruption || type == MD_TEXT_HTML
            return
        }
        write(type, UnsafeRawBufferPointer(rebasing: text[original]))
    }

    private mutating func write(_ type: MD_TEXTTYPE, _ bytes: UnsafeRawBufferPointer) {
        switch type {
        case MD_TEXT_NULLCHAR: output.append(scalar: "\u{FFFD}")
        case MD_TEXT_BR where nesting.isHidden, MD_TEXT_SOFTBR where nesting.isHidden: startHiddenLine()
        case MD_TEXT_BR: output.append(imageDepth == 0 ? "<br />\n" : " ")
        case MD_TEXT_SOFTBR: output.append(imageDepth == 0 ? "\n" : " ")
        case MD_TEXT_HTML where rawHTML == .passed && imageDepth == 0: output.append(contentsOf: bytes)
        case MD_TEXT_HTML where rawHTML == .filtered && imageDepth == 0: RawHTML.append(filtered: bytes, to: &output)
        case MD_TEXT_ENTITY: Entity.withText(of: bytes) { HTMLEscaping.append(text: $0, to: &output) }
        case _ where nesting.isHidden: hiddenText(bytes)
        case MD_TEXT_NORMAL: plainText(bytes)
        case MD_TEXT_CODE where isInCell: cellCode(bytes)
        default: HTMLEscaping.append(text: bytes, to: &output)
        }
    }

    /// > [GFM §4.10] It is possible to include a pipe in a cell's content by escaping it, including inside other inline
    /// > spans.
    private mutating func cellCode(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        for index in bytes.indices.dropFirst()
        where bytes[index] == UInt8(ascii: "|") && bytes[index - 1] == UInt8(ascii: "\\") {
            HTMLEscaping.append(text: UnsafeRawBufferPointer(rebasing: bytes[start..<index - 1]), to: &output)
            start = index
        }
        HTMLEscaping.append(text: UnsafeRawBufferPointer(rebasing: bytes[start...]), to: &output)
    }

    private mutating func plainText(_ bytes: UnsafeRawBufferPointer) {
        var content = bytes
        if output.count == headingStart {
            let rest = bytes.drop { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            content = UnsafeRawBufferPointer(rebasing: rest)
        }
        if findsAutolinks, linkDepth == 0, imageDepth == 0, nesting.isRoomForSpan {
            linkedText(content)
        } else {
            HTMLEscaping.append(text: content, to: &output)
        }
        plainEnd = output.count
    }

    /// Text in which bare addresses become links.
    private mutating func linkedText(_ content: UnsafeRawBufferPointer) {
        let offset = isAtLineStart ? nil : text.range(of: content)?.lowerBound
        let previous = offset.map { $0 > 0 ? text[$0 - 1] : 0 } ?? 0
        let isEscaped = offset.map { $0 > 0 && text.isEscaped($0 - 1) } ?? false
        var links = ExtendedAutolinks(content, after: previous, isEscaped: isEscaped)
        var end = 0
        while let link = links.next() {
            HTMLEscaping.append(
                text: UnsafeRawBufferPointer(rebasing: content[end..<link.range.lowerBound]),
                to: &output
            )
            let address = UnsafeRawBufferPointer(rebasing: content[link.range])
            output.append("<a href=\"")
            output.append(link.prefix)
            HTMLEscaping.append(address: address, to: &output)
            output.append("\">")
            HTMLEscaping.append(text: address, to: &output)
            output.append("</a>")
            end = link.range.upperBound
        }
        HTMLEscaping.append(text: UnsafeRawBufferPointer(rebasing: content[end...]), to: &output)
    }
}
