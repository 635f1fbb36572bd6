import FerryCore

/// What a push's scan has found so far.
struct PushScan {
    /// The number of rows read.
    var rows = 0
    /// The links of the rows read.
    var links = LinkSet()
    var creates: PendingQueue
    var updates: PendingQueue

    /// Whether something of one of the rows waits to be sent, or is on its way.
    func holds(anyOf ids: PackedStrings, or underWay: [PendingWrites]) -> Bool {
        let waiting = Set((underWay + creates.requests + updates.requests).lazy.flatMap(\.entries).map(\.localID))
        return !waiting.isEmpty && ids.strings.contains { waiting.contains($0) }
    }

    init(columnCount: Int, sink: any RecordSink) {
        creates = PendingQueue(columnCount: columnCount, ability: sink.ability(for: .create))
        updates = PendingQueue(columnCount: columnCount, ability: sink.ability(for: .update))
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
