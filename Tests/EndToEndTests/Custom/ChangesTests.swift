import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Testing

/// Services of people's own, described in YAML and read over real HTTP: what has changed, and what is gone.
@Suite struct ChangesTests {
    /// Pages inside a filter.
    private static func filtered(_ cursor: String = "", _ more: String = "") -> String {
        """
        request:
          method: GET
          path: /books
          query: { since: "${cursor.value}", skip: "${page.offset}", take: "${page.size}", sort: changed }
        paginate: { offset: { size: 5 } }
        incremental: { cursor: { field: changed, type: number\(cursor) } }
        \(more)
        """
    }

    /// Pages that follow the cursor.
    private static let keyset = """
        request:
          method: GET
          path: /books
          query:
            after_changed: "${page.last.changed}"
            after_id: "${page.last.id}"
            take: "${page.size}"
            sort: changed
        paginate: { keyset: { order: [changed, id], size: 5, start: { id: 0 } } }
        incremental: { cursor: { field: changed, type: number, ordered: true } }
        """

    private func since(_ service: LoopbackService) -> [String?] {
        service.requests.map { $0.parameters["since"] ?? $0.parameters["after_changed"] }
    }

    @Test(arguments: [filtered(), filtered(", ordered: true"), keyset])
    func aPullReadsWhatHasChangedSinceTheLastOneTiesIncluded(_ stream: String) async throws {
        try await FerryWorld.withLibrary(stream) { world, library, service async throws in
            // So many at one moment that they fill pages.
            library.change { shelves in
                shelves.add(1...20, changed: 100)
                shelves.add(21...33, changed: 200)
            }
            let first = try await world.once("books", .pull).job
            #expect(first.state == .succeeded && first.progress.read == 33 && first.progress.created == 33)
            service.forgetRequests()

            #expect(try await world.once("books", .pull).job.progress.read == 0)
            #expect(since(service).first == "200")

            // More at the moment that was seen last, one of those that were there among them, and something new.
            library.change { shelves in
                shelves.add(34...46, changed: 200)
                shelves.change(25, at: 200, title: "Again")
                shelves.change(3, at: 300, title: "Later")
            }
            let third = try await world.once("books", .pull).job
            #expect(third.progress.read == 15 && third.progress.created == 13 && third.progress.updated == 2)
            #expect(try world.books() == library.titles)
            #expect(try await world.once("books", .pull).job.progress.read == 0)
        }
    }

    @Test(arguments: [filtered(), filtered(", ordered: true"), keyset])
    func aPullThatIsKilledAmongTiesLosesNone(_ stream: String) async throws {
        try await FerryWorld.withLibrary(stream) { world, library, service async throws in
            library.change { $0.add(1...30, changed: 100) }
            #expect(try await world.once("books", .pull).exitCode == 0)
            library.change { $0.add(31...60, changed: 100) }
            let killer = Killing()
            library.change { shelves in
                shelves.answer = { _ in
                    if killer.count(upTo: 9) { killer.kill() }
                    return nil
                }
            }
            let program = try world.startOnce("books", .pull)
            killer.aim(at: program)
            _ = try await program.end()
            library.change { $0.answer = nil }
            let job = try await world.once("books", .pull).job
            #expect(job.state == .succeeded && job.attempt == 2)
            #expect(try world.books() == library.titles)
            #expect(try await world.once("books", .pull).job.progress.read == 0)
        }
    }

    @Test func aPullThatFailsLeavesTheCursorWhereItsPagesAreInPlace() async throws {
        for isOrdered in [true, false] {
            let stream = Self.filtered(isOrdered ? ", ordered: true" : "")
            try await FerryWorld.withLibrary(stream) { world, library, service async throws in
                library.change { shelves in
                    for id in 1...20 { shelves.add([id], changed: id) }
                    // From the third page on, something that is no page.
                    shelves.answer = { ($0.number("skip") ?? 0) > 4 ? .init("[]") : nil }
                }
                #expect(try await world.once("books", .pull).job.error?.code == ErrorCode.contractShape.rawValue)
                library.change { $0.answer = nil }
                service.forgetRequests()
                #expect(try await world.once("books", .pull).exitCode == 0)
                #expect(since(service).first.flatMap(\.self) == (isOrdered ? "9" : nil))
                #expect(try world.books() == library.titles)
            }
        }
    }

