import FerryCore
import FerryLedger
import FerrySQLite
import Testing

@Suite struct JobOptionsTests {
    private static let deletes = JobOptions(allowsDeletes: true)
    private static let posts = JobOptions(entityTypes: ["post"])
    private static let retry = JobOptions(setAside: .retry)
    private static let only = JobOptions(setAside: .retryOnly)

    private func job(_ id: String, _ options: JobOptions, entityIDs: [String]? = nil) -> Job {
        var job = Job.asked(id, entityIDs: entityIDs)
        job.options = options
        return job
    }

    @Test func optionsAreKeptAndOutliveACrash() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let types = ["post", "author", "post"]
            let options = JobOptions(entityTypes: types, allowsDeletes: true, setAside: .retryOnly)
            #expect(options.entityTypes == ["author", "post"])
            let ledger = try Ledger(path: fixture.path)
            _ = try await ledger.enqueue(job("job_1", options))
            _ = try await ledger.claim("job_1", at: start)
            try ledger.close()
            let reopened = try Ledger(path: fixture.path)
            _ = try await reopened.requeueInterrupted()
            let again = try #require(try await reopened.claim("job_1", at: start))
            #expect(again.attempt == 2 && again.options == options)
        }
    }

    /// Whether a request is answered by a live job: only by one that does no less than it asks for.
    @Test(arguments: [
        (JobOptions(), JobOptions(), true),
        (deletes, deletes, true), (JobOptions(), deletes, false), (deletes, JobOptions(), true),
        (posts, posts, true), (JobOptions(), posts, false), (posts, JobOptions(), false),
        (posts, JobOptions(entityTypes: ["author"]), false),
        (JobOptions(entityTypes: ["a", "b"]), JobOptions(entityTypes: ["b", "a"]), true),
        (JobOptions(entityTypes: []), JobOptions(), false),
        (retry, JobOptions(), true), (JobOptions(), retry, false), (retry, retry, true),
        (only, only, true), (only, JobOptions(), false), (JobOptions(), only, false), (retry, only, false),
        (only, retry, false),
    ])
    func liveJobAnswersOnlyWhatItDoes(_ live: JobOptions, _ asked: JobOptions, _ isAnswered: Bool) async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(job("job_1", live))
            for isRunning in [false, true] {
                if isRunning { _ = try await ledger.claim("job_1", at: start) }
                let answer = try await ledger.enqueue(job(isRunning ? "job_3" : "job_2", asked))
                #expect((answer.id == "job_1") == isAnswered)
            }
        }
    }

    @Test func jobAfterOneThatMayDeleteMayNot() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await ledger.enqueue(job("job_1", Self.deletes))
            _ = try await ledger.claim("job_1", at: start)
            try await ledger.finish("job_1", as: .failed, at: start, progress: JobProgress(), failure: nil)
            let next = try await ledger.enqueue(.asked("job_2"))
            #expect(next.id == "job_2" && !next.options.allowsDeletes)
        }
    }

    @Test func ledgerOfTheVersionBeforeKeepsItsJobsAndTakesOptions() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            try await ledger.finished("job_1")
            _ = try await ledger.running("job_2")
            try ledger.close()
            // As the version before left it.
            try rawConnection(fixture.path).execute(
                """
                DROP TRIGGER job_moves_on; DROP INDEX quarantine_newest; DROP INDEX job_one_live; DROP INDEX job_live;
                DROP INDEX job_by_state; DROP INDEX job_by_integration_and_state; DROP INDEX job_last_run;
                ALTER TABLE job DROP COLUMN is_whole; ALTER TABLE job DROP COLUMN is_incremental; ALTER TABLE job DROP COLUMN notes;
                ALTER TABLE job DROP COLUMN cancel_asked_at; ALTER TABLE job DROP COLUMN set_aside;
                ALTER TABLE job DROP COLUMN allows_deletes; ALTER TABLE job DROP COLUMN entity_types;
                CREATE UNIQUE INDEX job_one_live ON job (integration_id, direction, entity_set, is_full)
                    WHERE state IN ('queued', 'running', 'waiting');
                DELETE FROM grdb_migrations WHERE identifier = '6-job-options';
                """
            )
            let migrated = try Ledger(path: fixture.path)
            #expect(try await migrated.integrityCheck() == [])
            #expect(try await migrated.job("job_1")?.options == JobOptions())
            #expect(try await migrated.requeueInterrupted() == ["job_2"])
            #expect(try await migrated.enqueue(job("job_3", Self.deletes)).id == "job_3")
            #expect(try await migrated.enqueue(.asked("job_4")).id == "job_2")
        }
    }
}
