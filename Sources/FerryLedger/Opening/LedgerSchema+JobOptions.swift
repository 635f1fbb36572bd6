// What jobs are asked to do besides, how they move from state to state, and the ways to find them among 100,000.
extension LedgerSchema {
    /// Version `6-job-options`.
    static let jobOptions = """
        ALTER TABLE job ADD COLUMN entity_types TEXT CHECK (entity_types IS NULL OR json_valid(entity_types));
        ALTER TABLE job ADD COLUMN allows_deletes INTEGER NOT NULL DEFAULT 0 CHECK (allows_deletes IN (0, 1));
        ALTER TABLE job ADD COLUMN set_aside TEXT NOT NULL DEFAULT 'leave' CHECK (
            set_aside IN ('leave', 'retry', 'only')
        );
        -- A queued job that has not been started ends at once instead.
        ALTER TABLE job ADD COLUMN cancel_asked_at INTEGER CHECK (cancel_asked_at IS NULL OR attempt > 0);
        ALTER TABLE job ADD COLUMN is_incremental INTEGER NOT NULL DEFAULT 0 CHECK (is_incremental IN (0, 1));
        ALTER TABLE job ADD COLUMN notes TEXT CHECK (notes IS NULL OR json_type(notes) = 'array');
        ALTER TABLE job ADD COLUMN is_whole INTEGER GENERATED ALWAYS AS (
            entity_ids IS NULL AND entity_types IS NULL AND set_aside <> 'only'
        ) VIRTUAL;

        DROP INDEX job_one_live;
        CREATE UNIQUE INDEX job_one_live ON job (
            integration_id, direction, entity_set, coalesce(entity_types, ''), is_full, allows_deletes, set_aside
        ) WHERE state IN ('queued', 'running', 'waiting') AND cancel_asked_at IS NULL;
        CREATE INDEX job_live ON job (integration_id, queued_at, number)
            WHERE state IN ('queued', 'running', 'waiting');
        CREATE INDEX job_by_state ON job (state, number);
        CREATE INDEX job_by_integration_and_state ON job (integration_id, state, number);
        CREATE INDEX job_last_run ON job (integration_id, direction, finished_at, number)
            WHERE is_whole AND state IN ('succeeded', 'partial', 'failed');

        CREATE TRIGGER job_moves_on BEFORE UPDATE OF state ON job
        WHEN new.state <> old.state AND (
            old.state IN ('succeeded', 'partial', 'failed', 'cancelled')
            OR (old.state = 'queued' AND new.state NOT IN ('running', 'failed', 'cancelled'))
        )
        BEGIN
            SELECT raise(ABORT, 'a job cannot go from this state to that one');
        END;

        CREATE INDEX quarantine_newest ON quarantine (scope_id, direction, id);
        """
}
