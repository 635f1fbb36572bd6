import FerryAPI
import FerryCore
import FerryTesting
import Glibc
import Synchronization
import Testing

/// Services of people's own, described in YAML and read over real HTTP: pages.
@Suite struct PagesTests {
    /// The ways to page through the library.
    static let streams = [
        "offset": """
        request: { method: GET, path: /books, query: { skip: "${page.offset}", take: "${page.size}", sort: id } }
        paginate: { offset: { size: 10 } }
        """,
        "page": """
        request: { method: GET, path: /books, query: { page: "${page.number}", take: "${page.size}", sort: id } }
        paginate: { page: { size: 25 } }
        """,
        "fixed page": """
        request: { method: GET, path: /books, query: { page: "${page.number}", take: 10, sort: id } }
        paginate: { page: {} }
        """,
        "token": """
        request: { method: GET, path: /books, query: { token: "${page.token}", take: 10, sort: id } }
        paginate: { token: { from: next } }
        """,
        "keyset": """
        request: { method: GET, path: /books, query: { after_id: "${page.last.id}", take: "${page.size}", sort: id } }
        paginate: { keyset: { order: [id], size: 10 } }
        """,
        "total": """
        request: { method: GET, path: /books, query: { skip: "${page.offset}", take: "${page.size}", sort: id } }
        paginate: { offset: { size: 10 }, total: total }
        """,
    ]

