import FerryCore
import FerryJSON
import Testing

/// The deepest documents that can be configured, on a small stack.
@Suite struct DepthTests {
    static let limit = JSONDepth.configurable.upperBound

    private static func nested(_ count: Int, objects: Bool, inner: String = "1") -> String {
        String(repeating: objects ? "{\"a\":" : "[", count: count) + inner
            + String(repeating: objects ? "}" : "]", count: count)
    }

    @Test(arguments: [true, false])
    func theDeepestPageThatCanBeConfiguredIsReadWholeAndADeeperOneRefused(objects: Bool) throws {
        // The page, its list and the record are three levels.
        let value = Self.nested(Self.limit - 3, objects: objects)
        let page = Array("{\"rows\":[{\"id\":1,\"v\":\(value),\"w\":2}]}".utf8)
        let deeper = Array("{\"rows\":[{\"id\":1,\"v\":[\(value)],\"w\":2}]}".utf8)
        let reader = PageReader(
            records: [path("rows")],
            id: path("id"),
            hashed: path("v"),
            maximumDepth: Self.limit
        )
        let projection = RecordProjection([path("v"), path("v.a.a"), path("v[0]"), path("w")])
        let values = onSmallStack { () -> [String] in
            guard let index = try? reader.index(page),
                let batch = try? projection.extract(index.records, from: index.page).batch
            else { return [] }
            return (0..<4).map { batch.string(of: batch[0, $0]) }
        }
        try #require(values.count == 4)
        #expect(values[0] == value && values[3] == "2")
        #expect(values[1].isEmpty != objects && values[2].isEmpty == objects)
        let failure = onSmallStack { () -> JSONFailure? in
            do throws(JSONFailure) { _ = try reader.index(deeper) } catch { return error }
            return nil
        }
        #expect(failure?.isTooDeep == true)
    }

    @Test func aValueIsSetBesideTheDeepestDocument() {
        let value = Self.nested(Self.limit - 1, objects: false)
        let document = Array("{\"v\":\(value),\"w\":2}".utf8)
        let edited = onSmallStack { () -> [UInt8] in
            var editor = JSONEditor(document)
            try? editor.set(Array("3".utf8), at: path("w"))
            return editor.text
        }
        #expect(String(decoding: edited, as: UTF8.self) == "{\"v\":\(value),\"w\":3}")
        #expect(edited.withUnsafeBytes { JSONText.isValid($0, maximumDepth: Self.limit) })
    }

    @Test func aTreeOfAllLevelsIsReadComparedWrittenAndReleased() {
        let text = Self.nested(JSONValue.maximumLevels, objects: true)
        let result = onSmallStack {
            let value = try? JSONValue(parsing: Array(text.utf8), maximumDepth: Self.limit)
            let again = try? JSONValue(parsing: Array(text.utf8), maximumDepth: Self.limit)
            return (value?.serialized, value?.compactText, value == again)
        }
        #expect(result.0 == text && result.1 == text && result.2)
        let deeper = Array(Self.nested(JSONValue.maximumLevels + 1, objects: false).utf8)
        #expect(throws: JSONFailure.self) { try JSONValue(parsing: deeper, maximumDepth: Self.limit) }
    }

    @Test func theLongestPathOverflowsNoStack() throws {
        let steps = Array(repeating: "a", count: FieldPath.maximumSteps)
        let longest = try FieldPath(parsing: steps.joined(separator: "."))
        let error = #expect(throws: FieldPathError.self) {
            try FieldPath(parsing: (steps + ["a"]).joined(separator: "."))
        }
        #expect(error?.message.hasPrefix("the path has more than 128 steps") == true)
        let document = Array(Self.nested(FieldPath.maximumSteps, objects: true).utf8)
        let written = onSmallStack { () -> [UInt8] in
            var output: [UInt8] = []
            let extracted = try? RecordProjection([longest]).extract([0..<document.count], from: document)
            if let batch = extracted?.batch, let writer = try? RecordWriter([longest]) {
                writer.write(row: 0, of: batch, into: &output)
            }
            return output
        }
        #expect(written == document)
    }

    @Test func tellsTooDeepFromWrong() throws {
        func validity(_ text: String) -> JSONText.Validity {
            Array(text.utf8).withUnsafeBytes { JSONText.validity(of: $0, maximumDepth: 2) }
        }
        #expect(validity("[[1]]") == .valid)
        #expect(validity("[[[1]]]") == .tooDeep)
        #expect(validity("[[1]") == .invalid)
        #expect(validity("") == .invalid)
        let failure = #expect(throws: JSONFailure.self) {
            try JSONValue(parsing: Array("[[[1]]]".utf8), maximumDepth: 2)
        }
        #expect(failure?.isTooDeep == true)
        let other = #expect(throws: JSONFailure.self) { try JSONValue(parsing: "[[1]") }
        #expect(other?.isTooDeep == false)
    }
}
