import FerryJSON

/// The text of one block of Portable Text: spans, each with its marks.
struct PortableTextSpans {
    /// > [Portable Text, Marks] Marks are how we mark up inline text with additional data/features.
    private struct Marks: OptionSet {
        let rawValue: UInt8
        static let strong = Marks(rawValue: 1)
        static let emphasis = Marks(rawValue: 2)
        static let code = Marks(rawValue: 4)
        static let strikeThrough = Marks(rawValue: 8)
        /// Their names, in the order of their bits.
        static let names: [StaticString] = ["strong", "em", "code", "strike-through"]
    }

    private struct Piece {
        var text: [UInt8]
        let marks: Marks
        /// Which of ``links`` it is in.
        let link: Int?
    }

    private let tree: HTMLTree
    private var pieces: [Piece] = []
    private var links: [[UInt8]] = []
    private var marks: Marks = []
    private var link: Int?

    init(_ tree: HTMLTree) {
        self.tree = tree
    }

    /// Whether there is nothing to show.
    var isBlank: Bool { pieces.allSatisfy { $0.text.allSatisfy(\.isSpace) } }

    /// The text without its marks.
    var plain: [UInt8] {
        var copy = self
        copy.trimEnd()
        return copy.pieces.flatMap(\.text)
    }

    /// Adds the text of a node.
    mutating func append(_ node: Int) {
        switch tree.nodes[node].content {
        case .text(let bytes): append(text: bytes)
        case .element("br", _): breakLine()
        case .element("em", _), .element("i", _): append(childrenOf: node, with: .emphasis)
        case .element("strong", _), .element("b", _): append(childrenOf: node, with: .strong)
        case .element("del", _), .element("s", _), .element("strike", _): append(childrenOf: node, with: .strikeThrough)
        case .element("code", _): append(childrenOf: node, with: .code)
        case .element("a", _): append(childrenOf: node, linkedTo: tree.attribute("href", of: node))
        case .element("img", _): image(node)
        case .element("input", _): checkBox(node)
        default: append(childrenOf: node, with: [])
        }
    }

    /// Ends the line unless it has just begun.
    mutating func breakLine() {
        trimEnd()
        guard let last = pieces.last?.text.last, last != UInt8(ascii: "\n") else { return }
        add([UInt8(ascii: "\n")])
    }

    private mutating func append(childrenOf node: Int, with mark: Marks) {
        let outer = marks
        marks.formUnion(mark)
        for child in tree.nodes[node].children { append(child) }
        marks = outer
    }

    /// > [§6.3] Links cannot contain other links
    private mutating func append(childrenOf node: Int, linkedTo address: [UInt8]?) {
        guard link == nil, let address, !address.isEmpty else { return append(childrenOf: node, with: []) }
        links.append(address)
        link = links.count - 1
        append(childrenOf: node, with: [])
        link = nil
    }

    private mutating func image(_ node: Int) {
        let address = tree.attribute("src", of: node) ?? []
        let text = tree.attribute("alt", of: node) ?? []
        let isLinked = link == nil && !address.isEmpty
        if isLinked {
            links.append(address)
            link = links.count - 1
        }
        append(text: text.isEmpty ? address : text)
        if isLinked { link = nil }
    }

    private mutating func checkBox(_ node: Int) {
        guard tree.attribute("type", of: node).map({ $0.elementsEqual("checkbox".utf8) }) == true else { return }
        add(Array((tree.attribute("checked", of: node) == nil ? "☐" : "☑").utf8))
    }

    /// Line ends of the source are spaces, and there are none at the start of a line.
    private mutating func append(text: [UInt8]) {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for byte in text {
            guard byte == UInt8(ascii: "\n"), !marks.contains(.code) else {
                result.append(byte)
                continue
            }
            result.append(UInt8(ascii: " "))
        }
        let isAtStart = pieces.last.map { $0.text.last == UInt8(ascii: "\n") } ?? true
        add(isAtStart && !marks.contains(.code) ? Array(result.drop { $0 == UInt8(ascii: " ") }) : result)
    }

    private mutating func add(_ text: [UInt8]) {
        guard !text.isEmpty else { return }
        if let last = pieces.last, last.marks == marks, last.link == link {
            pieces[pieces.count - 1].text += text
        } else {
            pieces.append(Piece(text: text, marks: marks, link: link))
        }
    }

    private mutating func trimEnd() {
        while let last = pieces.last, !last.marks.contains(.code) {
            let text = last.text.prefix(last.text.lastIndex { !$0.isSpace }.map { $0 + 1 } ?? 0)
            guard text.isEmpty else { return pieces[pieces.count - 1].text = Array(text) }
            pieces.removeLast()
        }
    }

    // MARK: Writing

    /// Writes the members `markDefs` and `children`.
    func write(into output: inout [UInt8]) {
        var copy = self
        copy.trimEnd()
        copy.writeAll(into: &output)
    }

    private func writeAll(into output: inout [UInt8]) {
        output.append(",\"markDefs\":[")
        for (index, address) in links.enumerated() {
            if index > 0 { output.append(",") }
            output.append("{\"_type\":\"link\",\"_key\":\"l")
            output.append(contentsOf: String(index + 1).utf8)
            output.append("\",\"href\":")
            address.withUnsafeBytes { JSONText.appendString($0, into: &output) }
            output.append("}")
        }
        output.append("],\"children\":[")
        for (index, piece) in pieces.enumerated() {
            if index > 0 { output.append(",") }
            output.append("{\"_type\":\"span\",\"_key\":\"s")
            output.append(contentsOf: String(index + 1).utf8)
            output.append("\",\"text\":")
            piece.text.withUnsafeBytes { JSONText.appendString($0, into: &output) }
            output.append(",\"marks\":[")
            for (bit, name) in Marks.names.enumerated() where piece.marks.contains(Marks(rawValue: 1 << UInt8(bit))) {
                if output.last != UInt8(ascii: "[") { output.append(",") }
                output.append("\"")
                output.append(name)
                output.append("\"")
            }
            if let link = piece.link {
                if output.last != UInt8(ascii: "[") { output.append(",") }
                output.append("\"l")
                output.append(contentsOf: String(link + 1).utf8)
                output.append("\"")
            }
            output.append("]}")
        }
        output.append("]")
    }
}
