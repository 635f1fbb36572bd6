import FerryCore

/// Finds the words of prose, in which punctuation stays where it is.
enum Phrase {
    /// Calls `body` with each run of letters, marks, digits and apostrophes until it answers `false`.
    static func forEachWord(in bytes: Span<UInt8>, _ body: (Range<Int>) throws(TransformError) -> Bool)
        throws(TransformError)
    {
        let text: UTF8Span
        do { text = try UTF8Span(validating: bytes) } catch { throw .notUTF8 }
        var scalars = text.makeUnicodeScalarIterator()
        var start: Int?
        while true {
            let offset = scalars.currentCodeUnitOffset
            guard let scalar = scalars.next() else { break }
            switch Letter.Class(of: scalar) {
            case .capital, .letter, .digit: if start == nil { start = offset }
            case .mark, .apostrophe: break
            case .separator:
                if let first = start, try !body(first..<offset) { return }
                start = nil
            }
        }
        if let start { _ = try body(start..<bytes.count) }
    }

    /// Whether the text is a name as programs have them: letters, marks, digits, `_` and `-`, no more.
    static func isIdentifier(_ bytes: Span<UInt8>) -> Bool {
        guard let text = try? UTF8Span(validating: bytes) else { return false }
        var scalars = text.makeUnicodeScalarIterator()
        while let scalar = scalars.next() {
            switch Letter.Class(of: scalar) {
            case .capital, .letter, .digit, .mark: continue
            case .apostrophe: return false
            case .separator: if scalar != "_", scalar != "-" { return false }
            }
        }
        return true
    }
}
