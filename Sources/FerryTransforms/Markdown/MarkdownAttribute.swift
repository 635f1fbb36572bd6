import CMD4C

/// Reads md4c's attributes, which come in parts, as the text that they stand for.
struct MarkdownAttribute {
    /// Kept between attributes so that its memory is.
    private var scratch: [UInt8] = []

    /// Calls `body` with the attribute's text, its entities replaced.
    ///
    /// `source` is the edited copy that it comes from, if it comes from one.
    mutating func read(
        _ attribute: MD_ATTRIBUTE,
        _ source: MarkdownSource? = nil,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        let bytes = UnsafeRawBufferPointer(start: attribute.text, count: Int(attribute.size))
        guard !bytes.isEmpty, let types = attribute.substr_types, let offsets = attribute.substr_offsets else { return }
        // > Note that these invariants are always guaranteed: substr_offsets[0] == 0, substr_offsets[LAST+1] == size
        if source == nil, types[0] == MD_TEXT_NORMAL, Int(offsets[1]) == bytes.count { return body(bytes) }
        scratch.removeAll(keepingCapacity: true)
        var part = 0
        while Int(offsets[part]) < bytes.count {
            let content = UnsafeRawBufferPointer(rebasing: bytes[Int(offsets[part])..<Int(offsets[part + 1])])
            switch types[part] {
            case MD_TEXT_ENTITY: Entity.withText(of: content) { scratch.append(contentsOf: $0) }
            case MD_TEXT_NULLCHAR: scratch.append(scalar: "\u{FFFD}")
            default: scratch.append(contentsOf: content)
            }
            part += 1
        }
        source?.restore(&scratch)
        scratch.withUnsafeBytes(body)
    }
}
