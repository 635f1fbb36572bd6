/// The elements and texts of an HTML document or fragment, read leniently.
///
/// Anything is accepted: end tags without a start are left out, open elements end with their parent, comments,
/// declarations and the content of `script` and `style` are dropped. Of elements without a Markdown only the content
/// stays, and where one of them is a block of its own, an empty element stands for its beginning and its end.
struct HTMLTree {
    enum Content {
        case text([UInt8])
        case element(name: String, attributes: [(name: String, value: [UInt8])])
    }

    struct Node {
        let content: Content
        var children: [Int] = []
    }

    /// An element that has begun; one without a Markdown has its parent's node.
    private struct OpenElement {
        let name: String
        let node: Int
        let depth: Int
        var isBoundary = false
    }

    /// How many elements with a Markdown can be inside of one another: their writers call one another, on a thread's
    /// stack.
    static let deepest = 200
    /// Whether there are more, so that the tree is not whole.
    private(set) var isTooDeep = false
    /// The root, an element without a name, comes first.
    private(set) var nodes = [Node(content: .element(name: "", attributes: []))]
    private var open = [OpenElement(name: "", node: 0, depth: 0)]
    /// Where in ``open`` the elements of each name are.
    private var places: [String: [Int]] = [:]
    private var text: [UInt8] = []

    init(_ html: UnsafeRawBufferPointer) {
        var tokens = HTMLTokens(html)
        while !isTooDeep, let token = tokens.next() {
            switch token {
            case .text(let bytes): text.append(contentsOf: bytes)
            case .start(let name, let attributes, let isClosed):
                endText()
                start(name, attributes, isClosed: isClosed)
            case .end(let name):
                endText()
                if let place = places[name]?.last { end(from: place) }
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

    /// Whether nothing is there but white space, or where an element begins and ends of which nothing stays.
    func isBlank(_ node: Int) -> Bool {
        switch nodes[node].content {
        case .text(let bytes): bytes.allSatisfy(\.isSpace)
        case .element(let name, _): Self.kinds[name]?.isDisjoint(with: [.void, .kept]) ?? true
        }
    }

    /// All text below the node.
    func text(of node: Int) -> [UInt8] {
        var result: [UInt8] = []
        append(textOf: node, to: &result)
        return result
    }

    private func append(textOf node: Int, to result: inout [UInt8]) {
        if case .text(let bytes) = nodes[node].content { result.append(contentsOf: bytes) }
        for child in nodes[node].children { append(textOf: child, to: &result) }
    }

    private mutating func endText() {
        guard !text.isEmpty else { return }
        append(.text(text))
        text.removeAll(keepingCapacity: true)
    }

    @discardableResult
    private mutating func append(_ content: Content) -> Int {
        nodes.append(Node(content: content))
        nodes[open[open.count - 1].node].children.append(nodes.count - 1)
        return nodes.count - 1
    }

    // MARK: Tags

    /// What an element is; it may be several things, or nothing.
    private struct Kind: OptionSet {
        let rawValue: UInt8
        /// It has no content.
        static let void = Kind(rawValue: 1)
        /// Markdown has something for it, or its content means nothing.
        static let kept = Kind(rawValue: 2)
        /// It ends a paragraph.
        static let block = Kind(rawValue: 4)
    }

    private static let kinds: [String: Kind] = {
        let voids = [
            "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
        ]
        let kept = [
            "a", "b", "blockquote", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "head", "i", "kbd", "li",
            "ol",
            "p", "pre", "s", "samp", "strike", "strong", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr",
            "tt", "ul",
        ]
        var kinds: [String: Kind] = [:]
        for name in voids { kinds[name, default: []].insert(.void) }
        for name in kept { kinds[name, default: []].insert(.kept) }
        for name in MarkdownWriter.blocks { kinds[name, default: []].insert(.block) }
        return kinds
    }()

    private mutating func start(_ name: String, _ attributes: [(name: String, value: [UInt8])], isClosed: Bool) {
        let kind = Self.kinds[name] ?? []
        // A block that begins ends a paragraph, so none that is open can be around another block.
        if kind.contains(.block) { endOpen("p", within: []) }
        switch name {
        case "li": endOpen("li", within: ["ul", "ol"])
        case "td", "th":
            endOpen("td", within: ["tr", "table"])
            endOpen("th", within: ["tr", "table"])
        case "tr": endOpen("tr", within: ["table"])
        default: break
        }
        if kind.contains(.void) || isClosed {
            append(.element(name: name, attributes: attributes))
        } else if kind.contains(.kept) {
            let depth = open[open.count - 1].depth + 1
            guard depth <= Self.deepest else { return isTooDeep = true }
            push(OpenElement(name: name, node: append(.element(name: name, attributes: attributes)), depth: depth))
        } else {
            let isBlock = kind.contains(.block)
            if isBlock { append(.element(name: name, attributes: [])) }
            let parent = open[open.count - 1]
            push(OpenElement(name: name, node: parent.node, depth: parent.depth, isBoundary: isBlock))
        }
    }

    private mutating func push(_ element: OpenElement) {
        places[element.name, default: []].append(open.count)
        open.append(element)
    }

    /// Ends the elements from that place on.
    private mutating func end(from place: Int) {
        while open.count > place, let element = open.last {
            if element.isBoundary { append(.element(name: element.name, attributes: [])) }
            places[element.name]?.removeLast()
            open.removeLast()
            // What follows in the list, outside of any item, stays apart from it.
            if element.name == "li" { append(.element(name: "div", attributes: [])) }
        }
    }

    /// Ends the innermost element of that name unless one of `barriers` is between.
    private mutating func endOpen(_ name: String, within barriers: [String]) {
        guard let place = places[name]?.last,
            !barriers.contains(where: { barrier in places[barrier]?.last.map { $0 > place } ?? false })
        else { return }
        end(from: place)
    }
}
