/// Writes the text of a web page: lines of blocks, white space collapsed.
struct HTMLTextWriter {
    var output: [UInt8] = []
    private let start: Int
    private var isSpaced = false
    private var lineEnds = 0
    /// How many `<pre>` are open.
    private var preformatted = 0

    /// A writer for the end of `output`, which the caller swaps in.
    init(after output: [UInt8]) {
        start = output.count
    }

    /// Writes text as it stands in the page.
    mutating func append(_ bytes: UnsafeRawBufferPointer.SubSequence) {
        for byte in bytes {
            switch byte {
            case 0x0A where preformatted > 0: lineEnds += 1
            case 0x20 where preformatted > 0, 0x09 where preformatted > 0: append(visible: byte)
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D: isSpaced = true
            default: append(visible: byte)
            }
        }
    }

    /// Writes a character that is not collapsed.
    mutating func append(visible byte: UInt8) {
        if output.count > start {
            if lineEnds > 0 {
                output.append(contentsOf: repeatElement(0x0A, count: lineEnds))
            } else if isSpaced {
                output.append(0x20)
            }
        }
        isSpaced = false
        lineEnds = 0
        output.append(byte)
    }

    /// Takes the effect of a tag on the lines.
    mutating func append(_ tag: HTMLTag) {
        switch tag.role {
        case .lineBreak: lineEnds += 1
        case .block: lineEnds = max(lineEnds, 1)
        case .cell: isSpaced = true
        case .preformatted:
            lineEnds = max(lineEnds, 1)
            preformatted = max(preformatted + (tag.isEnd ? -1 : 1), 0)
        case .inline, .hidden: break
        }
    }
}
