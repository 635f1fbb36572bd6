import FerryCore

/// The object that several paths make together.
struct WriterTree: Sendable {
    enum Shape: Equatable {
        /// The cell of a column.
        case value(column: Int)
        case object
        case array
    }

    /// One place in the object; children are chained in the order in which they are written.
    struct Node {
        var shape: Shape
        /// The member's name, escaped, in quotation marks and with its colon, in `keys`; empty for elements.
        var key = 0..<0
        var firstChild = -1
        var nextSibling = -1
    }

    private(set) var nodes = [Node(shape: .object)]
    private(set) var keys: [UInt8] = []
    // Needed only while the tree is made: each node's children with the segments that lead to them.
    private var children: [[(segment: FieldPath.Segment, node: Int)]] = [[]]

    init(_ paths: [FieldPath]) throws(JSONFailure) {
        for (column, path) in paths.enumerated() { try insert(path, column) }
        try orderElements()
        children = []
    }

    private mutating func insert(_ path: FieldPath, _ column: Int) throws(JSONFailure) {
        guard case .name = path.segments.first else {
            throw Self.failure("cannot write to '\(path)': a record is an object, so a path starts with a name")
        }
        var node = 0
        for (depth, segment) in path.segments.enumerated() {
            let isLast = depth == path.segments.count - 1
            let shape: Shape =
                if isLast {
                    .value(column: column)
                } else if case .index = path.segments[depth + 1] {
                    .array
                } else {
                    .object
                }
            guard let known = children[node].first(where: { Self.isSame($0.segment, segment) })?.node else {
                node = append(segment, shape, to: node)
                continue
            }
            if isLast || nodes[known].shape != shape { throw conflict(path, at: depth, known) }
            node = known
        }
    }

    private mutating func append(_ segment: FieldPath.Segment, _ shape: Shape, to parent: Int) -> Int {
        var node = Node(shape: shape)
        if case .name(var name) = segment {
            let start = keys.count
            name.withUTF8 { JSONText.appendString(UnsafeRawBufferPointer($0), into: &keys) }
            keys.append(Byte.colon)
            node.key = start..<keys.count
        }
        nodes.append(node)
        let index = nodes.count - 1
        if let last = children[parent].last {
            nodes[last.node].nextSibling = index
        } else {
            nodes[parent].firstChild = index
        }
        children[parent].append((segment, index))
        children.append([])
        return index
    }

    /// Chains elements by their index, in whatever order the paths name them; none may be left out.
    private mutating func orderElements() throws(JSONFailure) {
        for parent in children.indices where nodes[parent].shape == .array {
            let steps = children[parent].sorted { $0.segment.index < $1.segment.index }
            for (position, step) in steps.enumerated() where step.segment.index != position {
                throw Self.failure(
                    "cannot write element \(step.segment.index) of the array at '\(path(to: parent))': "
                        + "the indices of an array's paths must be 0, 1, 2 and so on without a gap"
                )
            }
            nodes[parent].firstChild = steps.first?.node ?? -1
            for (step, next) in zip(steps, steps.dropFirst().map(\.node) + [-1]) {
                nodes[step.node].nextSibling = next
            }
        }
    }

    private func conflict(_ path: FieldPath, at depth: Int, _ known: Int) -> JSONFailure {
        let place = FieldPath(segments: Array(path.segments.prefix(depth + 1)))
        let isLast = depth == path.segments.count - 1
        return switch nodes[known].shape {
        case .value where isLast: Self.failure("two paths write '\(path)'")
        case .value: Self.failure("'\(path)' runs through '\(place)', which another path writes as a whole")
        case .object, .array:
            Self.failure(
                isLast
                    ? "'\(path)' is written as a whole, but another path runs through it"
                    : "'\(place)' cannot be both an object and an array"
            )
        }
    }

    private func path(to node: Int) -> FieldPath {
        for (parent, steps) in children.enumerated() {
            guard let step = steps.first(where: { $0.node == node }) else { continue }
            return FieldPath(segments: path(to: parent).segments + [step.segment])
        }
        return .root
    }

    /// By bytes: Swift's strings are equal when they are canonically equivalent, JSON's names are not.
    private static func isSame(_ left: FieldPath.Segment, _ right: FieldPath.Segment) -> Bool {
        switch (left, right) {
        case (.name(let left), .name(let right)): left.utf8.elementsEqual(right.utf8)
        case (.index(let left), .index(let right)): left == right
        default: false
        }
    }

    private static func failure(_ message: String) -> JSONFailure {
        JSONFailure(message: message, offset: 0)
    }
}

extension FieldPath.Segment {
    /// The index of an element; -1 for a member, which an array never has.
    fileprivate var index: Int {
        if case .index(let index) = self { index } else { -1 }
    }
}
