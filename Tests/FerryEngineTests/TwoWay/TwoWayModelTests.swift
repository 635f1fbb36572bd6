import FerryCore
import FerryEngine
import FerryLedger
import FerryStores
import FerryTesting
import Foundation
import Synchronization
import Testing

/// Random edits, deletes and crashes on both sides, against ``TwoWayModel``.
///
/// Rows are known by the natural key, or have a key of their own beside it.
/// `FERRY_TWO_WAY_SEED=n` replays one seed; `FERRY_SOAK=1` runs thousands.
@Suite struct TwoWayModelTests {
    private static let environment = ProcessInfo.processInfo.environment

    private static func seeds(_ count: Int, ofSoak soakCount: Int) -> [UInt64] {
        if let seed = environment["FERRY_TWO_WAY_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        if let soak = environment["FERRY_SOAK"], soak != "0" {
            return (0..<soakCount).map { _ in UInt64.random(in: 0...UInt64(UInt32.max)) }
        }
        // And those in which model and engine differed once.
        return Array(1...UInt64(count)) + [3_234_725_851, 157_865_808]
    }

    @Test func bothSidesAreWhatTheModelSays() async throws {
        try await play(Self.seeds(200, ofSoak: 2000), hasOwnKey: false)
    }

    @Test func bothSidesAreWhatTheModelSaysWhereRowsHaveAKeyOfTheirOwn() async throws {
        try await play(Self.seeds(100, ofSoak: 1000), hasOwnKey: true)
    }

