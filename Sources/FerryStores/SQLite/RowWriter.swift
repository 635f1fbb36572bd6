import FerryCore
import FerryJSON
import FerrySQLite

/// Inserts, updates and deletes rows of one table within a transaction.
struct RowWriter {
    private let session: StoreSession
    private let layout: TableLayout
    private let notes: RowNotes
    private let delete: SQLiteStatement
    private var kinds: [ColumnKind]
    private var keyKind: ColumnKind
    private var statements: RowStatements?
    private var otherStatements: [[Bool]: RowStatements] = [:]
    /// The current row's value for each column of the layout.
    private var values: [Cell]
    /// The current row's notes as they are put together.
    private var noteText: [UInt8] = []

    init(_ layout: TableLayout, session: StoreSession) throws {
        self.session = session
        self.layout = layout
        notes = RowNotes(columns: layout.columns.map(\.name) + [layout.key])
        delete = try session.statement("DELETE FROM \(layout.relation) WHERE \(quoted(layout.key)) = ?")
        kinds = layout.columns.map(\.kind)
        keyKind = layout.keyKind
        values = Array(repeating: .missing, count: layout.columns.count)
    }

    mutating func apply(_ changes: LocalChanges) throws -> AppliedChanges {
        if layout.isOwned { try learnKinds(from: changes.records) }
        var applied = AppliedChanges()
        for index in 0..<changes.deletedIDs.count {
            if try changes.deletedIDs.withBytes(at: index, deleteRow) { applied.deleted += 1 }
        }
        var records = changes.records
        for row in 0..<changes.ids.count {
            do {
                try changes.ids.withBytes(at: row) { id in
                    if try write(row, id: id, of: &records, isKnown: changes.areKnown[row]) {
                        applied.inserted += 1
                    } else {
                        applied.updated += 1
                    }
                }
            } catch let error as SQLiteError where error.isConstraint || error.primaryCode == StoreCode.mismatch {
                // A constraint or trigger that rolls back has taken the other rows with it.
                guard session.connection.isInTransaction else { throw error }
                applied.refused[row] = "the table refuses it: \(error.message)"
            } catch let refusal as RowRefusal {
                applied.refused[row] = refusal.reason
            }
        }
        return applied
    }

    private func deleteRow(_ id: UnsafeRawBufferPointer) throws -> Bool {
        delete.bindText(id, at: 0)
        try delete.run()
        if session.connection.changes > 0 { return true }
        guard let integer = layout.untypedInteger(id) else { return false }
        delete.bind(integer, at: 0)
        try delete.run()
        return session.connection.changes > 0
    }

    // MARK: One row

    /// - Returns: whether the row is new.
    private mutating func write(
        _ row: Int,
        id: UnsafeRawBufferPointer,
        of records: inout RecordBatch,
        isKnown: Bool
    ) throws -> Bool {
        try collect(row, id: id, of: &records)
        let statements = try chooseStatements()
        // Bytes are bound by pointer, so the buffers must stay where they are until the statement has run.
        return try records.page.withUnsafeBytes { page in
            try records.arena.withUnsafeBytes { arena in
                let key = layout.keyFields.first.map { records[row, $0] }
                let source = RowSource(page: page, arena: arena, id: id, key: key)
                try check(source)
                let updatesFirst = isKnown || layout.keyAffinity == .none && !layout.isOwned
                if updatesFirst, try update(source, with: statements) { return false }
                do {
                    if try insert(source, with: statements) { return true }
                } catch let error as SQLiteError where error.isConstraint && session.connection.isInTransaction {
                    // NOT NULL is checked before the key: a row that exists may still take the values it is given.
                    guard !updatesFirst, try update(source, with: statements) else { throw error }
                    return false
                }
                guard statements.update != nil else { return false }
                guard try !updatesFirst && update(source, with: statements) else {
                    throw RowRefusal(reason: "the table ignores it without saying why: look at its triggers")
                }
                return false
            }
        }
    }

    /// Gathers the values; fields inside a JSON column are put together first.
    private mutating func collect(
        _ row: Int,
        id: UnsafeRawBufferPointer,
        of records: inout RecordBatch
    ) throws {
        for index in values.indices {
            if layout.columns[index].isWhole {
                values[index] = records[row, layout.columns[index].fields[0].index]
            } else {
                values[index] = try JSONColumn.merged(
                    layout.columns[index],
                    row: row,
                    of: &records,
                    id: id,
                    layout: layout,
                    session: session
                )
            }
        }
    }

    /// Refuses a row whose key would not be its identifier.
    private func check(_ source: RowSource) throws {
        if let key = source.key, key.kind != .missing, key.kind != .null {
            let text = source.bytes(of: key)
            let isSame =
                switch key.kind {
                case .false: source.id.elementsEqual("false".utf8)
                case .true: source.id.elementsEqual("true".utf8)
                default: text.elementsEqual(source.id)
                }
            guard isSame else {
                throw RowRefusal(
                    reason: "its value for the key column '\(layout.key)' is not its identifier"
                )
            }
        }
        guard layout.keyAffinity.isNumeric, NumericText.isNumeric(source.id) else { return }
        // '007' would become 7, and the row could not be found again.
        let isKept =
            switch StoredNumber(source.id) {
            case .integer(let value): layout.keyAffinity != .real && String(value).utf8.elementsEqual(source.id)
            case .real(let value, let isLiteral): isLiteral && (layout.keyAffinity == .real || value.rounded() != value)
            case .text: false
            }
        guard isKept else {
            throw RowRefusal(reason: "the key column '\(layout.key)' is numeric and would change its identifier")
        }
    }

