import FerryCore
import FerryJSON
import FerrySQLite

/// The statements for rows that have values in the same columns.
struct RowStatements {
    /// The places of these columns in the layout.
    let columns: [Int]
    let insert: SQLiteStatement
    /// `nil` when there is nothing to set.
    let update: SQLiteStatement?
    private let present: [Bool]

    init(_ present: [Bool], layout: TableLayout, session: StoreSession) throws {
        self.present = present
        columns = present.indices.filter { present[$0] }
        let names = columns.map { quoted(layout.columns[$0].name) }
        let key = quoted(layout.key)
        let note = layout.isOwned ? [quoted(OwnedTables.noteColumn)] : []
        let places = Array(repeating: "?", count: columns.count + 1 + note.count).joined(separator: ", ")
        insert = try session.statement(
            """
            INSERT INTO \(layout.relation) (\(([key] + names + note).joined(separator: ", "))) VALUES (\(places))
            ON CONFLICT (\(key)) DO NOTHING
            """
        )
        guard !columns.isEmpty else {
            update = nil
            return
        }
        var sets = names.map { "\($0) = ?" }
        if let note = note.first {
            let written = columns.map { layout.columns[$0].name } + (layout.keyFields.isEmpty ? [] : [layout.key])
            sets.append("\(note) = \(Self.patch(of: note, written: written, at: columns.count + 1))")
        }
        update = try session.statement(
            "UPDATE \(layout.relation) SET \(sets.joined(separator: ", ")) WHERE \(key) = ?"
        )
    }

    /// Whether these are the columns that have values.
    func fit(_ values: [Cell]) -> Bool {
        for index in values.indices where (values[index].kind != .missing) != present[index] { return false }
        return true
    }

    /// The row's notes without those of the written columns, and with the new ones.
    ///
    /// A null member of a merge patch removes (RFC 7396). Notes that somebody has spoilt are replaced.
    private static func patch(of note: String, written: [String], at parameter: Int) -> String {
        let removed = JSONValue.object(written.map { JSONValue.Member(key: $0, value: .null) }).serialized
        return """
            CASE WHEN json_valid(\(note)) THEN nullif(json_patch(\
            json_patch(\(note), \(literal(removed))), coalesce(?\(parameter), '{}')), '{}') ELSE ?\(parameter) END
            """
    }
}
