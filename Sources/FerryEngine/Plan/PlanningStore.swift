import FerryCore
import Synchronization

/// The local store as a plan sees it: what is read comes from the real one, what is written is only taken down.
final class PlanningStore: LocalStore {
    /// What opening an entity type's table for writing would make, and what is remembered of its rows.
    private struct Opened {
        var isMade = false
        var addedColumns: [String] = []
        let columns = WrittenColumns()
    }

    private let store: any LocalStore
    private let scratchpad: any Scratchpad
    private let recorder: PlanRecorder
    private let readsBack: @Sendable (EntityMapping) -> Bool
    private let opened = Mutex<[String: Opened]>([:])

    /// - Parameter readsBack: whether what was written may be read again, as it is where records flow both ways.
    init(
        _ store: any LocalStore,
        scratchpad: any Scratchpad,
        recorder: PlanRecorder,
        readsBack: @escaping @Sendable (EntityMapping) -> Bool
    ) {
        self.store = store
        self.scratchpad = scratchpad
        self.recorder = recorder
        self.readsBack = readsBack
    }

    /// What is taken down of a page's rows belongs to the links that are committed next.
    var takesRowsAhead: Bool { false }

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        recorder.begin(entity)
        var known = opened.withLock { $0[entity.type] } ?? Opened()
        // What was opened for writing before has what it lacked by now.
        let isThere = !known.isMade && known.addedColumns.isEmpty
        let draft = try await store.draft(entity, fields: fields, forWriting: forWriting || !isThere)
        if forWriting {
            known.isMade = draft.table == nil
            known.addedColumns = draft.addedColumns
        } else if let column = draft.addedColumns.first(where: { !known.addedColumns.contains($0) }) {
            throw SyncFailure(
                .config,
                .storeMissingColumn,
                "the table '\(entity.type)' has no column '\(column)', and nothing that is pulled would make it",
                hint: "leave it out of the mappings, or let it be pulled, too"
            )
        }
        opened.withLock { [known] in $0[entity.type] = known }
        recorder.open(draft, isMade: known.isMade, addedColumns: known.isMade ? [] : known.addedColumns)
        return PlanningTable(
            draft,
            fields: fields,
            columns: known.columns,
            drawer: "rows of \(entity.type)",
            scratchpad: scratchpad,
            recorder: recorder,
            keepsValues: readsBack(entity)
        )
    }
}
