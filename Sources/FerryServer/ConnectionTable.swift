/// The open connections, at most so many; lives on the server's one event loop.
final class ConnectionTable {
    private let limit: Int
    // Oldest first.
    private var gates: [ConnectionGate] = []
    private var isDraining = false

    init(limit: Int) {
        self.limit = limit
    }

    /// Makes room for a new connection, by ending the one that has been idle longest if need be.
    ///
    /// - Returns: whether there is room.
    func makeRoom() -> Bool {
        guard !isDraining else { return false }
        guard gates.count >= limit else { return true }
        guard let idle = gates.first(where: \.isIdle) else { return false }
        remove(idle)
        idle.cut()
        return true
    }

    /// Counts a connection from now on.
    func add(_ gate: ConnectionGate) {
        gates.append(gate)
    }

    /// Forgets a connection that has ended.
    func remove(_ gate: ConnectionGate) {
        gates.removeAll { $0 === gate }
    }

    /// Ends every connection, each after the answers that are due.
    func drain() {
        isDraining = true
        for gate in gates { gate.drain() }
    }

    /// Ends every connection at once.
    func cut() {
        for gate in gates { gate.cut() }
    }
}