    private func play(_ seeds: [UInt64], hasOwnKey: Bool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, seed) in seeds.enumerated() {
                if index >= 2 { try await group.next() }
                group.addTask {
                    do {
                        try await TwoWayHistory.run(seed: seed, hasOwnKey: hasOwnKey)
                    } catch {
                        Issue.record("FERRY_TWO_WAY_SEED=\(seed), own key \(hasOwnKey): \(error)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// One history: edits on both sides, jobs between them, crashes within the jobs.
private struct TwoWayHistory {
    private let seed: UInt64
    private let world: EngineWorld
    private let integration: Integration
    private var model: TwoWayModel
    private var random: SeededRandom
    private var story: [String] = []
    private var nextKey = 1
    /// Whether the table's key is `id`, and not the natural key.
    private let hasOwnKey: Bool
    /// The rows' identifiers by natural key, and the other way round.
    private var ids: [String: String] = [:]
    private var keys: [String: String] = [:]

    static func run(seed: UInt64, hasOwnKey: Bool) async throws {
        var random = SeededRandom(seed: seed)
        var traits = ScriptedService.Traits()
        traits.pageSize = Int.random(in: 1...7, using: &random)
        traits.batchSize = Int.random(in: 1...5, using: &random)
        traits.canFind = Bool.random(using: &random)
        traits.isPartial = Int.random(in: 0..<3, using: &random) > 0
        let policies: [ConflictPolicy] = [.hold, .hold, .localWins, .remoteWins]
        let policy = policies[Int.random(in: 0..<policies.count, using: &random)]
        try await EngineWorld.with(traits) { world in
            var history = TwoWayHistory(
                seed: seed,
                world: world,
                integration: try integration(policy, hasOwnKey: hasOwnKey),
                model: TwoWayModel(policy: policy, needsWhole: !traits.isPartial && !traits.canFind, nextID: { "" }),
                random: random,
                hasOwnKey: hasOwnKey
            )
            try await history.run()
        }
    }

    private static func integration(_ policy: ConflictPolicy, hasOwnKey: Bool) throws -> Integration {
        var integration = try Products.integration(
            [.pull, .push],
            deletes: .propagate,
            conflicts: policy,
            mappings: [
                Products.field("sku"), Products.field("name"), Products.field("price"),
                Products.field("stock", direction: .pull),
                Products.field("name", to: "label", ["uppercase"], direction: .push),
            ]
        )
        integration.deleteGuard = DeleteGuard(share: 1, count: 1_000_000)
        if hasOwnKey { integration.entities[0].key = "id" }
        return integration
    }

    private mutating func run() async throws {
        // Two records that nobody touches: neither side is ever empty, which is a case of its own.
        for key in ["keep-1", "keep-2"] { insertRemote(key) }
        for _ in 0..<Int.random(in: 0...6, using: &random) { insertRemote(newKey()) }
        try await pull()
        for _ in 0..<Int.random(in: 2...5, using: &random) {
            for _ in 0..<Int.random(in: 0...4, using: &random) { try await edit() }
            if Int.random(in: 0..<4, using: &random) == 0 { try await decide() }
            if Bool.random(using: &random) { try await pull() } else { try await push() }
        }
        // Nothing changes any more: two rounds settle what can be settled, and a third writes nothing.
        for mayDie in [true, false] {
            try await pull(mayDie: mayDie)
            try await push(mayDie: mayDie)
        }
        let (store, remote) = (world.storeFile(), world.remote.records)
        world.forgetRequests()
        try await pull(mayDie: false)
        try await push(mayDie: false)
        #expect(world.writes.isEmpty, "\(title): a settled round writes \(world.writes)")
        #expect(world.storeFile() == store && world.remote.records == remote, "\(title): a settled round changes rows")
    }

    private var title: Comment {
        "FERRY_TWO_WAY_SEED=\(seed) (\(model.policy), own key \(hasOwnKey)): \(story.joined(separator: "; "))"
    }

    // MARK: Edits

    private mutating func newKey() -> String {
        defer { nextKey += 1 }
        return "k\(nextKey)"
    }

    private mutating func value(_ field: String) -> String {
        // Few values, so that both sides sometimes make the same change.
        let number = Int.random(in: 1...4, using: &random)
        return field == "name" || field == "label" ? "n\(number)" : "\(number)"
    }

    private mutating func insertRemote(_ key: String) {
        let fields = ["name": value("name"), "price": value("price"), "stock": value("stock")]
        let id = "x\(key)"
        world.changeRemote { table in
            table.insert(
                [
                    (key: "sku", value: .string(key)), (key: "name", value: .string(fields["name"] ?? "")),
                    (key: "price", value: .number(fields["price"] ?? "0")),
                    (key: "stock", value: .number(fields["stock"] ?? "0")),
                ],
                id: id
            )
        }
        model.remote[key] = TwoWayModel.Remote(id: id, fields: fields)
        story.append("remote inserts \(key) \(fields)")
    }

    private mutating func insertLocal(_ key: String) async throws {
        let fields = ["name": value("name"), "price": value("price")]
        if hasOwnKey { know("L" + key, as: key) }
        try await write(
            key,
            [
                ("sku", .string(key)), ("name", .string(fields["name"] ?? "")),
                ("price", .number(fields["price"] ?? "0")),
            ]
        )
        model.local[key] = fields
        story.append("local inserts \(key) \(fields)")
    }

    /// Writes fields of the row with a natural key.
    private func write(_ key: String, _ fields: [(name: String, value: JSONValue)]) async throws {
        var fields = fields
        if hasOwnKey {
            fields.insert(("id", .string(ids[key] ?? key)), at: 0)
        } else if fields[0].name != "sku" {
            fields.insert(("sku", .string(key)), at: 0)
        }
        try await world.write([fields.map(\.value)], columns: fields.map(\.name))
    }

    private mutating func know(_ id: String, as key: String) {
        ids[key] = id
        keys[id] = key
    }

    private mutating func edit() async throws {
        let keys = Set(model.local.keys).union(model.remote.keys).filter { !$0.hasPrefix("keep") }.sorted()
        guard let key = keys.randomElement(using: &random), Int.random(in: 0..<6, using: &random) > 0 else {
            let key = newKey()
            switch Int.random(in: 0..<3, using: &random) {
            case 0: insertRemote(key)
            case 1: try await insertLocal(key)
            default:
                insertRemote(key)
                try await insertLocal(key)
            }
            return
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4 where model.local[key] != nil:
            let field = Bool.random(using: &random) ? "name" : "price"
            let text = value(field)
            model.local[key]?[field] = text
            let cell: JSONValue = field == "name" ? .string(text) : .number(text)
            try await write(key, [(field, cell)])
            story.append("local \(key).\(field)=\(text)")
        case 4..<8:
            guard let record = model.remote[key] else { return }
            let field = ["name", "price", "stock", "label"][Int.random(in: 0..<4, using: &random)]
            let text = value(field)
            model.remote[key]?.fields[field] = text
            let isText = field == "name" || field == "label"
            world.changeRemote { $0.change(record.id, field, to: isText ? .string(text) : .number(text)) }
            story.append("remote \(key).\(field)=\(text)")
        case 8 where model.local[key] != nil:
            model.local[key] = nil
            try await world.delete([ids[key] ?? key], key: hasOwnKey ? "id" : "sku")
            story.append("local deletes \(key)")
        case 9:
            guard let record = model.remote[key] else { return }
            model.remote[key] = nil
            world.changeRemote { $0.remove(record.id) }
            story.append("remote deletes \(key)")
        default: break
        }
    }

    /// Decides about an open conflict, as a person would.
    private mutating func decide() async throws {
        let conflicts = try await world.ledger.conflicts(of: integration.id, limit: 100)
        guard let conflict = conflicts.randomElement(using: &random) else { return }
        let side: ConflictSide = Bool.random(using: &random) ? .local : .remote
        #expect(try await world.ledger.resolve(conflict.id, taking: side))
        let key = keys[conflict.record.localID] ?? conflict.record.localID
        model.held[key]?.decision = side
        story.append("decides \(key): \(side)")
    }

    // MARK: Jobs

    private mutating func pull(mayDie: Bool = true) async throws {
        story.append("pull")
        let crash = try await run(.pull, mayDie: mayDie)
        model.pull(isComplete: crash != .afterProgress)
        try await compare()
    }

    private mutating func push(mayDie: Bool = true) async throws {
        story.append("push")
        // What a killed job had under way is compared by it or by the next one.
        let isKilled = try await run(.push, mayDie: mayDie) != .none
        if isKilled { _ = try await run(.push, mayDie: false) }
        // The service has named its records meanwhile.
        let ids = Dictionary(
            world.remote.records.map { ($0["sku"]?.string ?? "", $0.id) },
            uniquingKeysWith: { first, _ in first }
        )
        model.push()
        if isKilled { model.push() }
        for (key, id) in ids where model.remote[key] != nil {
            model.remote[key]?.id = id
            model.bases[key]?.id = id
        }
        try await compare()
    }

    private enum Crash { case none, beforeProgress, afterProgress }

    /// Runs a job to its end, through up to two crashes.
    private mutating func run(_ direction: Direction, mayDie: Bool = true) async throws -> Crash {
        var crash = Crash.none
        var job = try await world.claimed(direction, of: integration)
        for _ in 0..<(mayDie ? Int.random(in: 0...2, using: &random) : 0) where !job.state.isFinal {
            var page = 1
            if direction == .pull || Bool.random(using: &random) {
                page = Int.random(in: 1...4, using: &random)
                story.append("dies at page \(page)")
                world.service.state.withLock { state in
                    state.pages = 0
                    state.beforePage = { [page] in if $0 == page { throw CancellationError() } }
                }
            } else {
                let write = Int.random(in: 1...3, using: &random)
                let landing = Int.random(in: 0...5, using: &random)
                story.append("dies in write \(write) after \(landing)")
                world.service.state.withLock { state in
                    state.writes = 0
                    state.writeFault = { number, _ in number == write ? .dies(landing: landing) : nil }
                }
            }
            job = try await world.run(job, of: integration)
            world.service.state.withLock { state in
                state.beforePage = nil
                state.writeFault = nil
            }
            if !job.state.isFinal {
                crash = page > 1 || crash == .afterProgress ? .afterProgress : .beforeProgress
                job = try #require(try await world.ledger.claim(job.id, at: world.clock.now))
            }
        }
        if !job.state.isFinal { job = try await world.run(job, of: integration) }
        let isFine = job.state == .succeeded || job.state == .partial && job.failure?.code == .recordConflict
        #expect(isFine, "\(title): \(job.state), \(String(describing: job.failure))")
        return crash
    }

    // MARK: What must hold

    private mutating func compare() async throws {
        let columns = ["name", "price", "stock"]
        var rows: [String: TwoWayModel.Fields] = [:]
        for (id, values) in try await world.rows(columns + ["sku"]) {
            let key = values[3]
            if hasOwnKey { know(id, as: key) }
            #expect(rows[key] == nil, "\(title): two rows of \(key)")
            rows[key] = Dictionary(uniqueKeysWithValues: zip(columns, values)).filter { !$0.value.isEmpty }
        }
        #expect(rows == model.local, "\(title): the local rows")
        var records: [String: TwoWayModel.Fields] = [:]
        for record in world.remote.records {
            let key = record["sku"]?.string ?? ""
            #expect(records[key] == nil, "\(title): two records of \(key)")
            var fields: TwoWayModel.Fields = [:]
            for (name, value) in record.members where name != "sku" {
                fields[name] = value.string ?? value.compactText
            }
            records[key] = fields
        }
        #expect(records == model.remote.mapValues(\.fields), "\(title): the remote records")
        let conflicts = try await world.ledger.conflicts(of: integration.id, limit: 1000)
        let open = Dictionary(
            conflicts.map { (keys[$0.record.localID] ?? $0.record.localID, $0.record.kind) },
            uniquingKeysWith: { $1 }
        )
        #expect(open == model.held.mapValues(\.kind), "\(title): the open conflicts")
        let scopes = try await outbox()
        #expect(scopes.isEmpty, "\(title): the outbox holds \(scopes)")
    }

    private func outbox() async throws -> [OutboxBatch] {
        let table = try await world.store.table(
            integration.entities[0],
            fields: [FieldPath(parsing: "sku")],
            forWriting: false
        )
        let scope = try await world.ledger.scope(
            integration: integration.id,
            entityType: "product",
            resource: "rows",
            remoteIdentity: world.service.identity,
            localIdentity: table.identity
        )
        return try await world.ledger.outbox(in: scope)
    }
}
