import FerryCore

/// What a push's scan has found so far.
struct PushScan {
    /// The number of rows read.
    var rows = 0
    /// The links of the rows read.
    var links = LinkSet()
    var creates: PendingWrites
    var updates: PendingWrites

    /// Whether something of one of the rows waits to be sent.
    func holds(anyOf ids: PackedStrings) -> Bool {
        guard !creates.isEmpty || !updates.isEmpty else { return false }
        let waiting = Set((creates.entries + updates.entries).map(\.localID))
        return ids.strings.contains { waiting.contains($0) }
    }

    init(columnCount: Int) {
        creates = PendingWrites(columnCount: columnCount)
        updates = PendingWrites(columnCount: columnCount)
    }
}

extension LocalPage {
    /// The page with each row once: as it was read last, should it have changed meanwhile.
    var keepingLastOfEach: LocalPage {
        var last: [String: Int] = [:]
        for row in 0..<ids.count { last[ids[row]] = row }
        return last.count == ids.count ? self : selecting(last.values.sorted())
    }
}
