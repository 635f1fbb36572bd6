import FerryCore
import FerrySQLite
import FerryStores
import Glibc
import Testing

@Suite struct StoreFaultTests {
    private static let body = Value.string(String(repeating: "x", count: 2000))

    private func rows(_ prefix: String, _ count: Int) -> [(String, [Value])] {
        (0..<count).map { ("\(prefix)\($0)", [Self.body]) }
    }

    @Test func fullStoreAppliesNothingAndGoesOnWhenThereIsRoom() async throws {
        try await StoreFixture.with { fixture in
            let table = try await fixture.owned(maximumPages: 60).open(["a"])
            try await table.write(rows("a", 50))
            let failure = try await failure { try await table.write(rows("b", 500), deleting: ["a0"]) }
            #expect(failure.kind == .local && failure.code == .diskFull)
            #expect(failure.hint?.contains("make room") == true)
            #expect(try await table.all().count == 50)
            try await table.write([], deleting: (0..<30).map { "a\($0)" })
            #expect(try await table.write(rows("c", 10)).inserted == 10)
        }
    }

    @Test(.enabled(if: geteuid() == 0))
    func fullDiskAppliesNothing() async throws {
        try await StoreFixture.with { fixture in
            // Not all who are root may mount: in a container there may be nothing to test with.
            guard mount("tmpfs", fixture.directory, "tmpfs", 0, "size=1m") == 0 else { return }
            defer { umount2(fixture.directory, 2) }
            let table = try await fixture.owned().open(["a"])
            try await table.write(rows("a", 20))
            let failure = try await failure { try await table.write(rows("b", 2000)) }
            #expect(failure.kind == .local && failure.code == .diskFull)
            #expect(try await table.all().count == 20)
            #expect(try await table.write([("c", [.null])]).inserted == 1)
        }
    }

    @Test func lockOfAnotherProgramIsTransient() async throws {
        try await StoreFixture.with { fixture in
            let store = try fixture.foreign("CREATE TABLE product (id TEXT PRIMARY KEY, a)", busyTimeout: 20)
            let table = try await store.open(["a"])
            let other = try fixture.other()
            try other.execute("BEGIN EXCLUSIVE")
            let writing = try await failure { try await table.write([("1", [.null])]) }
            #expect(writing.kind == .transient && writing.code == .storeUnavailable)
            #expect(writing.message.contains("locked"))
            let reading = try await failure { _ = try await table.scan(after: nil, limit: 1) }
            #expect(reading.kind == .transient)
            try other.execute("COMMIT")
            #expect(try await table.write([("1", [.null])]).inserted == 1)
        }
    }

    @Test func fileThatIsNoDatabaseIsSaidToBeNone() async throws {
        try await StoreFixture.with { fixture in
            let file = try #require(fopen(fixture.path, "w"))
            fputs(String(repeating: "no database at all ", count: 100), file)
            fclose(file)
            for isOwned in [true, false] {
                let store = SQLiteStore(path: fixture.path, isOwned: isOwned)
                let failure = try await failure { _ = try await store.open(["a"]) }
                #expect(failure.kind == .local && failure.code == .storeUnavailable)
                #expect(failure.message.contains(fixture.path))
            }
        }
    }

    /// More writers wait for a lock than the cooperative pool has threads: were it them that are blocked, nobody would
    /// be left to release it.
    @Test func waitingForALockBlocksNoOtherTask() async throws {
        try await StoreFixture.with { fixture in
            let other = try fixture.other()
            try other.execute("CREATE TABLE product (id TEXT PRIMARY KEY, a)")
            var tables: [any LocalTable] = []
            for _ in 0..<(2 * sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 2) {
                tables.append(try await SQLiteStore(path: fixture.path, isOwned: false).open(["a"]))
            }
            try other.execute("BEGIN IMMEDIATE")
            let (started, hasStarted) = AsyncStream.makeStream(of: Void.self)
            let inserted = try await withThrowingTaskGroup(of: Int.self) { group in
                for (index, table) in tables.enumerated() {
                    group.addTask {
                        hasStarted.yield()
                        return try await table.write([("\(index)", [.null])]).inserted
                    }
                }
                var waiting = started.makeAsyncIterator()
                for _ in tables { await waiting.next() }
                try other.execute("COMMIT")
                return try await group.reduce(0, +)
            }
            #expect(inserted == tables.count)
        }
    }
}
