/// A trie's arrays as pointers, for the length of one walk.
struct TrieView {
    let nodes: UnsafeBufferPointer<PathTrie.Node>
    let slots: UnsafeBufferPointer<PathTrie.Slot>
    let elements: UnsafeBufferPointer<PathTrie.Element>
    let descendants: UnsafeBufferPointer<Int32>
    let names: UnsafeBufferPointer<UInt8>

    /// The node that the member called `name` leads to; -1 if no path does.
    ///
    /// `readable` bytes may be read from `name` on, at least `count`.
    @inline(__always)
    func child(of node: PathTrie.Node, name: UnsafePointer<UInt8>, count: Int, readable: Int) -> Int {
        let word = Self.firstWord(name, count: count, readable: readable)
        let mask = Int(node.slotMask)
        var index = PathTrie.hash(word, count: count) & mask
        while true {
            let slot = slots[Int(node.slotStart) + index]
            if slot.child < 0 { return -1 }
            if slot.word == word, slot.nameCount == count, isEqual(slot, name, count: count) { return Int(slot.child) }
            index = (index + 1) & mask
        }
    }

    @inline(__always)
    private static func firstWord(_ name: UnsafePointer<UInt8>, count: Int, readable: Int) -> UInt64 {
        guard readable >= 8 else {
            var word: UInt64 = 0
            for position in 0..<count { word |= UInt64(name[position]) << UInt64(8 * position) }
            return word
        }
        let word = UInt64(littleEndian: UnsafeRawPointer(name).loadUnaligned(as: UInt64.self))
        // A shift by 64 gives 0 in Swift, so an empty name keeps no byte.
        return count >= 8 ? word : word & ~(UInt64.max << UInt64(8 * count))
    }

    @inline(__always)
    private func isEqual(_ slot: PathTrie.Slot, _ name: UnsafePointer<UInt8>, count: Int) -> Bool {
        var position = 8
        while position < count {
            guard names[Int(slot.nameStart) + position] == name[position] else { return false }
            position += 1
        }
        return true
    }
}

extension PathTrie {
    /// Calls `body` with the arrays' pointers, which are valid only during the call.
    func withView<Result>(_ body: (TrieView) throws(Fault) -> Result) throws(Fault) -> Result {
        try nodes.withUnsafeBufferPointer { nodes throws(Fault) in
            try slots.withUnsafeBufferPointer { slots throws(Fault) in
                try elements.withUnsafeBufferPointer { elements throws(Fault) in
                    try descendants.withUnsafeBufferPointer { descendants throws(Fault) in
                        try names.withUnsafeBufferPointer { names throws(Fault) in
                            try body(
                                TrieView(
                                    nodes: nodes,
                                    slots: slots,
                                    elements: elements,
                                    descendants: descendants,
                                    names: names
                                )
                            )
                        }
                    }
                }
            }
        }
    }
}
