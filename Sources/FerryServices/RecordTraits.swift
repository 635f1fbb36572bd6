import FerryCore
import FerryJSON

/// What decides about a page's records before any of their values is mapped, by their place on the page.
struct RecordTraits {
    /// Their places in the cursor's order.
    private(set) var rows: [StreamCursor.Row]
    /// Whether they stand for deleted records.
    private(set) var isTombstone: [Bool]

    /// - Parameter fields: reads the cursor's field and that of tombstones, of those that the stream has.
    /// - Throws: `JSONFailure`.
    init(
        of turn: PageTurn,
        fields: RecordFields?,
        stream: StreamDescription,
        cursor: StreamCursor?
    ) throws(JSONFailure) {
        let count = turn.answer.index.records.count
        rows = Array(repeating: StreamCursor.Row(), count: count)
        isTombstone = Array(repeating: false, count: count)
        guard let fields else { return }
        let values = try fields.values(of: turn.kept, in: turn.answer.index)
        if let cursor {
            for (place, row) in zip(turn.kept, cursor.rows(values.map { $0[0] })) { rows[place] = row }
        }
        if stream.tombstone != nil {
            for (place, values) in zip(turn.kept, values) { isTombstone[place] = Self.isSet(values[values.count - 1]) }
        }
    }

    /// Whether a value says that its record is deleted.
    private static func isSet(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null, .bool(false): false
        default: true
        }
    }

    /// The new records of a page, each once: of two versions the one that changed last, else the one that came last.
    func distinct(_ turn: PageTurn) -> [Int] {
        Self.distinct(turn) { earlier, later in
            guard let before = rows[earlier].key, let after = rows[later].key else { return true }
            return after >= before
        }
    }

    /// The new records of a page, each once.
    static func distinct(_ turn: PageTurn, isNewer: (Int, Int) -> Bool = { _, _ in true }) -> [Int] {
        guard !turn.isDistinct else { return turn.kept }
        var places: [UInt64: Int] = [:]
        places.reserveCapacity(turn.kept.count)
        var distinct: [Int] = []
        distinct.reserveCapacity(turn.kept.count)
        for place in turn.kept {
            guard let earlier = places[turn.answer.ids[place]] else {
                places[turn.answer.ids[place]] = distinct.count
                distinct.append(place)
                continue
            }
            if isNewer(distinct[earlier], place) { distinct[earlier] = place }
        }
        return distinct
    }
}

extension PageIndex {
    /// The hash of all that a record has.
    func digest(of record: Int) -> UInt64 {
        page.withUnsafeBytes { RecordHash.of(UnsafeRawBufferPointer(rebasing: $0[records[record]])).low }
    }
}
