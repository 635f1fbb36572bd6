import FerryCore
import Testing

@Suite struct MappingPlanTests {
    @Test func pullsFromTargetsIntoFields() throws {
        let plan = try plan(
            .pull,
            mapping("fields.sku", "sku"),
            mapping("fields.seo.title", "name"),
            mapping("fields.body", "name")
        )
        #expect(plan.inputs.map(\.description) == ["sku", "name"])
        #expect(plan.outputs.map(\.description) == ["sku", "seo.title", "body"])
        let mapped = plan.map(batch(columns: 2, [["A", "Laptop"], ["B", 5]]), ids: nil)
        #expect(mapped.row(0) == ["'A'", "'Laptop'", "'Laptop'"])
        #expect(mapped.row(1) == ["'B'", "5", "5"])
        #expect(mapped.identifiers.isEmpty)
        #expect(mapped.failures.isEmpty)
    }

    @Test func pushesFromFieldsToTargets() throws {
        let plan = try plan(.push, mapping("fields.name", "product_name"), mapping("fields.name", "slug", ["double"]))
        #expect(plan.inputs.map(\.description) == ["name"])
        #expect(plan.outputs.map(\.description) == ["product_name", "slug"])
        let mapped = plan.map(batch(columns: 1, [["ab"], ["c"]]), ids: PackedStrings(["1", "2"]))
        #expect(mapped.row(0) == ["'ab'", "'abab'"])
        #expect(mapped.row(1) == ["'c'", "'cc'"])
    }

    @Test func theLastOfTwoToOnePlaceCounts() throws {
        let first = try plan(
            .push,
            mapping("fields.a", "x", ["double"]),
            mapping("fields.b", "x"),
            mapping("fields.a", "y")
        )
        #expect(first.map(batch(columns: 2, [["a", "b"]]), ids: PackedStrings(["1"])).row(0) == ["'b'", "'a'"])
        let second = try plan(.push, mapping("fields.b", "x"), mapping("fields.a", "x", ["double"]))
        #expect(second.map(batch(columns: 2, [["b", "a"]]), ids: PackedStrings(["1"])).row(0) == ["'aa'"])
    }

    @Test(arguments: [Direction.pull, .push])
    func leavesOutWhatFlowsTheOtherWay(direction: Direction) throws {
        let plan = try plan(
            direction,
            flows: [.both, .push, .pull],
            mapping("fields.a", "a"),
            mapping("fields.b", "b"),
            mapping("fields.c", "c")
        )
        #expect(plan.outputs.map(\.description) == ["a", direction == .pull ? "c" : "b"])
    }

