/// The elements and texts of an HTML document or fragment, read leniently.
///
/// Anything is accepted: end tags without a start are left out, open elements end with their parent, comments,
/// declarations and the content of `script` and `style` are dropped. Nesting is kept to ``deepest`` levels; below that
/// tags are left out and their text stays.
struct HTMLTree {
    enum Content {
        case text([UInt8])
        case element(name: String, attributes: [(name: String, value: [UInt8])])
    }

    struct Node {
        let content: Content
        var children: [Int] = []
    }

    static let deepest = 64
    /// The root, an element without a name, comes first.
    private(set) var nodes = [Node(content: .element(name: "", attributes: []))]
    private var open = [0]
    private var text: [UInt8] = []

    init(_ html: UnsafeRawBufferPointer) {
        var tokens = HTMLTokens(html)
        while let token = tokens.next() {
            switch token {
            case .text(let bytes): text.append(contentsOf: bytes)
            case .start(let name, let attributes, let isClosed):
                endText()
                start(name, attributes, isClosed: isClosed)
            case .end(let name):
                endText()
                end(name)
            }
        }
        endText()
    }

    func name(_ node: Int) -> String? {
        if case .element(let name, _) = nodes[node].content { name } else { nil }
    }

    func attribute(_ key: String, of node: Int) -> [UInt8]? {
        guard case .element(_, let attributes) = nodes[node].content else { return nil }
        return attributes.first { $0.name == key }?.value
    }

    /// All text below the node.
    func text(of node: Int) -> [UInt8] {
        if case .text(let bytes) = nodes[node].content { return bytes }
        return nodes[node].children.flatMap { text(of: $0) }
    }

    private mutating func endText() {
        guard !text.isEmpty else { return }
        append(Node(content: .text(text)))
        text.removeAll(keepingCapacity: true)
    }

    @discardableResult
    private mutating func append(_ node: Node) -> Int {
        nodes.append(node)
        nodes[open[open.count - 1]].children.append(nodes.count - 1)
        return nodes.count - 1
    }

    private static let voids: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
    ]

    private static let paragraphBarriers = MarkdownWriter.blocks.subtracting(["p"])

    private mutating func start(_ name: String, _ attributes: [(name: String, value: [UInt8])], isClosed: Bool) {
        if MarkdownWriter.blocks.contains(name) { endOpen("p", within: Self.paragraphBarriers) }
        switch name {
        case "li": endOpen("li", within: ["ul", "ol"])
        case "td", "th":
            endOpen("td", within: ["tr", "table"])
            endOpen("th", within: ["tr", "table"])
        case "tr": endOpen("tr", within: ["table"])
        default: break
        }
        if Self.voids.contains(name) || isClosed {
            append(Node(content: .element(name: name, attributes: attributes)))
        } else if open.count < Self.deepest {
            open.append(append(Node(content: .element(name: name, attributes: attributes))))
        }
    }

    private mutating func end(_ name: String) {
        guard let index = open.lastIndex(where: { self.name($0) == name }), index > 0 else { return }
        open.removeSubrange(index...)
    }

    /// Ends the innermost element of that name unless one of `barriers` is between.
    private mutating func endOpen(_ name: String, within barriers: Set<String>) {
        for index in open.indices.reversed() {
            guard let candidate = self.name(open[index]) else { return }
            if candidate == name { return open.removeSubrange(index...) }
            if barriers.contains(candidate) { return }
        }
    }
}
