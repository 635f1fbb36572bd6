import FerryAPI
import FerryCore
import Testing

@Suite struct PlanTextTests {
    @Test func saysWhatWouldBeDoneFieldByField() throws {
        var plan = Plan.empty(.push)
        plan.entities = [
            .one(
                creates: [Plan.Write("S-3", fields: [.new("sku", "S-3"), .new("in_stock", true)])],
                updates: [
                    Plan.Write("S-1", "r1", fields: [.changed("price", from: .number("2.50"), to: .number("3"))]),
                    Plan.Write("S-2", "r2", isLinked: true, fields: [.unknown("name", to: "New")]),
                ],
                deletes: [Plan.Pair(localId: "S-9", remoteId: "r9")],
                refused: [Plan.Refusal(id: "S-4", code: "record.missing_field", message: "'name' has no value")]
            )
        ]
        plan.unknown = ["whether the service takes each record"]
        let expected = """
            push of 'items', not done but planned: 1 to create, 2 to update, 1 to delete, 1 to set aside, 40 unchanged

            item → rows
              + create S-3
                  sku       "S-3"
                  in_stock  true
              ~ update S-1 (r1)
                  price  2.50 → 3
              ~ update S-2 (r2), linked with the record that is there already
                  name  (not known) → "New"
              - delete S-9 (r9)
              × set aside S-4: 'name' has no value [record.missing_field]

            cannot be known in advance:
              - whether the service takes each record
            """
        #expect(try plan.text == expected)
    }

    @Test func saysSoWhenThereIsNothingToDo() throws {
        var plan = Plan.empty(.pull)
        plan.isEmpty = true
        plan.entities = [.one()]
        #expect(try plan.text == "pull of 'items', not done but planned: nothing to do, 40 unchanged")
    }

    @Test func saysHowManyMoreThereAre() throws {
        var plan = Plan.empty(.push)
        var entity = Plan.Entity.one(deletes: [Plan.Pair(localId: "S-9", remoteId: nil)])
        entity.deletes.count = 1200
        entity.deleteGuard = Plan.Guard(deletes: 1200, linked: 2000, stopsJob: true)
        plan.entities = [entity]
        plan.state = .failed
        plan.error = ErrorBody(code: "deletes.guarded", message: "too many", hint: "raise it")
        let lines = try plan.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("    … and 1199 more to delete"))
        let verdict = "  the delete guard would stop the job before any of these: 1200 of 2000 linked records"
        #expect(lines.contains(verdict))
        #expect(lines.contains("the job would fail: too many [deletes.guarded]") && lines.contains("hint: raise it"))
    }

    @Test func showsLongValuesWhereTheyPart() throws {
        var plan = Plan.empty(.pull)
        let common = String(repeating: "x", count: 500)
        let field = Plan.Field.changed("body", from: .string(common + "old"), to: .string(common + "new and more"))
        plan.entities = [.one(updates: [Plan.Write("1", fields: [field])])]
        let line = try #require(try plan.text.split(separator: "\n").first { $0.contains("body") })
        #expect(line.contains("old\" → …") && line.hasSuffix("xnew and more\""))
        #expect(line.count < 150)
    }

    @Test func leavesAloneNoCharacterThatCouldDisturbATerminal() throws {
        var plan = Plan.empty(.push)
        let evil = "a\u{1B}[31m\u{9B}b\u{202E}c\u{7F}"
        plan.entities = [
            .one(
                creates: [Plan.Write(evil, fields: [.new("f\u{1B}", .string(evil))])],
                refused: [Plan.Refusal(id: evil, code: "x", message: evil)]
            )
        ]
        plan.notes = [evil]
        let forbidden = try plan.text.unicodeScalars.filter { scalar in
            scalar != "\n" && (scalar.properties.generalCategory == .control || scalar == "\u{202E}")
        }
        #expect(forbidden.isEmpty)
    }

    @Test func coloursWhatItIsToldTo() throws {
        let document = try WireFormat.document(Plan.empty(.push))
        let lines = PlanText(document, styled: { "<\($1)>\($0)" }).lines
        #expect(lines == ["<strong>push of 'items', not done but planned: nothing"])
    }
}

extension Plan {
    fileprivate static func empty(_ direction: Direction) -> Plan {
        Plan(
            integrationId: "items",
            direction: direction,
            entityIds: nil,
            state: .succeeded,
            error: nil,
            isEmpty: false,
            progress: ProgressCounts(JobProgress()),
            entities: [],
            unknown: [],
            notes: []
        )
    }

    fileprivate var text: String {
        get throws {
            let document = try WireFormat.document(self)
            return PlanText(document, styled: { text, _ in text }).lines.joined(separator: "\n")
        }
    }
}

extension Plan.Entity {
    fileprivate static func one(
        creates: [Plan.Write] = [],
        updates: [Plan.Write] = [],
        deletes: [Plan.Pair] = [],
        refused: [Plan.Refusal] = []
    ) -> Plan.Entity {
        var progress = JobProgress()
        progress.unchanged = 40
        return Plan.Entity(
            type: "item",
            resource: "rows",
            makesTable: false,
            addsColumns: [],
            startsAnew: false,
            counts: Plan.Counts(progress),
            creates: Plan.Listing(count: creates.count, listed: creates),
            updates: Plan.Listing(count: updates.count, listed: updates),
            deletes: Plan.Listing(count: deletes.count, listed: deletes),
            deleteGuard: nil,
            links: Plan.Listing(count: 0, listed: []),
            held: Plan.Listing(count: 0, listed: []),
            refused: Plan.Listing(count: refused.count, listed: refused),
            setAside: Plan.Listing(count: 0, listed: []),
            leftovers: []
        )
    }
}

extension Plan.Write {
    fileprivate init(_ localID: String, _ remoteID: String? = nil, isLinked: Bool = false, fields: [Plan.Field]) {
        self.init(localId: localID, remoteId: remoteID, formerLocalId: nil, isLinked: isLinked, fields: fields)
    }
}

extension Plan.Field {
    fileprivate static func new(_ field: String, _ value: JSONValue) -> Plan.Field {
        Plan.Field(field: field, oldIs: "none", old: .null, newIs: "value", new: value)
    }

    fileprivate static func changed(_ field: String, from old: JSONValue, to new: JSONValue) -> Plan.Field {
        Plan.Field(field: field, oldIs: "value", old: old, newIs: "value", new: new)
    }

    fileprivate static func unknown(_ field: String, to new: JSONValue) -> Plan.Field {
        Plan.Field(field: field, oldIs: "unknown", old: .null, newIs: "value", new: new)
    }
}
