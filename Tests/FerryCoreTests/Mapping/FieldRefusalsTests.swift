import FerryCore
import Testing

@Suite struct FieldRefusalsTests {
    @Test func refusalsAreCountedPerFieldWithTheFirstFewRows() throws {
        let plan = try plan(
            .push,
            mapping("fields.v", "a", ["fail_on_x"], onError: .null),
            mapping("fields.v", "b", ["double"]),
            mapping("fields.w", "c", ["fail_on_x"], onError: .skipField)
        )
        let rows: [[JSONValue?]] = [["y", "x"], ["x", "y"], ["x", "x"], ["x", nil], ["x", "y"], [.null, "y"]]
        let mapped = plan.map(
            batch(columns: 2, rows),
            ids: PackedStrings(rows.indices.map(String.init))
        )
        #expect(mapped.failures.isEmpty)
        #expect(mapped.refusals.map(\.field) == ["fields.v", "fields.w"])
        #expect(mapped.refusals.map(\.destination) == ["a", "c"])
        #expect(mapped.refusals.map(\.policy) == [.null, .skipField])
        #expect(mapped.refusals.map(\.count) == [4, 2])
        #expect(mapped.refusals.map { $0.examples.map(\.row) } == [[1, 2, 3], [0, 2]])
        #expect(mapped.refusals[0].examples[0].message == "it is an x")
    }

    @Test func rowsThatFailAreCountedToo() throws {
        let plan = try plan(.pull, mapping("fields.v", "remote.v", ["fail_on_x"]))
        let mapped = plan.map(batch(columns: 1, [["x"], ["y"], ["x"]]), ids: nil)
        #expect(mapped.failures.keys.sorted() == [0, 2])
        #expect(mapped.refusals.map(\.count) == [2])
        #expect(mapped.refusals[0].field == "remote.v" && mapped.refusals[0].destination == "fields.v")
        #expect(mapped.refusals[0].policy == .failRow)
    }

    @Test func nothingIsCountedWhereNothingIsRefused() throws {
        let plan = try plan(
            .push,
            mapping("fields.v", "a", ["fail_on_x"], onError: .null),
            mapping("fields.w", "b", required: true)
        )
        let mapped = plan.map(batch(columns: 2, [["y", nil], [nil, "x"]]), ids: PackedStrings(["1", "2"]))
        #expect(mapped.failures.keys.sorted() == [0])
        #expect(mapped.refusals.isEmpty)
    }
}
