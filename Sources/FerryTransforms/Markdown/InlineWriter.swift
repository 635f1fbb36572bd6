/// Writes a line's pieces so that each means what it is: text escaped, emphasis where it is read as such.
struct InlineWriter {
    private let pieces: [MarkdownInline.Piece]
    private let context: MarkdownInline.Context
    /// Whether something stands before on the line.
    private let isWithin: Bool
    /// Characters that are written as references, which count as punctuation beside emphasis.
    private var isReference: [Bool]
    private var output: [UInt8] = []

    init(_ pieces: [MarkdownInline.Piece], _ context: MarkdownInline.Context, isWithin: Bool = false) {
        self.pieces = pieces
        self.context = context
        self.isWithin = isWithin
        isReference = [Bool](repeating: false, count: pieces.count)
        // What is written as a reference for one mark can change what another sees.
        for _ in 0..<2 { findReferences() }
    }

    /// The pieces' Markdown.
    func markdown() -> [UInt8] {
        var writer = self
        writer.writeAll()
        return writer.output
    }

    private mutating func writeAll() {
        var isLineStart = !isWithin && context == .paragraph
        var isNumber = isLineStart
        for index in pieces.indices {
            switch pieces[index] {
            case .character(let scalar):
                write(scalar, at: index, isLineStart: isLineStart, isNumber: isNumber)
                isNumber = isNumber && scalar >= "0" && scalar <= "9"
                isLineStart = false
            case .markdown(let bytes):
                output.append(contentsOf: bytes)
                (isLineStart, isNumber) = (false, false)
            case .opener(let mark, let count), .closer(let mark, let count):
                output.append(contentsOf: [UInt8](repeating: mark, count: count))
                (isLineStart, isNumber) = (false, false)
            case .softBreak, .hardBreak:
                guard context == .paragraph else {
                    output.append(UInt8(ascii: " "))
                    continue
                }
                if case .hardBreak = pieces[index] { output.append(UInt8(ascii: "\\")) }
                output.append(UInt8(ascii: "\n"))
                (isLineStart, isNumber) = (true, true)
            }
        }
    }

    // MARK: Text

    private mutating func write(_ scalar: Unicode.Scalar, at index: Int, isLineStart: Bool, isNumber: Bool) {
        if isReference[index] || scalar == "\r" || scalar == "\n" {
            output.append(contentsOf: Array("&#\(scalar.value);".utf8))
            return
        }
        if isEscaped(scalar, at: index, isLineStart: isLineStart, isNumber: isNumber) {
            output.append(UInt8(ascii: "\\"))
        }
        output.append(scalar: scalar)
    }

    private func isEscaped(_ scalar: Unicode.Scalar, at index: Int, isLineStart: Bool, isNumber: Bool) -> Bool {
        switch scalar {
        case "\\", "`", "*", "[", "]", "<", "~", "|": true
        case "_": !(isWord(index - 1) && isWord(index + 1))
        case "&": isWord(index + 1) || character(index + 1) == "#"
        case "!": index + 1 == pieces.count || character(index + 1) == nil
        case "#": isLineStart || context == .heading
        case "+", "-", "=", ">": isLineStart
        case ".": isNumber && !isLineStart || character(index - 1) == "w"
        case ")": isNumber && !isLineStart
        case ":": character(index + 1) == "/"
        case "@": isWord(index - 1) || isWord(index + 1)
        default: false
        }
    }

    private func character(_ index: Int) -> Unicode.Scalar? {
        guard pieces.indices.contains(index), case .character(let scalar) = pieces[index] else { return nil }
        return scalar
    }

    private func isWord(_ index: Int) -> Bool {
        guard let scalar = character(index), scalar.isASCII, !isReference[index] else { return false }
        return UInt8(truncatingIfNeeded: scalar.value).isLetterOrDigit
    }

    // MARK: Emphasis

    private enum Kind {
        case space, mark, letter
    }

    private func kind(_ index: Int) -> Kind {
        guard pieces.indices.contains(index) else { return .space }
        switch pieces[index] {
        case .softBreak, .hardBreak: return .space
        case .markdown, .opener, .closer: return .mark
        case .character(let scalar):
            if isReference[index] { return .mark }
            if scalar.isASCII {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                return byte.isSpace ? .space : byte.isLetterOrDigit ? .letter : .mark
            }
            switch scalar.properties.generalCategory {
            case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark, .control, .format,
                .surrogate, .privateUse, .unassigned:
                return .letter
            default: return .mark
            }
        }
    }

    /// > [§6.2] A left-flanking delimiter run is […] not followed by Unicode whitespace, and either (2a) not followed by
    /// > a Unicode punctuation character, or (2b) […] preceded by Unicode whitespace or a Unicode punctuation character.
    private mutating func findReferences() {
        for index in pieces.indices {
            switch pieces[index] {
            case .opener(let mark, _): separate(mark, inner: index + 1, outer: index - 1)
            case .closer(let mark, _): separate(mark, inner: index - 1, outer: index + 1)
            default: continue
            }
        }
    }

    private mutating func separate(_ mark: UInt8, inner: Int, outer: Int) {
        if kind(inner) == .space, character(inner) != nil { isReference[inner] = true }
        guard kind(outer) == .letter, kind(inner) == .mark || mark != UInt8(ascii: "*") else { return }
        isReference[outer] = true
    }
}