    @Test func keepsEveryKindOfValueAsItIs() throws {
        let plan = try plan(.push, mapping("fields.v", "v"))
        let values: [JSONValue?] = [
            nil, .null, true, false, .number("1.10"), .number("123456789012345678901234567890"), "", "a\u{0}\"é", [1],
            ["k": "v"],
        ]
        let mapped = plan.map(
            batch(columns: 1, values.map { [$0] }),
            ids: PackedStrings(values.indices.map(String.init))
        )
        #expect(
            values.indices.map { mapped.row($0)[0] } == [
                "-", "null", "true", "false", "1.10", "123456789012345678901234567890", "''", "'a\u{0}\"é'", "[1]",
                #"{"k":"v"}"#,
            ]
        )
    }

    @Test func tellsMissingFromNull() throws {
        let plan = try plan(.push, mapping("fields.v", "v", default: 7), mapping("fields.v", "w", ["double"]))
        let mapped = plan.map(batch(columns: 1, [[nil], [.null]]), ids: PackedStrings(["1", "2"]))
        #expect(mapped.row(0) == ["7", "-"])
        #expect(mapped.row(1)[0] == "null")
    }

    @Test func transformsDefaultsAndConstants() throws {
        let plan = try plan(
            .push,
            mapping("fields.v", "v", ["double"], default: "ab"),
            mapping(nil, "w", ["double"], constant: "c"),
            mapping(nil, "n", constant: .null),
            mapping(nil, "e", constant: ""),
            mapping(nil, "o", constant: ["a": [1, true]])
        )
        let mapped = plan.map(batch(columns: 1, [[nil], ["x"]]), ids: PackedStrings(["1", "2"]))
        #expect(mapped.row(0) == ["'abab'", "'cc'", "null", "''", #"{"a":[1,true]}"#])
        #expect(mapped.row(1) == ["'xx'", "'cc'", "null", "''", #"{"a":[1,true]}"#])
    }

    @Test func pullsNoConstant() throws {
        let plan = try plan(.pull, mapping(nil, "c", constant: 1), mapping("fields.a", "a"))
        #expect(plan.outputs.map(\.description) == ["a"])
    }

    @Test func refusesOnlyTheRowsThatLackARequiredValue() throws {
        let plan = try plan(
            .push,
            mapping("fields.price", "price", required: true),
            mapping("fields.name", "name")
        )
        let mapped = plan.map(
            batch(columns: 2, [[1, "a"], [nil, "b"], [.null, "c"], [2, "d"]]),
            ids: PackedStrings(["1", "2", "3", "4"])
        )
        #expect(mapped.failures.keys.sorted() == [1, 2])
        #expect(
            mapped.failures[1]
                == MappingFailure(
                    code: .recordMissingField,
                    message: "the required field 'fields.price' has no value"
                )
        )
        #expect(mapped.row(0) == ["1", "'a'"])
        #expect(mapped.row(3) == ["2", "'d'"])
    }

    @Test func letsADefaultStandInForARequiredValue() throws {
        let plan = try plan(.push, mapping("fields.price", "price", default: 0, required: true))
        let mapped = plan.map(batch(columns: 1, [[nil]]), ids: PackedStrings(["1"]))
        #expect(mapped.failures.isEmpty)
        #expect(mapped.row(0) == ["0"])
    }

    @Test func treatsARefusedValueAsTheMappingSays() throws {
        let plan = try plan(
            .push,
            mapping("fields.v", "null", ["fail_on_x"], onError: .null),
            mapping("fields.v", "skipped", ["double", "fail_on_x"], onError: .skipField),
            mapping("fields.v", "skipped_too", ["fail_on_x", "double"], onError: .skipField),
            mapping("fields.w", "row", ["fail_on_x"])
        )
        let mapped = plan.map(
            batch(columns: 2, [["x", "a"], ["b", "x"], ["c", "d"]]),
            ids: PackedStrings(["1", "2", "3"])
        )
        #expect(mapped.row(0) == ["null", "'xx'", "-", "'a'"])
        #expect(mapped.row(2) == ["'c'", "'cc'", "'cc'", "'d'"])
        #expect(mapped.failures.keys.sorted() == [1])
        #expect(mapped.failures[1]?.code == .recordTransform)
        #expect(mapped.failures[1]?.message == "the field 'fields.w' cannot be transformed: it is an x")
    }

    @Test func runsAPipelineInItsOrder() throws {
        let plan = try plan(.push, mapping("fields.v", "v", ["double", "double", "to_null"]))
        #expect(plan.map(batch(columns: 1, [["a"]]), ids: PackedStrings(["1"])).row(0) == ["null"])
        let twice = try self.planOfThreeDoublings()
        #expect(twice.map(batch(columns: 1, [["a"]]), ids: PackedStrings(["1"])).row(0) == ["'aaaaaaaa'"])
    }

    private func planOfThreeDoublings() throws -> MappingPlan {
        try plan(.push, mapping("fields.v", "v", ["double", "double", "double"]))
    }

    @Test func pushesTheIdentifierAndTheType() throws {
        let plan = try plan(
            .push,
            mapping("id", "external_id", ["double"]),
            mapping("type", "kind"),
            mapping("fields.v", "v")
        )
        #expect(plan.inputs.map(\.description) == ["v"])
        let mapped = plan.map(batch(columns: 1, [[1], [2]]), ids: PackedStrings(["k1", "k2"]))
        #expect(mapped.row(0) == ["'k1k1'", "'product'", "1"])
        #expect(mapped.row(1) == ["'k2k2'", "'product'", "2"])
    }

    @Test func pushesRowsOfWhichNoFieldIsRead() throws {
        let plan = try plan(.push, mapping("id", "external_id"), mapping(nil, "kind", constant: "c"))
        let mapped = plan.map(batch(columns: 0, []), ids: PackedStrings(["k1", "k2"]))
        #expect(mapped.records.count == 2)
        #expect(mapped.row(1) == ["'k2'", "'c'"])
    }

    @Test func pullsTheIdentifierAndNoType() throws {
        let plan = try plan(.pull, mapping("id", "sku"), mapping("type", "kind"), mapping("fields.v", "v"))
        #expect(plan.inputs.map(\.description) == ["sku", "v"])
        #expect(plan.outputs.map(\.description) == ["v"])
        let mapped = plan.map(batch(columns: 2, [["A", 1], [nil, 2]]), ids: nil)
        #expect(mapped.identifiers.map { show($0, of: mapped.records) } == ["'A'", "-"])
        #expect(mapped.row(1) == ["2"])
    }

    @Test func ignoresFurtherColumns() throws {
        let plan = try plan(.pull, mapping("fields.a", "a"))
        let mapped = plan.map(batch(columns: 3, [["a", "x", "y"], ["b", "x", "y"]]), ids: nil)
        #expect([mapped.row(0), mapped.row(1)] == [["'a'"], ["'b'"]])
    }

    @Test func namesATransformThatIsNotThere() throws {
        #expect(throws: TransformReferenceError.unknownName("tripple")) {
            try plan(.push, mapping("fields.a", "a", ["tripple"]))
        }
    }

    @Test func changesItsFingerprintWithAnyPartOfAMapping() throws {
        let fingerprints = try [
            plan(.push, mapping("fields.a", "t")),
            plan(.pull, mapping("fields.a", "t")),
            plan(.push, mapping("fields.b", "t")),
            plan(.push, mapping("fields.a", "u")),
            plan(.push, mapping("fields.a", "t", ["double"])),
            plan(.push, mapping("fields.a", "t", ["double", "double"])),
            plan(.push, mapping("fields.a", "t", default: .null)),
            plan(.push, mapping("fields.a", "t", default: 1)),
            plan(.push, mapping("fields.a", "t", default: "1")),
            plan(.push, mapping("fields.a", "t", constant: 1)),
            plan(.push, mapping("fields.a", "t", required: true)),
            plan(.push, mapping("fields.a", "t", onError: .null)),
            plan(.push, mapping("fields.a", "t", onError: .skipField)),
            plan(.push, mapping("fields.a", "t"), mapping("fields.b", "v")),
            plan(.push, flows: [.both, .pull], mapping("fields.a", "t2"), mapping("fields.b", "v")),
        ].map(\.fingerprint)
        #expect(Set(fingerprints).count == fingerprints.count)
    }

    @Test func changesItsFingerprintWithATransformsOptions() throws {
        func fingerprint(_ options: JSONValue) throws -> UInt64 {
            var mapping = try mapping("fields.a", "t")
            mapping.transforms = [TransformReference(name: "double", options: options)]
            return try plan(.push, mapping).fingerprint
        }
        let prints = try [.null, 1, "1", ["a": 1], ["a": 2]].map(fingerprint)
        #expect(Set(prints).count == prints.count)
    }

    @Test func keepsItsFingerprintWhereNothingThatFlowsChanges() throws {
        let one = try plan(.pull, mapping("fields.a", "t"), mapping(nil, "c", constant: 1)).fingerprint
        let other = try plan(.pull, mapping("fields.a", "t"), mapping(nil, "c", constant: 2)).fingerprint
        #expect(one == other)
        #expect(try one == plan(.pull, mapping("fields.a", "t")).fingerprint)
    }
}
