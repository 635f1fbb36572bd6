internal import FerryCore
internal import FerrySQLite

/// The links of a draft: those of the real ledger, and over them what the draft has changed.
///
/// In a draft, `link` is a view of both, and shadows the table: whoever reads links need not know. Whoever writes them
/// says `main.link`, and brings those that are to be changed from the real ledger first: `copied_link` has their
/// numbers, and the view leaves them out of what it takes from there, so that one that the draft deletes is gone.
struct DraftLinks: Sendable {
    /// The real ledger's highest link when the draft was made: later ones are not the draft's.
    let last: Int64

    /// The statements that shadow the table by the view.
    var shadowing: String {
        """
        CREATE TEMP TABLE copied_link (id INTEGER PRIMARY KEY);
        CREATE TEMP TRIGGER link_is_copied AFTER INSERT ON main.link WHEN new.id <= \(last) BEGIN
            INSERT OR IGNORE INTO copied_link VALUES (new.id);
        END;
        CREATE TEMP VIEW link AS
        SELECT * FROM main.link UNION ALL SELECT * FROM real.link AS kept WHERE \(isHere);
        """
    }

    /// Whether a link of the real ledger is one of the draft's, and not copied yet.
    private var isHere: String {
        "kept.id <= \(last) AND NOT EXISTS (SELECT 1 FROM copied_link WHERE copied_link.id = kept.id)"
    }

    /// Copies the links of the given numbers.
    func copy(_ links: [Int64], in connection: SQLiteConnection) throws {
        guard !links.isEmpty else { return }
        let statement = try connection.prepare(copying("kept.id = ?"))
        for link in links where link <= last {
            statement.bind(link, at: 0)
            try statement.run()
        }
    }

    /// Copies the links of the given local identifiers.
    func copy(localIDs: PackedStrings, of scope: LinkScope, in connection: SQLiteConnection) throws {
        try copy(localIDs, "kept.local_id = ?", of: scope, in: connection)
    }

    /// Copies the links of the given remote identifiers.
    func copy(remoteIDs: PackedStrings, of scope: LinkScope, in connection: SQLiteConnection) throws {
        try copy(remoteIDs, "kept.remote_id = ? AND kept.remote_check IS NULL", of: scope, in: connection)
    }

    /// Copies the links of a scope whose numbers are greater than `after`, up to `last`.
    func copy(after: Int64, through last: Int64, of scope: LinkScope, in connection: SQLiteConnection) throws {
        let statement = try connection.prepare(copying("kept.id > ? AND kept.id <= ? AND +kept.scope_id = ?"))
        statement.bind(after, at: 0)
        statement.bind(last, at: 1)
        statement.bind(scope.id, at: 2)
        try statement.run()
    }

    private func copy(
        _ ids: PackedStrings,
        _ condition: String,
        of scope: LinkScope,
        in connection: SQLiteConnection
    ) throws {
        guard !ids.isEmpty else { return }
        let statement = try connection.prepare(copying("kept.scope_id = ? AND \(condition)"))
        statement.bind(scope.id, at: 0)
        try ids.forEachBytesInOrder { _, id in
            statement.bindText(id, at: 1)
            try statement.run()
        }
    }

    private func copying(_ condition: String) -> String {
        "INSERT OR IGNORE INTO main.link SELECT * FROM real.link AS kept WHERE \(condition) AND \(isHere)"
    }
}
