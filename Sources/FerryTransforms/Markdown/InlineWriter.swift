/// Writes a line's pieces so that each means what it is: text escaped, emphasis where it is read as such.
struct InlineWriter {
    private let pieces: [MarkdownInline.Piece]
    private let context: MarkdownInline.Context
    /// Whether something stands before on the line.
    private let isWithin: Bool
    /// The marks of the elements, and the characters that are written as references.
    private let choice: EmphasisMarks.Choice
    private var output: [UInt8] = []

    init(
        _ pieces: [MarkdownInline.Piece],
        _ elements: [MarkdownInline.Element],
        _ context: MarkdownInline.Context,
        _ allowance: WritingAllowance,
        isWithin: Bool = false
    ) {
        self.pieces = pieces
        self.context = context
        self.isWithin = isWithin
        choice = EmphasisMarks.choose(pieces, elements, allowance)
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
            case .open(let element), .close(let element):
                let mark = choice.marks[element]
                guard mark.count > 0 else { continue }
                output.append(contentsOf: [UInt8](repeating: mark.character, count: mark.count))
                (isLineStart, isNumber) = (false, false)
            case .linkStart:
                output.append(UInt8(ascii: "["))
                (isLineStart, isNumber) = (false, false)
            case .linkEnd(let target):
                output.append(UInt8(ascii: "]"))
                output.append(contentsOf: target)
                (isLineStart, isNumber) = (false, false)
            case .softBreak, .hardBreak:
                if case .hardBreak = pieces[index] { output.append(UInt8(ascii: "\\")) }
                output.append(UInt8(ascii: "\n"))
                (isLineStart, isNumber) = (true, true)
            }
        }
    }

    // MARK: Text

    private mutating func write(_ scalar: Unicode.Scalar, at index: Int, isLineStart: Bool, isNumber: Bool) {
        if choice.references.contains(index) || scalar == "\r" || scalar == "\n" {
            output.append(contentsOf: Array("&#\(scalar.value);".utf8))
            return
        }
        if !choice.plain.contains(index), isEscaped(scalar, at: index, isLineStart: isLineStart, isNumber: isNumber) {
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
        case ":": isLineStart || character(index + 1) == "/"
        case "@": isWord(index - 1) || isWord(index + 1)
        default: false
        }
    }

    private func character(_ index: Int) -> Unicode.Scalar? {
        guard pieces.indices.contains(index), case .character(let scalar) = pieces[index] else { return nil }
        return scalar
    }

    private func isWord(_ index: Int) -> Bool {
        guard let scalar = character(index), scalar.isASCII, !choice.references.contains(index) else { return false }
        return UInt8(truncatingIfNeeded: scalar.value).isLetterOrDigit
    }
}
