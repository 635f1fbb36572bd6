import FerryCore
import FerryJSON
import Testing

@Suite struct RecordWriterTests {
    /// Writes one row whose cells are given as JSON texts; `nil` is a missing cell.
    private func write(_ paths: [String], _ values: [String?]) throws -> String {
        let writer = try RecordWriter(paths.map(path))
        var batch = RecordBatch(columnCount: paths.count)
        let cells = try values.map { value in
            guard let value else { return Cell.missing }
            let bytes = Array(value.utf8)
            let extracted = try RecordProjection([.root]).extract([0..<bytes.count], from: bytes).batch
            return batch.copy(extracted[0, 0], of: extracted)
        }
        batch.append(row: cells)
        var output = Array("before ".utf8)
        writer.write(row: 0, of: batch, into: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.hasPrefix("before "))
        return String(text.dropFirst("before ".count))
    }

    @Test func nestsObjectsInTheOrderThatPathsNameThem() throws {
        #expect(
            try write(["seo.title", "name", "seo.slug", "a.b.c"], ["\"T\"", "\"N\"", "\"S\"", "1"])
                == #"{"seo":{"title":"T","slug":"S"},"name":"N","a":{"b":{"c":1}}}"#
        )
    }

    @Test func writesEveryKindAsItStands() throws {
        #expect(
            try write(["a", "b", "c", "d", "e", "f"], ["null", "true", "false", "-1.50E+400", "{\"x\": [1]}", "\"\""])
                == #"{"a":null,"b":true,"c":false,"d":-1.50E+400,"e":{"x": [1]},"f":""}"#
        )
    }

    @Test func leavesOutMissingCellsAndWhatTheyLeaveEmpty() throws {
        #expect(try write(["a", "b", "c"], [nil, "1", nil]) == #"{"b":1}"#)
        #expect(try write(["a.x.y", "b", "a.z"], [nil, "1", nil]) == #"{"b":1}"#)
        #expect(try write(["a.x.y", "a.z"], [nil, "2"]) == #"{"a":{"z":2}}"#)
        #expect(try write(["a.x", "b"], [nil, nil]) == "{}")
        #expect(try write([], []) == "{}")
    }

    @Test func writesArraysWithNullForAMissingElement() throws {
        #expect(try write(["t[0]", "t[1]", "t[2]"], ["1", nil, "3"]) == #"{"t":[1,null,3]}"#)
        #expect(try write(["t[0]", "t[1]"], [nil, "2"]) == #"{"t":[null,2]}"#)
        #expect(try write(["t[0]", "t[1]"], ["1", nil]) == #"{"t":[1,null]}"#)
        #expect(try write(["t[0].a", "t[0].b", "t[1][0]"], ["1", nil, "2"]) == #"{"t":[{"a":1},[2]]}"#)
        #expect(try write(["t[2]", "u", "t[0]", "t[1]"], ["3", "4", "1", "2"]) == #"{"t":[1,2,3],"u":4}"#)
        #expect(try write(["t[0].a", "t[1].a", "u"], [nil, nil, "1"]) == #"{"u":1}"#)
    }

    @Test func escapesNamesAndStrings() throws {
        #expect(
            try write([#"['a"b\\c']"#, #"['é\n']"#], [#""x\u0000\u001f\"\\\/\n\t\r\b\f\u007fé""#, "1"])
                == "{\"a\\\"b\\\\c\":\"x\\u0000\\u001f\\\"\\\\/\\n\\t\\r\\b\\f\u{7F}é\",\"é\\n\":1}"
        )
    }

    @Test func keepsNamesApartThatDifferInTheirBytes() throws {
        #expect(try write(["\u{E9}", "e\u{301}"], ["1", "2"]) == "{\"\u{E9}\":1,\"e\u{301}\":2}")
    }

    @Test(arguments: [
        (["a", "a"], "two paths write 'a'"),
        (["a", "a.b"], "'a.b' runs through 'a', which another path writes as a whole"),
        (["a.b", "a"], "'a' is written as a whole, but another path runs through it"),
        (["a.b", "a[0]"], "'a' cannot be both an object and an array"),
        (["a[0]", "a.b"], "'a' cannot be both an object and an array"),
        (["$"], "cannot write to '$': a record is an object, so a path starts with a name"),
        (["[0]"], "cannot write to '[0]': a record is an object, so a path starts with a name"),
        (
            ["a[1]"],
            "cannot write element 1 of the array at 'a': "
                + "the indices of an array's paths must be 0, 1, 2 and so on without a gap"
        ),
        (
            ["x.a[0]", "x.a[2]"],
            "cannot write element 2 of the array at 'x.a': "
                + "the indices of an array's paths must be 0, 1, 2 and so on without a gap"
        ),
        (
            ["a[-1]"],
            "cannot write element -1 of the array at 'a': "
                + "the indices of an array's paths must be 0, 1, 2 and so on without a gap"
        ),
    ])
    func refusesPathsThatMakeNoObject(paths: [String], message: String) {
        let failure = #expect(throws: JSONFailure.self) { try RecordWriter(paths.map(path)) }
        #expect(failure?.message == message)
    }
}
