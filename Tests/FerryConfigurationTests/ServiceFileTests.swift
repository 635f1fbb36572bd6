import FerryConfiguration
import FerryCore
import Testing

struct ServiceFileTests {
    private func service(_ text: String) throws -> ServiceDescription {
        let world = try World()
        try world.write("services/shelf.yaml", text)
        let loaded = try world.load()
        #expect(loaded.diagnostics == [])
        return try #require(loaded.services["shelf"])
    }

    @Test("the description of Dynamic Table is decoded to the last value")
    func decodesDynamicTable() throws {
        let service = try #require(try World().load().services["dynamic_table"])
        #expect(service.title == "Dynamic Table")
        #expect(
            service.settings.map(\.name) == [
                "plugin_host", "agent_id", "configuration_id", "collection_id", "primary_key", "page_size",
                "batch_size", "requests_per_second", "key", "secondary_key",
            ]
        )
        #expect(service.settings.filter(\.isSecret).map(\.name) == ["key", "secondary_key"])
        let size = try #require(service.settings.first { $0.name == "page_size" })
        #expect(size.type == .integer)
        #expect(size.defaultValue == 100)
        #expect(size.minimum == 1)
        #expect(size.maximum == 1000)
        guard case .header("X-Secret-Key", let value, let alternates) = service.authentication else {
            Issue.record("the authentication is no header")
            return
        }
        #expect(value.references.map(\.path) == [["key"]])
        #expect(alternates.map { $0.references.map(\.path) } == [[["secondary_key"]]])
        #expect(service.messagePaths.map(\.description).contains("error.message"))
        #expect(service.checks[0].shape == .array)
        #expect(service.checks[0].request.query.map(\.name) == ["skip", "take"])
        #expect(service.resources == ["rows"])

        let rows = try #require(service.streams["rows"])
        #expect(rows.records.map(\.description) == ["$", "rows", "data", "items"])
        #expect(rows.id.description == "id")
        #expect(rows.root.description == "data")
        #expect(rows.scansBeforeDelete == 2)
        #expect(rows.request?.query.map(\.name) == ["skip", "take", "sortColumn", "sortDirection"])
        #expect(rows.find?.query.map(\.name).contains("searchTerm") == true)
        guard case .offset(let page) = rows.pagination else {
            Issue.record("the rows are not paged by offset")
            return
        }
        #expect(page.references.map(\.path) == [["page_size"]])

        let operations = try #require(service.sinks["rows"]?.operations)
        #expect(Set(operations.keys) == Set(WriteOperation.allCases))
        let create = try #require(operations[.create])
        #expect(create.request.method == .post)
        #expect(create.request.timeout == .seconds(60))
        #expect(!create.isRepeatable)
        #expect(create.findAfterUnknown == "rows")
        #expect(create.maximumBytes == 1_000_000)
        #expect(create.into.description == "rows")
        #expect(create.result?.id.description == "id")
        #expect(create.result?.matchRoot.description == "data")
        #expect(create.result?.isNew == true)
        let update = try #require(operations[.update])
        #expect(update.isRepeatable)
        #expect(update.isPartial)
        #expect(update.goneStatuses == [404])
        guard case .object(let members)? = update.items.first else {
            Issue.record("an update's item is no object")
            return
        }
        #expect(members.map(\.key) == ["id", "data"])
        #expect(operations[.delete]?.request.method == .delete)
        #expect(operations[.delete]?.result == nil)
    }

    @Test("plain scalars of a query become literal text")
    func readsQueries() throws {
        let text = BaseFile.service.replacing(
            "{ from: \"${page.offset}\" }",
            with: "{ skip: 0, all: true, v: 1.10, o: \"${page.offset}\" }"
        )
        let query = try #require(try service(text).streams["books"]?.request?.query)
        #expect(query.map(\.name) == ["skip", "all", "v", "o"])
        let literals = query.compactMap { parameter -> String? in
            guard case .literal(let text)? = parameter.value.pieces.first else { return nil }
            return text
        }
        #expect(literals == ["0", "true", "1.10"])
    }

    @Test("a body keeps the types of its scalars")
    func readsBodies() throws {
        let text = BaseFile.service.replacing(
            "item: \"${record.fields}\"",
            with: "item: { n: 1, s: \"1\", t: true, z: null, v: \"${record.fields}\", l: [2.50, x] }"
        )
        guard case .object(let members)? = try service(text).sinks["books"]?.operations[.create]?.items.first else {
            Issue.record("the item is no object")
            return
        }
        let kinds = members.map { member in
            switch member.value {
            case .literal(let value): "\(member.key)=\(value)"
            case .template: "\(member.key)=template"
            case .array(let elements): "\(member.key)=\(elements.count)"
            case .object: "\(member.key)=object"
            }
        }
        #expect(
            kinds == [
                "n=number(\"1\")", "s=string(\"1\")", "t=bool(true)", "z=null", "v=template", "l=2",
            ]
        )
    }

    @Test("statuses are codes, lists or classes")
    func readsStatuses() throws {
        let text =
            BaseFile.service + """
                errors:
                  rules:
                    - { status: 404, verdict: config }
                    - { status: [402, 403], body: { "error.code": quota }, verdict: rate }
                    - { status: 2xx, has: [errors, error.code], verdict: record }
                    - { status: 5xx, verdict: retry }
                """
        let rules = try service(text).errorRules
        #expect(rules.map(\.verdict) == [.config, .rate, .record, .retry])
        #expect(rules.map(\.statuses.count) == [1, 2, 100, 100])
        #expect(rules.map { $0.has.map(\.description) } == [[], [], ["errors", "error.code"], []])
        #expect(rules[1].body.map(\.path.description) == ["error.code"])
        #expect(rules[1].body.map(\.value) == ["quota"])
    }

    @Test("Dynamic Table has no budget until somebody sets one")
    func readsTheLimitsOfDynamicTable() throws {
        let service = try #require(try World().load().services["dynamic_table"])
        let rate = try #require(service.settings.first { $0.name == "requests_per_second" })
        #expect(rate.defaultValue == 0)
        #expect(service.limits.budgets.map(\.period) == [.seconds(1)])
        #expect(service.limits.budgets[0].requests.references.map(\.path) == [["requests_per_second"]])
        #expect(service.limits.headers == nil)
    }

    @Test("limits have budgets of numbers or settings, and headers")
    func readsLimits() throws {
        let text =
            BaseFile.service.replacing(
                "request: { method: POST, path: /books }",
                with: "request: { method: POST, path: /books, budgets: write }"
            ) + """
                limits:
                  budgets:
                    - { per: 1m, requests: 60, burst: 10 }
                    - { name: write, per: 2s, requests: "${settings.size}", in_flight: 2 }
                  headers:
                    remaining: Left
                    limit: Of
                    reset: { name: Back, as: epoch_ms }
                """
        let service = try service(text)
        let budgets = service.limits.budgets
        #expect(budgets.map(\.name) == ["", "write"])
        #expect(budgets.map(\.period) == [.seconds(60), .seconds(2)])
        #expect(budgets[1].requests.references.map(\.path) == [["size"]])
        #expect(budgets[0].burst != nil && budgets[0].inFlight == nil && budgets[1].inFlight != nil)
        let headers = try #require(service.limits.headers)
        #expect(headers.remaining == "Left" && headers.limit == "Of" && headers.reset == "Back")
        #expect(headers.resetForm == .epochMilliseconds)
        #expect(service.sinks["books"]?.operations[.create]?.request.budgets == ["write"])
        #expect(service.streams["books"]?.request?.budgets == [])
    }
}