    @Test(arguments: streams.keys.sorted())
    func everyBookArrivesOnceWhateverAPageHolds(_ name: String) async throws {
        let stream = try #require(Self.streams[name])
        try await FerryWorld.withLibrary(stream) { world, library, service async throws in
            for (count, clamp) in [(0, Int.max), (1, .max), (10, .max), (23, .max), (61, 7), (64, 3)] {
                library.change { shelves in
                    shelves.books = []
                    shelves.add(1..<(count + 1))
                    shelves.clamp = clamp
                }
                let result = try await world.once("books", .pull)
                #expect(result.exitCode == 0 && result.job.state == .succeeded, "\(result.job)")
                #expect(try world.books().count >= count)
                if count == 64 { #expect(try world.books() == (1...64).map { "\($0)|Book \($0)" }) }
            }
            #expect(service.requests.allSatisfy { $0.headers["authorization"] == "Bearer library-key-5d1e" })
        }
    }

    @Test(arguments: ["offset", "page", "fixed page", "keyset"], 0..<4)
    func noBookThatStaysIsLostWhileOthersComeAndGo(_ name: String, seed: Int) async throws {
        let stream = try #require(Self.streams[name])
        try await FerryWorld.withLibrary(stream) { world, library, service async throws in
            let random = SeededRandom(seed: UInt64(seed))
            let changes = Changes(random: random, left: 12)
            library.change { shelves in
                shelves.add((1...150).map { $0 * 1000 })
                shelves.clamp = name == "fixed page" ? .max : [Int.max, 13, 20, 5][seed]
                shelves.afterAnswer = { changes.happen(to: &$0) }
            }
            let result = try await world.once("books", .pull)
            #expect(result.exitCode == 0, "\(result.job)")
            let arrived = try world.rows(world.store, "SELECT id FROM book ORDER BY id").compactMap { Int($0) }
            #expect(Set(arrived).count == arrived.count)
            #expect(changes.deleted.count > 0)
            #expect(Set((1...150).map { $0 * 1000 }).subtracting(changes.deleted).subtracting(arrived).isEmpty)
        }
    }

    @Test(arguments: streams.keys.sorted())
    func aPullThatIsKilledGoesOnWhereItWas(_ name: String) async throws {
        let stream = try #require(Self.streams[name])
        try await FerryWorld.withLibrary(stream) { world, library, service async throws in
            // Enough for the second kill to come before the end, however much was in place at the first.
            library.change { $0.add(1...600) }
            // While the answer does not come, what came before is committed, however far ahead it was fetched.
            for kill in [3, 14] {
                let before = service.requests.count
                let killer = Killing()
                library.change { shelves in
                    shelves.answer = { _ in
                        if killer.count(upTo: kill) {
                            var patience = 20_000
                            while Self.checkpoints(of: world) == 0, patience > 0 {
                                usleep(1000)
                                patience -= 1
                            }
                            killer.kill()
                        }
                        return nil
                    }
                }
                let program = try world.startOnce("books", .pull, ["--json"])
                killer.aim(at: program)
                _ = try await program.end()
                #expect(service.requests.count > before)
            }
            library.change { $0.answer = nil }
            service.forgetRequests()
            let result = try await world.once("books", .pull)
            #expect(result.exitCode == 0 && result.job.attempt == 3)
            #expect(try world.books() == (1...600).map { "\($0)|Book \($0)" })
            let first = try #require(service.requests.first)
            let isFirstPage =
                first.parameters["skip"] == "0" || first.parameters["page"] == "1"
                || name == "token" && first.parameters["token"] == nil
                || name == "keyset" && first.parameters["after_id"] == nil
            #expect(!isFirstPage, "it began anew: \(first)")
        }
    }

    /// How many checkpoints the ledger has; 0 where it cannot be read yet.
    private static func checkpoints(of world: FerryWorld) -> Int {
        let rows = try? world.rows("\(world.state)/ledger.db", "SELECT count(*) FROM checkpoint")
        return rows?.first.flatMap { Int($0) } ?? 0
    }

    @Test(arguments: [
        ("token", #"{"books":[{"id":NUMBER,"title":"x"}],"next":"same"}"#),
        ("token", #"{"books":[{"id":1,"title":"x"},{"id":2,"title":"y"}],"next":"tNUMBER"}"#),
        ("offset", #"{"books":[{"id":1,"title":"x"},{"id":2,"title":"y"}]}"#),
        ("page", #"{"books":[{"id":1,"title":"x"},{"id":2,"title":"y"}]}"#),
        ("fixed page", #"{"books":[{"id":1,"title":"x"},{"id":2,"title":"y"}]}"#),
        ("keyset", #"{"books":[{"id":1,"title":"x"},{"id":2,"title":"y"}]}"#),
    ])
    func pagesThatGoRoundInCirclesAreAnErrorAndNotALoop(_ name: String, body: String) async throws {
        let stream = try #require(Self.streams[name])
        try await FerryWorld.withLibrary(stream) { world, library, service async throws in
            let counter = Killing()
            library.change { shelves in
                shelves.answer = { _ in .init(body.replacing("NUMBER", with: "\(counter.next())")) }
            }
            let result = try await world.once("books", .pull)
            #expect(
                result.exitCode == 1 && result.job.error?.code == ErrorCode.contractPageRepeated.rawValue,
                "\(result.job)"
            )
            #expect(result.job.error?.hint != nil)
            #expect(service.requests.count < 20)
        }
    }

    @Test(arguments: ["next_url: { from: next }", "link: { rel: next }"])
    func whatIsNextElsewhereIsNotAsked(_ paginate: String) async throws {
        let stream = "request: { method: GET, path: /books }\npaginate: { \(paginate) }"
        let stolen = #"{"books":[{"id":2,"title":"stolen"}]}"#
        try await LoopbackService.with({ _ in .init(stolen) }) { other async throws in
            try await FerryWorld.withLibrary(stream) { world, library, service async throws in
                library.change { shelves in
                    shelves.answer = { _ in
                        .init(
                            #"{"books":[{"id":1,"title":"ours"}],"next":"\#(other.url)/books?page=2"}"#,
                            headers: [("Link", "<\(other.url)/books?page=2>; rel=\"next\"")]
                        )
                    }
                }
                let result = try await world.once("books", .pull)
                #expect(
                    result.exitCode == 1 && result.job.error?.code == ErrorCode.contractNextElsewhere.rawValue,
                    "\(result.job)"
                )
                #expect(result.job.error?.message.contains(other.url) == true)
                #expect(other.requests.isEmpty)
                #expect(service.requests.count == 1)
            }
        }
    }

    @Test(arguments: ["next_url: { from: next }", "link: {}"])
    func whatIsNextOnTheSameHostIsFollowed(_ paginate: String) async throws {
        let stream = "request: { method: GET, path: /books, query: { first: yes } }\npaginate: { \(paginate) }"
        try await FerryWorld.withLibrary(stream) { world, library, service async throws in
            library.change { shelves in
                shelves.answer = { request in
                    let number = request.number("n") ?? 1
                    let next = number < 4 ? "/books?n=\(number + 1)&key=a%26b" : nil
                    let text = next.map { "\"\($0)\"" } ?? "null"
                    return .init(
                        #"{"books":[{"id":\#(number),"title":"Book \#(number)"}],"next":\#(text)}"#,
                        headers: next.map { [("Link", "<\(service.url)\($0)>; rel=\"prev next\"")] } ?? []
                    )
                }
            }
            #expect(try await world.once("books", .pull).exitCode == 0)
            #expect(try world.books() == (1...4).map { "\($0)|Book \($0)" })
            #expect(service.requests.map { $0.parameters["key"] } == [nil, "a&b", "a&b", "a&b"])
        }
    }
}

/// Books that come and go between two answers.
final class Changes: Sendable {
    private struct State {
        var random: SeededRandom
        var left: Int
        var deleted: Set<Int> = []
    }

    private let state: Mutex<State>

    init(random: SeededRandom, left: Int) {
        state = Mutex(State(random: random, left: left))
    }

    var deleted: Set<Int> { state.withLock { $0.deleted } }

    func happen(to shelves: inout Library.Shelves) {
        state.withLock { state in
            guard state.left > 0 else { return }
            state.left -= 1
            // Mostly near the front, where it moves the most.
            let place = Int.random(in: 0..<max(1, shelves.books.count / 3), using: &state.random)
            let books = shelves.books.sorted { $0.id < $1.id }
            let chosen = books[place..<min(place + Int.random(in: 1...4, using: &state.random), books.count)].map(\.id)
            if state.left.isMultiple(of: 2) {
                shelves.remove(Set(chosen))
                state.deleted.formUnion(chosen)
            } else {
                // No identifier is used twice.
                shelves.add(chosen.map { $0 + 1 + state.left * 7 }.filter { id in !books.contains { $0.id == id } })
            }
        }
    }
}

/// Kills a program in the middle of a request.
final class Killing: Sendable {
    private let state = Mutex<(pid: Int32, count: Int)>((0, 0))

    /// Counts one more, from 1.
    func next() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    /// Counts one more; returns whether it is that one.
    func count(upTo number: Int) -> Bool { next() == number }

    func aim(at program: Program) { state.withLock { $0.pid = program.identifier } }

    /// Kills what was aimed at, waiting for the aim.
    func kill() {
        while true {
            let pid = state.withLock { $0.pid }
            guard pid == 0 else {
                Glibc.kill(pid, SIGKILL)
                return
            }
            usleep(1000)
        }
    }
}
