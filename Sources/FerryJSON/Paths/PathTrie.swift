import FerryCore

/// Several field paths as one tree, so that a walk through a document finds all of them at once.
///
/// Everything lies in flat arrays that refer to each other by index: a walk touches no reference count.
struct PathTrie: Sendable {
    /// One place that a path leads to or through.
    struct Node {
        /// The path that ends here; -1 if none does.
        var target: Int32 = -1
        /// Where the node's hash table of members starts in `slots`, and its size less one (-1: no members).
        var slotStart: Int32 = 0
        var slotMask: Int32 = -1
        /// The node's array elements in `elements`.
        var elementStart: Int32 = 0
        var elementEnd: Int32 = 0
        /// Whether some of them count from the array's end.
        var countsFromEnd = false
        /// The paths that end strictly below the node, in `descendants`.
        var descendantStart: Int32 = 0
        var descendantEnd: Int32 = 0
    }

    /// A member's name and the node it leads to; `child` is -1 in an empty slot.
    struct Slot {
        /// The first eight bytes of the name, zeros behind a shorter one.
        var word: UInt64 = 0
        var nameStart: Int32 = 0
        var nameCount: Int32 = 0
        var child: Int32 = -1
    }

    /// An index and the node it leads to.
    struct Element {
        var index: Int
        var child: Int32
    }

    private(set) var nodes: [Node] = []
    private(set) var slots: [Slot] = []
    private(set) var elements: [Element] = []
    private(set) var descendants: [Int32] = []
    private(set) var names: [UInt8] = []
    /// For each path the first one that is equal to it: only that one is a target.
    private(set) var primary: [Int] = []

    init(_ paths: [FieldPath]) {
        var draft = [DraftNode()]
        for (column, path) in paths.enumerated() {
            var node = 0
            for segment in path.segments { node = Self.child(of: node, segment, in: &draft) }
            if draft[node].target < 0 { draft[node].target = column }
            primary.append(draft[node].target)
        }
        nodes = Array(repeating: Node(), count: draft.count)
        _ = lay(0, of: draft)
    }

    /// A node while the tree is made.
    private struct DraftNode {
        var target = -1
        var members: [(name: [UInt8], child: Int)] = []
        var elements: [(index: Int, child: Int)] = []
    }

    private static func child(of node: Int, _ segment: FieldPath.Segment, in draft: inout [DraftNode]) -> Int {
        switch segment {
        case .name(let name):
            // By bytes: Swift's strings are equal when they are canonically equivalent, JSON's names are not.
            let bytes = Array(name.utf8)
            if let known = draft[node].members.first(where: { $0.name == bytes }) { return known.child }
            draft[node].members.append((bytes, draft.count))
        case .index(let index):
            if let known = draft[node].elements.first(where: { $0.index == index }) { return known.child }
            draft[node].elements.append((index, draft.count))
        }
        draft.append(DraftNode())
        return draft.count - 1
    }

    /// Lays out a node and all below it; returns the paths that end there.
    private mutating func lay(_ index: Int, of draft: [DraftNode]) -> [Int32] {
        let node = draft[index]
        var laid = Node()
        laid.target = Int32(node.target)
        if !node.members.isEmpty {
            var size = 2
            while size < 2 * node.members.count { size *= 2 }
            laid.slotStart = Int32(slots.count)
            laid.slotMask = Int32(size - 1)
            slots.append(contentsOf: repeatElement(Slot(), count: size))
            for member in node.members { insert(member.name, child: member.child, into: laid) }
        }
        laid.elementStart = Int32(elements.count)
        elements.append(contentsOf: node.elements.map { Element(index: $0.index, child: Int32($0.child)) })
        laid.elementEnd = Int32(elements.count)
        laid.countsFromEnd = node.elements.contains { $0.index < 0 }

        var below: [Int32] = []
        for child in node.members.map(\.child) + node.elements.map(\.child) { below += lay(child, of: draft) }
        laid.descendantStart = Int32(descendants.count)
        descendants += below
        laid.descendantEnd = Int32(descendants.count)
        nodes[index] = laid
        return node.target < 0 ? below : below + [laid.target]
    }

    private mutating func insert(_ name: [UInt8], child: Int, into node: Node) {
        var word: UInt64 = 0
        for (position, byte) in name.prefix(8).enumerated() { word |= UInt64(byte) << UInt64(8 * position) }
        // At most half of the slots are taken, so there is an empty one.
        var slot = Self.hash(word, count: name.count) & Int(node.slotMask)
        while slots[Int(node.slotStart) + slot].child >= 0 { slot = (slot + 1) & Int(node.slotMask) }
        slots[Int(node.slotStart) + slot] = Slot(
            word: word,
            nameStart: Int32(names.count),
            nameCount: Int32(name.count),
            child: Int32(child)
        )
        names += name
    }

    @inline(__always)
    static func hash(_ word: UInt64, count: Int) -> Int {
        let mixed = (word ^ UInt64(truncatingIfNeeded: count) << 56) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40)
    }
}
