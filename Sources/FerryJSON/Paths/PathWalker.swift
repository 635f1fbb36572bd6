import FerryCore

/// Takes what a walk finds.
protocol PathVisitor {
    /// Takes the value at a path: `range` is its bytes, for a string those between the quotation marks.
    ///
    /// Comes again for a member that is repeated: the last one counts.
    mutating func found(_ target: Int, _ kind: ValueKind, _ range: Range<Int>, hasEscapes: Bool) throws(Fault)

    /// Forgets what was found at a path, because a member above it is repeated.
    mutating func forget(_ target: Int)

    /// May read the array at `start`, to which a path leads, by itself; returns where it ended, or `nil`.
    mutating func readArray(_ target: Int, at start: Int, depth: Int) throws(Fault) -> Int?
}

extension PathVisitor {
    @inline(__always)
    mutating func readArray(_ target: Int, at start: Int, depth: Int) throws(Fault) -> Int? { nil }
}

/// Walks through one value along a trie's paths, skipping what no path leads to.
///
/// Recurses once per step of a path, never per level of the document.
struct PathWalker<Visitor: PathVisitor> {
    var scanner: ByteScanner
    let trie: TrieView
    var visitor: Visitor

    /// Reads the value at `start`, to which `node` belongs; `depth` containers are open around it.
    mutating func value(_ node: Int, at start: Int, depth: Int) throws(Fault) -> Int {
        let node = trie.nodes[node]
        let target = Int(node.target)
        let end: Int
        switch scanner.peek(start) {
        case Byte.quote:
            let token = try scanner.string(start)
            if target >= 0 {
                try visitor.found(target, .string, start + 1..<token.end - 1, hasEscapes: token.hasEscapes)
            }
            return token.end
        case Byte.openBrace:
            end = node.slotMask < 0 ? try scanner.container(start, depth: depth) : try object(node, start, depth)
        case Byte.openBracket:
            if target >= 0, let end = try visitor.readArray(target, at: start, depth: depth) {
                // Rare: other paths lead through the same array, which is then read once more.
                if node.elementEnd > node.elementStart { _ = try array(node, start, depth) }
                return end
            }
            let hasElements = node.elementEnd > node.elementStart
            end = hasElements ? try array(node, start, depth) : try scanner.container(start, depth: depth)
        default:
            let token = try scanner.scalar(start)
            if target >= 0 { try visitor.found(target, token.kind, start..<token.end, hasEscapes: false) }
            return token.end
        }
        if target >= 0 { try visitor.found(target, .json, start..<end, hasEscapes: false) }
        return end
    }

    private mutating func object(_ node: PathTrie.Node, _ start: Int, _ depth: Int) throws(Fault) -> Int {
        guard depth < scanner.maximumDepth else { throw Fault(.tooDeep, at: start) }
        var offset = scanner.skipSpace(start + 1)
        if scanner.peek(offset) == Byte.closeBrace { return offset + 1 }
        while true {
            guard scanner.peek(offset) == Byte.quote else { throw scanner.unexpected(.expectedKey, at: offset) }
            let name = try scanner.string(offset)
            let child = child(of: node, offset + 1..<name.end - 1, hasEscapes: name.hasEscapes)
            offset = try scanner.colon(name.end)
            if child < 0 {
                offset = try scanner.skip(offset, depth: depth + 1)
            } else {
                forgetDescendants(of: child)
                offset = try value(child, at: offset, depth: depth + 1)
            }
            offset = scanner.skipSpace(offset)
            switch scanner.peek(offset) {
            case Byte.comma: offset = scanner.skipSpace(offset + 1)
            case Byte.closeBrace: return offset + 1
            default: throw scanner.unexpected(.expectedCommaOrEnd, at: offset)
            }
        }
    }

    private mutating func array(_ node: PathTrie.Node, _ start: Int, _ depth: Int) throws(Fault) -> Int {
        guard depth < scanner.maximumDepth else { throw Fault(.tooDeep, at: start) }
        let count = node.countsFromEnd ? try elementCount(start, depth) : 0
        var offset = scanner.skipSpace(start + 1)
        if scanner.peek(offset) == Byte.closeBracket { return offset + 1 }
        var index = 0
        while true {
            var end = -1
            // Two paths may lead to one element, `[0]` and `[-1]`: it is then read twice.
            for position in Int(node.elementStart)..<Int(node.elementEnd) {
                let element = trie.elements[position]
                guard element.index == index || element.index < 0 && element.index + count == index else { continue }
                end = try value(Int(element.child), at: offset, depth: depth + 1)
            }
            offset = scanner.skipSpace(end < 0 ? try scanner.skip(offset, depth: depth + 1) : end)
            index += 1
            switch scanner.peek(offset) {
            case Byte.comma: offset = scanner.skipSpace(offset + 1)
            case Byte.closeBracket: return offset + 1
            default: throw scanner.unexpected(.expectedCommaOrEnd, at: offset)
            }
        }
    }

    private func elementCount(_ start: Int, _ depth: Int) throws(Fault) -> Int {
        var offset = scanner.skipSpace(start + 1)
        if scanner.peek(offset) == Byte.closeBracket { return 0 }
        var count = 0
        while true {
            offset = scanner.skipSpace(try scanner.skip(offset, depth: depth + 1))
            count += 1
            switch scanner.peek(offset) {
            case Byte.comma: offset = scanner.skipSpace(offset + 1)
            case Byte.closeBracket: return count
            default: throw scanner.unexpected(.expectedCommaOrEnd, at: offset)
            }
        }
    }

    @inline(__always)
    private func child(of node: PathTrie.Node, _ name: Range<Int>, hasEscapes: Bool) -> Int {
        guard !hasEscapes else { return escapedChild(of: node, name) }
        return trie.child(
            of: node,
            name: scanner.base + name.lowerBound,
            count: name.count,
            readable: scanner.end - name.lowerBound
        )
    }

    @inline(never)
    private func escapedChild(of node: PathTrie.Node, _ name: Range<Int>) -> Int {
        var bytes: [UInt8] = []
        do throws(Fault) {
            try scanner.unescape(name, into: &bytes)
        } catch {
            // A lone surrogate: no path can name that, so the member is none that anybody asked for.
            return -1
        }
        return bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return -1 }
            return trie.child(of: node, name: base, count: bytes.count, readable: bytes.count)
        }
    }

    @inline(__always)
    private mutating func forgetDescendants(of child: Int) {
        let node = trie.nodes[child]
        for position in Int(node.descendantStart)..<Int(node.descendantEnd) {
            visitor.forget(Int(trie.descendants[position]))
        }
    }
}