    private mutating func insert(_ source: RowSource, with statements: RowStatements) throws -> Bool {
        noteText.removeAll(keepingCapacity: true)
        if source.key?.kind == .number, let integer = layout.untypedInteger(source.id) {
            statements.insert.bind(integer, at: 0)
        } else {
            statements.insert.bindText(source.id, at: 0)
        }
        try bind(source, to: statements.insert, columns: statements.columns, from: 1)
        if layout.isOwned {
            for index in values.indices where values[index].kind == .missing {
                notes.append(ValueNote.missing, of: index, to: &noteText)
            }
        }
        return try run(statements.insert, noteAt: statements.columns.count + 1)
    }

    private mutating func update(_ source: RowSource, with statements: RowStatements) throws -> Bool {
        guard let update = statements.update else { return false }
        noteText.removeAll(keepingCapacity: true)
        try bind(source, to: update, columns: statements.columns, from: 0)
        let place = statements.columns.count + (layout.isOwned ? 1 : 0)
        update.bindText(source.id, at: place)
        if try run(update, noteAt: statements.columns.count) { return true }
        guard let integer = layout.untypedInteger(source.id) else { return false }
        update.bind(integer, at: place)
        return try run(update, noteAt: statements.columns.count)
    }

    /// Binds the notes, if the table keeps any, and runs the statement.
    private mutating func run(_ statement: SQLiteStatement, noteAt place: Int) throws -> Bool {
        guard layout.isOwned, !noteText.isEmpty else {
            if layout.isOwned { statement.bindNull(at: place) }
            try statement.run()
            return session.connection.changes > 0
        }
        noteText.append(UInt8(ascii: "}"))
        try noteText.withUnsafeBytes {
            statement.bindText($0, at: place)
            try statement.run()
        }
        return session.connection.changes > 0
    }

    private mutating func bind(
        _ source: RowSource,
        to statement: SQLiteStatement,
        columns: [Int],
        from first: Int
    ) throws {
        for (place, index) in columns.enumerated() {
            let cell = values[index]
            let bytes = source.bytes(of: cell)
            guard !layout.isOwned else {
                let note = ValueWriting.bind(cell, bytes, kind: kinds[index], to: statement, at: first + place)
                guard let note else { continue }
                notes.append(note.note, literal: note.hasLiteral ? bytes : nil, of: index, to: &noteText)
                continue
            }
            let column = layout.columns[index]
            let affinity = column.affinity
            if let problem = ValueWriting.bindForeign(cell, bytes, affinity: affinity, to: statement, at: first + place)
            {
                throw RowRefusal(reason: "the value of '\(column.name)' \(problem)")
            }
        }
        guard layout.isOwned, let key = source.key,
            let note = ValueWriting.keyNote(key, source.id, kind: keyKind)
        else { return }
        notes.append(note, of: layout.columns.count, to: &noteText)
    }

    // MARK: Statements

    /// The statements for the columns that the current row has values for: nearly always those of the row before.
    private mutating func chooseStatements() throws -> RowStatements {
        if let statements, statements.fit(values) { return statements }
        let present = values.map { $0.kind != .missing }
        let chosen = try otherStatements[present] ?? RowStatements(present, layout: layout, session: session)
        otherStatements[present] = chosen
        statements = chosen
        return chosen
    }

    // MARK: Kinds

    /// Notes what a column holds at the first value that tells.
    private mutating func learnKinds(from records: RecordBatch) throws {
        for index in layout.columns.indices where layout.columns[index].isFresh {
            let column = layout.columns[index]
            guard let kind = column.isWhole ? Self.kind(of: column.fields[0].index, in: records) : .json else {
                continue
            }
            kinds[index] = kind
            try OwnedTables.set(kind, of: column.name, in: layout.table, session.connection)
        }
        guard layout.isKeyFresh, let field = layout.keyFields.first, records.count > 0 else { return }
        keyKind = records[0, field].kind == .number ? .number : .plain
        try OwnedTables.set(keyKind, of: layout.key, in: layout.table, session.connection)
    }

    private static func kind(of field: Int, in records: RecordBatch) -> ColumnKind? {
        for row in 0..<records.count {
            switch records[row, field].kind {
            case .missing, .null: continue
            case .false, .true: return .boolean
            case .json: return .json
            case .number, .string: return .plain
            }
        }
        return nil
    }
}

/// Why a row cannot be written.
struct RowRefusal: Error {
    let reason: String
}

/// Where a row's bytes are while its statements run.
struct RowSource {
    let page: UnsafeRawBufferPointer
    let arena: UnsafeRawBufferPointer
    let id: UnsafeRawBufferPointer
    /// The field that is the key itself, if the job has it.
    let key: Cell?

    func bytes(of cell: Cell) -> UnsafeRawBufferPointer {
        let start = Int(cell.offset)
        return UnsafeRawBufferPointer(rebasing: (cell.isInArena ? arena : page)[start..<start + Int(cell.count)])
    }
}
