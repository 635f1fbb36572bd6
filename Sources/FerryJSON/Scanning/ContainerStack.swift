/// Which of the open containers are objects: one bit each, so that depth costs neither machine stack nor, up to 64,
/// an allocation.
struct ContainerStack {
    /// The number of open containers.
    private(set) var depth = 0
    // The lowest bit is the innermost container; full words of 64 wait in `outer`.
    private var bits: UInt64 = 0
    private var outer: [UInt64] = []

    /// Whether the innermost container is an object; meaningful only while one is open.
    @inline(__always)
    var isInObject: Bool { bits & 1 == 1 }

    /// Opens a container.
    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth & 63 == 0 && depth > 0 { outer.append(bits) }
        bits = bits << 1 | (isObject ? 1 : 0)
        depth += 1
    }

    /// Closes the innermost container; one must be open.
    @inline(__always)
    mutating func pop() {
        depth -= 1
        bits >>= 1
        // The shift lost the word's oldest bits when the 65th container came: take them back.
        if depth & 63 == 0, depth > 0, let word = outer.popLast() { bits = word }
    }
}
