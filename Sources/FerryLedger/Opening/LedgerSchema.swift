internal import GRDB

/// The ledger's schema, version by version.
///
/// Versions are never changed once released: a new one is added below.
enum LedgerSchema {
    /// Every version this program knows, oldest first.
    static let versions = steps.map(\.version)

    /// Makes the schema in a new file, or brings that of an older one up to date.
    static func bringUpToDate(_ writer: some DatabaseWriter) throws {
        try writer.write { try createIfNew(in: $0) }
        try migrator.migrate(writer)
    }

    /// Brings the schema of an older ledger up to date, version by version.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for step in steps { migrator.registerMigration(step.version, migrate: step.change) }
        return migrator
    }

    /// Makes the schema in a file that has no tables; to be called in a transaction.
    ///
    /// In one for all versions: one each would write most pages a dozen times, and wait for the disk as often.
    static func createIfNew(in database: Database) throws {
        guard try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0 else { return }
        // As GRDB's migrator makes it.
        try database.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        for step in steps {
            try step.change(database)
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [step.version])
        }
    }

    private static let steps: [(version: String, change: @Sendable (Database) throws -> Void)] = [
        ("1-first", { try $0.execute(sql: first) }),
        ("2-two-way", { try $0.execute(sql: twoWayTables) }),
        ("3-budgets", { try $0.execute(sql: accountTables) }),
        ("4-refusals", { try $0.execute(sql: refusals) }),
        ("5-pull-cursors", { try $0.execute(sql: pullCursors) }),
        ("6-job-options", { try $0.execute(sql: jobOptions) }),
        ("7-pull-intents", { try $0.execute(sql: pullIntents) }),
        // In the engine's own form; most sinks make a request anew from the row.
        ("8-frozen-records", { try $0.execute(sql: "ALTER TABLE outbox_record ADD COLUMN content BLOB") }),
        ("9-expected-time", { try $0.execute(sql: "ALTER TABLE job ADD COLUMN expected_seconds INTEGER") }),
        ("10-shortfalls", { try $0.execute(sql: shortfalls) }),
        ("11-input-marks", { try $0.execute(sql: inputMarks) }),
        ("12-push-cursors", { try $0.execute(sql: pushCursors) }),
        ("13-outbox-blobs", { try packOutbox(in: $0) }),
        ("14-findable-links", { try $0.execute(sql: findableLinks) }),
        ("15-intents-ahead", { try $0.execute(sql: intentsAhead) }),
        ("16-state-changes", { try $0.execute(sql: stateChanges) }),
    ]

    private static let first =
        "PRAGMA application_id = \(LedgerFile.applicationID);\n" + jobTables + "\n" + linkTables + "\n" + pushTables
    // The index of remote identifiers costs a push of new rows more than all else in the ledger, where these are random,
    // and mostly nobody looks for them: a scope's links are in it from when somebody does (`Ledger.makeFindable(_:)`).
    // The index is also what damaged identifiers show by: those that are not in it have a check value instead.
    private static let findableLinks = """
        ALTER TABLE scope ADD COLUMN is_findable INTEGER NOT NULL DEFAULT 0 CHECK (is_findable IN (0, 1));
        UPDATE scope SET is_findable = 1;
        ALTER TABLE link ADD COLUMN remote_check INTEGER;
        DROP INDEX link_remote;
        CREATE UNIQUE INDEX link_remote ON link (scope_id, remote_id) WHERE remote_check IS NULL;
        """
    // What people did with what is kept of an integration.
    private static let stateChanges = """
        CREATE TABLE state_change (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            integration_id INTEGER NOT NULL REFERENCES integration,
            action TEXT NOT NULL CHECK (action IN ('export', 'import', 'reset')),
            changed_at INTEGER NOT NULL,
            user INTEGER NOT NULL,
            entity_types TEXT NOT NULL CHECK (json_type(entity_types) = 'array'),
            links INTEGER NOT NULL CHECK (links >= 0),
            is_whole INTEGER NOT NULL CHECK (is_whole IN (0, 1))
        ) STRICT;
        CREATE INDEX state_change_integration ON state_change (integration_id, id);
        """
    private static let inputMarks = "ALTER TABLE link ADD COLUMN input_mark INTEGER NOT NULL DEFAULT 0"

    // JSON, as these are always written and read with their job and never asked for by themselves.
    private static let refusals =
        "ALTER TABLE job ADD COLUMN refusals TEXT CHECK (refusals IS NULL OR json_valid(refusals))"
    private static let shortfalls =
        "ALTER TABLE job ADD COLUMN shortfalls TEXT CHECK (shortfalls IS NULL OR json_valid(shortfalls))"

    // Times are Unix ms. What a state implies is checked here again, so that no path can forget it.
    private static let jobTables = """
        CREATE TABLE integration (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE CHECK (name <> ''),
            is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
            last_sync_at INTEGER
        ) STRICT;

        CREATE TABLE job (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            integration_id INTEGER NOT NULL REFERENCES integration,
            direction TEXT NOT NULL CHECK (direction IN ('pull', 'push')),
            entity_ids TEXT CHECK (entity_ids IS NULL OR json_valid(entity_ids)),
            entity_set TEXT NOT NULL,
            requested_by TEXT NOT NULL,
            state TEXT NOT NULL CHECK (
                state IN ('queued', 'running', 'waiting', 'succeeded', 'partial', 'failed', 'cancelled')
            ),
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            queued_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER,
            wait_reason TEXT,
            wait_until INTEGER,
            records_read INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            unchanged INTEGER NOT NULL,
            deleted INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            quarantined INTEGER NOT NULL,
            held INTEGER NOT NULL,
            bytes_in INTEGER NOT NULL,
            bytes_out INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            retries INTEGER NOT NULL,
            total INTEGER CHECK (total IS NULL OR total >= 0),
            failure_code TEXT,
            failure_message TEXT,
            failure_hint TEXT,
            CONSTRAINT entities_have_their_set CHECK ((entity_ids IS NULL) = (entity_set = '*')),
            CONSTRAINT final_jobs_have_an_end CHECK (
                (finished_at IS NOT NULL) = (state IN ('succeeded', 'partial', 'failed', 'cancelled'))
            ),
            CONSTRAINT started_jobs_have_an_attempt CHECK ((started_at IS NOT NULL) = (attempt > 0)),
            CONSTRAINT working_jobs_have_a_start CHECK (
                started_at IS NOT NULL OR state IN ('queued', 'failed', 'cancelled')
            ),
            CONSTRAINT waiting_jobs_have_a_wait CHECK (
                (state = 'waiting') = (wait_until IS NOT NULL) AND (wait_reason IS NULL) = (wait_until IS NULL)
            ),
            CONSTRAINT failures_have_words CHECK (
                (failure_code IS NULL) = (failure_message IS NULL)
                AND (failure_hint IS NULL OR failure_code IS NOT NULL)
            ),
            CONSTRAINT good_and_live_jobs_have_no_failure CHECK (
                failure_code IS NULL OR state IN ('partial', 'failed', 'cancelled')
            ),
            CONSTRAINT counts_are_not_negative CHECK (
                min(
                    records_read, created, updated, unchanged, deleted, skipped, quarantined, held, bytes_in, bytes_out,
                    requests, retries
                ) >= 0
            )
        ) STRICT;

        CREATE UNIQUE INDEX job_one_running ON job (integration_id) WHERE state IN ('running', 'waiting');
        CREATE UNIQUE INDEX job_one_live ON job (integration_id, direction, entity_set)
            WHERE state IN ('queued', 'running', 'waiting');
        CREATE INDEX job_queue ON job (queued_at, number) WHERE state = 'queued';
        CREATE INDEX job_by_integration ON job (integration_id, number);
        CREATE INDEX job_by_end ON job (finished_at, number) WHERE finished_at IS NOT NULL;
        CREATE INDEX job_last_of_integration ON job (integration_id, finished_at, number)
            WHERE finished_at IS NOT NULL;

        CREATE TABLE next_run (
            integration_id INTEGER NOT NULL REFERENCES integration,
            direction TEXT NOT NULL CHECK (direction IN ('pull', 'push')),
            due_at INTEGER NOT NULL,
            PRIMARY KEY (integration_id, direction)
        ) STRICT, WITHOUT ROWID;
        """

    // Numbers of scopes and links are never used twice (AUTOINCREMENT): whoever still holds an old one matches nothing.
    // Rowid tables, since a text key without one costs three times the time.
    // Hashes are 128 bits in two integers; both 0 stands for unknown.
    private static let linkTables = """
        CREATE TABLE scope (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            integration_id INTEGER NOT NULL REFERENCES integration,
            entity_type TEXT NOT NULL,
            resource TEXT NOT NULL,
            remote_identity TEXT NOT NULL,
            local_identity TEXT NOT NULL,
            is_adopted INTEGER NOT NULL DEFAULT 0 CHECK (is_adopted IN (0, 1)),
            UNIQUE (integration_id, entity_type)
        ) STRICT;

        CREATE TABLE link (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            local_id TEXT NOT NULL,
            remote_id TEXT NOT NULL,
            remote_low INTEGER NOT NULL,
            remote_high INTEGER NOT NULL,
            local_low INTEGER NOT NULL,
            local_high INTEGER NOT NULL,
            payload_low INTEGER NOT NULL,
            payload_high INTEGER NOT NULL,
            missing_scans INTEGER NOT NULL DEFAULT 0 CHECK (missing_scans >= 0),
            field_hashes BLOB CHECK (length(field_hashes) % 8 = 0)
        ) STRICT;
        CREATE UNIQUE INDEX link_local ON link (scope_id, local_id);
        CREATE UNIQUE INDEX link_remote ON link (scope_id, remote_id);

        CREATE TABLE checkpoint (
            job_number INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            position TEXT,
            is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)),
            PRIMARY KEY (job_number, scope_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX checkpoint_scope ON checkpoint (scope_id);

        CREATE TABLE candidate (
            id INTEGER PRIMARY KEY,
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            match_value TEXT NOT NULL,
            remote_id TEXT NOT NULL,
            field_hashes BLOB CHECK (length(field_hashes) % 8 = 0)
        ) STRICT;
        CREATE UNIQUE INDEX candidate_match ON candidate (scope_id, match_value);
        """

    // An outbox batch names its job by text and without a reference: an unknown outcome outlives its job's row.
    private static let pushTables = """
        CREATE TABLE outbox_batch (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            job TEXT NOT NULL,
            operation TEXT NOT NULL CHECK (operation IN ('create', 'update', 'delete')),
            idempotency_key TEXT NOT NULL
        ) STRICT;
        CREATE INDEX outbox_batch_scope ON outbox_batch (scope_id);

        CREATE TABLE outbox_record (
            batch_id INTEGER NOT NULL REFERENCES outbox_batch ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            local_id TEXT NOT NULL,
            remote_id TEXT,
            match_value TEXT,
            payload_low INTEGER NOT NULL,
            payload_high INTEGER NOT NULL,
            local_low INTEGER NOT NULL,
            local_high INTEGER NOT NULL,
            field_hashes BLOB CHECK (length(field_hashes) % 8 = 0),
            PRIMARY KEY (batch_id, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            direction TEXT NOT NULL CHECK (direction IN ('pull', 'push')),
            record_id TEXT NOT NULL,
            content_low INTEGER NOT NULL,
            content_high INTEGER NOT NULL,
            code TEXT NOT NULL,
            message TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX quarantine_record ON quarantine (scope_id, direction, record_id);
        """

    // A conflict goes with its link: whatever settles or forgets the link closes it.
    private static let twoWayTables = """
        ALTER TABLE scope ADD COLUMN is_pulled INTEGER NOT NULL DEFAULT 0 CHECK (is_pulled IN (0, 1));
        UPDATE scope SET is_pulled = 1 WHERE EXISTS (
            SELECT 1 FROM link WHERE link.scope_id = scope.id AND (link.remote_low <> 0 OR link.remote_high <> 0)
        );

        CREATE TABLE conflict (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            link_id INTEGER NOT NULL UNIQUE REFERENCES link ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('changed', 'local_deleted', 'remote_deleted')),
            fields TEXT NOT NULL CHECK (json_valid(fields)),
            local_version TEXT,
            remote_version TEXT,
            local_hash INTEGER NOT NULL,
            remote_hash INTEGER NOT NULL,
            opened_at INTEGER NOT NULL,
            resolution TEXT CHECK (resolution IN ('local', 'remote')),
            CONSTRAINT deleted_sides_have_no_version CHECK (
                (kind <> 'local_deleted' OR (local_version IS NULL AND local_hash = 0))
                AND (kind <> 'remote_deleted' OR (remote_version IS NULL AND remote_hash = 0))
            )
        ) STRICT;
        CREATE INDEX conflict_scope ON conflict (scope_id);

        CREATE TABLE field_layout (
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            fingerprint INTEGER NOT NULL,
            remote_paths TEXT NOT NULL CHECK (json_valid(remote_paths)),
            local_paths TEXT NOT NULL CHECK (json_valid(local_paths)),
            PRIMARY KEY (scope_id, fingerprint)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE sighting (
            id INTEGER PRIMARY KEY,
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            remote_id TEXT NOT NULL,
            field_hashes BLOB NOT NULL CHECK (length(field_hashes) % 8 = 0)
        ) STRICT;
        CREATE UNIQUE INDEX sighting_remote ON sighting (scope_id, remote_id);
        """

    // What is known of an account is read in full at the start and replaced in full later: nothing is searched for in it.
    private static let accountTables = """
        CREATE TABLE account_salt (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            salt BLOB NOT NULL CHECK (length(salt) = 32)
        ) STRICT;
        INSERT INTO account_salt (id, salt) VALUES (1, randomblob(32));

        CREATE TABLE account (
            key TEXT PRIMARY KEY CHECK (key <> ''),
            record TEXT NOT NULL CHECK (json_valid(record)),
            kept_at INTEGER NOT NULL
        ) STRICT;
        """

    // How far pulls have come outlives their jobs. A link whose record the service says is deleted counts as missing
    // from a million scans (`LinkedPair.tombstoneScans`); the index finds these few among all.
    private static let pullCursors = """
        CREATE TABLE pull_state (
            scope_id INTEGER PRIMARY KEY REFERENCES scope ON DELETE CASCADE,
            cursor TEXT,
            fingerprint INTEGER,
            swept_at INTEGER,
            CONSTRAINT cursors_have_a_fingerprint CHECK ((cursor IS NULL) = (fingerprint IS NULL))
        ) STRICT;

        CREATE INDEX link_tombstone ON link (scope_id, id) WHERE missing_scans >= 1000000;

        ALTER TABLE job ADD COLUMN is_full INTEGER NOT NULL DEFAULT 0 CHECK (is_full IN (0, 1));
        DROP INDEX job_one_live;
        CREATE UNIQUE INDEX job_one_live ON job (integration_id, direction, entity_set, is_full)
            WHERE state IN ('queued', 'running', 'waiting');
        """

    // What a pull's page is about to write to the store, for the time until its links are here.
    private static let pullIntents = """
        CREATE TABLE pull_intent (
            scope_id INTEGER PRIMARY KEY REFERENCES scope ON DELETE CASCADE,
            paths TEXT NOT NULL CHECK (json_valid(paths)),
            rows BLOB NOT NULL
        ) STRICT;
        """

    // The next batch's intent is written before the links of the one before are.
    private static let intentsAhead = """
        ALTER TABLE pull_intent RENAME TO pull_intent_alone;
        CREATE TABLE pull_intent (
            scope_id INTEGER NOT NULL REFERENCES scope ON DELETE CASCADE,
            number INTEGER NOT NULL,
            paths TEXT NOT NULL CHECK (json_valid(paths)),
            rows BLOB NOT NULL,
            PRIMARY KEY (scope_id, number)
        ) STRICT;
        INSERT INTO pull_intent (scope_id, number, paths, rows) SELECT scope_id, 0, paths, rows FROM pull_intent_alone;
        DROP TABLE pull_intent_alone;
        """

    // How far pushes have compared tables whose rows tell when they changed. The index finds the few links among all of
    // which it is not known what the service holds (`RecordHash.undetermined`).
    private static let pushCursors = """
        CREATE TABLE push_state (
            scope_id INTEGER PRIMARY KEY REFERENCES scope ON DELETE CASCADE,
            fingerprint INTEGER NOT NULL,
            settled TEXT,
            latest TEXT NOT NULL,
            latest_at INTEGER NOT NULL,
            compared_at INTEGER NOT NULL
        ) STRICT;

        CREATE INDEX link_undetermined ON link (scope_id) WHERE payload_low = 2 AND payload_high = 0;
        """
}