    @Test func everythingIsReadAgainWhenItMustBe() async throws {
        try await FerryWorld.withLibrary(Self.filtered()) { world, library, service async throws in
            library.change { $0.add(1...12, changed: 100) }
            #expect(try await world.once("books", .pull).exitCode == 0)

            func isFull(_ run: () async throws -> Void) async throws -> Bool {
                service.forgetRequests()
                try await run()
                return since(service).allSatisfy { $0 == nil }
            }
            // On request.
            let onRequest = try await isFull {
                let result = try await world.startOnce("books", .pull, ["--full"]).end()
                #expect(result.exitCode == 0 && result.output.contains("12 read"))
            }
            #expect(onRequest)
            let afterwards = try await isFull { _ = try await world.once("books", .pull) }
            #expect(!afterwards)

            // With another mapping: the new column has values.
            let file = "\(world.configuration)/integrations/books.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try world.write(
                integration: "books",
                text.replacing(
                    "target: title }",
                    with: "target: title }\n      - { source: fields.shout, target: title, transform: uppercase }"
                )
            )
            let withAnother = try await isFull { _ = try await world.once("books", .pull) }
            #expect(withAnother)
            #expect(try world.rows(world.store, "SELECT shout FROM book WHERE id = 7") == ["BOOK 7"])
        }
    }

    @Test func aPullOfSomeBooksReadsEverythingAndLeavesTheCursor() async throws {
        try await FerryWorld.withLibrary(Self.filtered()) { world, library, service async throws in
            library.change { $0.add(1...12, changed: 100) }
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("books", .pull).state == .succeeded)
            library.change { shelves in
                shelves.change(3, at: 150, title: "Three")
                shelves.change(4, at: 160, title: "Four")
            }
            service.forgetRequests()
            #expect(try await world.sync("books", .pull, entityIDs: ["4"]).progress.updated == 1)
            #expect(since(service).allSatisfy { $0 == nil })
            service.forgetRequests()
            let next = try await world.sync("books", .pull)
            #expect(since(service).first == "100" && next.progress.updated == 1)
            #expect(try world.books() == library.titles)

            // The same on request, through the socket.
            let id = try await world.enqueue("books", .pull, more: ",\"full\":true")
            #expect(try await world.job(id).progress.read == 12)
            let refused = try await world.json(
                "POST",
                "/api/v1/integrations/books/sync",
                body: #"{"direction":"push","full":true}"#
            )
            #expect(refused.status == 400)
            try await world.stop(daemon)
        }
    }

    // MARK: Deletes

    @Test func tombstonesDeleteWithinTheGuardAndOnlyWhereDeletesArePropagated() async throws {
        for deletes in ["propagate", "keep"] {
            try await FerryWorld.withLibrary(
                Self.filtered("", "deletes: { field: deleted }"),
                deletes: deletes
            ) { world, library, _ async throws in
                library.change { shelves in
                    shelves.add(1...40, changed: 100)
                    // One that was never here, and is not to be.
                    shelves.change(40, at: 100, isGone: true)
                }
                let first = try await world.once("books", .pull).job
                #expect(first.progress.created == 39 && first.progress.read == 40)
                library.change { shelves in
                    for id in 1...3 { shelves.change(id, at: 200, isGone: true) }
                    shelves.change(4, at: 200, title: "Four")
                }
                let second = try await world.once("books", .pull).job
                let isPropagated = deletes == "propagate"
                #expect(second.progress.deleted == (isPropagated ? 3 : 0) && second.progress.updated == 1)
                #expect(second.progress.skipped == (isPropagated ? 0 : 3))
                #expect(try world.books().count == (isPropagated ? 36 : 39))
                // One of them comes back.
                library.change { $0.change(2, at: 300, title: "Two again") }
                #expect(try await world.once("books", .pull).exitCode == 0)
                #expect(try world.books().contains("2|Two again"))
            }
        }
    }

    @Test func aPageFullOfTombstonesStopsAtTheGuardBeforeAnyDelete() async throws {
        try await FerryWorld.withLibrary(
            Self.filtered(", ordered: true", "deletes: { field: deleted }"),
            deletes: "propagate"
        ) { world, library, _ async throws in
            library.change { $0.add(1...40, changed: 100) }
            #expect(try await world.once("books", .pull).exitCode == 0)
            library.change { shelves in
                // Over several pages, fewer on each than the guard bears.
                for id in 1...20 { shelves.change(id, at: 200 + id, isGone: true) }
                shelves.change(30, at: 300, title: "Thirty")
            }
            for _ in 0..<2 {
                let job = try await world.once("books", .pull).job
                #expect(job.error?.code == ErrorCode.deletesGuarded.rawValue && job.progress.deleted == 0)
                #expect(job.error?.message.contains("20 of 40") == true)
                #expect(try world.books().count == 40)
            }
            // What was not a delete is in place, and those that come back are not deleted later.
            #expect(try world.books().contains("30|Thirty"))
            library.change { shelves in
                for id in 1...15 { shelves.change(id, at: 400, title: "Back \(id)") }
            }
            let job = try await world.once("books", .pull).job
            #expect(job.state == .succeeded && job.progress.deleted == 5 && job.progress.updated == 15)
            #expect(try world.books().count == 35)
        }
    }

    /// A sweep of the identifiers, always due.
    private static let sweep = """
        deletes:
          sweep:
            request: { method: GET, path: /books, query: { token: "${page.token}", take: 4, sort: id } }
            records: books
            id: id
            paginate: { token: { from: next } }
            every: EVERY
        """

    @Test func aSweepFindsWhatAnIncrementalPullCannot() async throws {
        let stream = Self.filtered("", Self.sweep.replacing("EVERY", with: "0s"))
        try await FerryWorld.withLibrary(stream, deletes: "propagate") { world, library, service async throws in
            library.change { $0.add(1...30, changed: 100) }
            #expect(try await world.once("books", .pull).job.progress.deleted == 0)
            library.change { $0.remove([3, 17]) }
            let job = try await world.once("books", .pull).job
            #expect(job.progress.deleted == 2 && job.progress.read == 0)
            #expect(try world.books() == library.titles)

            // An empty one, one that breaks off, and one over the guard say nothing.
            for body in [#"{"books":[],"next":null}"#, #"{"books":[{"id":1}],"next":"4"}"#] {
                library.change { shelves in
                    shelves.answer = { request in
                        guard request.parameters["since"] == nil else { return nil }
                        return request.parameters["token"] == nil ? .init(body) : .init("{}")
                    }
                }
                let job = try await world.once("books", .pull).job
                #expect(job.progress.deleted == 0)
                #expect(try world.books().count == 28)
            }
            library.change { shelves in
                shelves.answer = nil
                shelves.remove(Set(1...20))
            }
            let guarded = try await world.once("books", .pull).job
            #expect(guarded.error?.code == ErrorCode.deletesGuarded.rawValue && guarded.progress.deleted == 0)
            #expect(try world.books().count == 28)
        }
    }

    @Test func aSweepRunsWhenItIsTimeAndOnRequest() async throws {
        let stream = Self.filtered("", Self.sweep.replacing("EVERY", with: "1h"))
        try await FerryWorld.withLibrary(stream, deletes: "propagate") { world, library, service async throws in
            library.change { $0.add(1...30, changed: 100) }
            #expect(try await world.once("books", .pull).exitCode == 0)
            library.change { $0.remove([5]) }
            service.forgetRequests()
            #expect(try await world.once("books", .pull).job.progress.deleted == 0)
            #expect(service.requests.allSatisfy { $0.parameters["since"] != nil })
            #expect(try await world.startOnce("books", .pull, ["--full"]).end().exitCode == 0)
            #expect(try world.books() == library.titles)
        }
    }

    @Test func anIncrementalPullSaysNothingOfWhatItDoesNotSee() async throws {
        let stream = Self.filtered("", "deletes: { scans: 1 }")
        try await FerryWorld.withLibrary(stream, deletes: "propagate") { world, library, _ async throws in
            library.change { $0.add(1...30, changed: 100) }
            #expect(try await world.once("books", .pull).exitCode == 0)
            library.change { shelves in
                shelves.remove([5, 6])
                shelves.change(7, at: 200, title: "Seven")
            }
            for _ in 0..<3 { #expect(try await world.once("books", .pull).job.progress.deleted == 0) }
            #expect(try world.books().count == 30)
            #expect(try await world.startOnce("books", .pull, ["--full"]).end().exitCode == 0)
            #expect(try world.books() == library.titles)
        }
    }
}
