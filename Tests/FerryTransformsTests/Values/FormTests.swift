import FerryCore
import FerryTransforms
import Testing

/// The forms that document stores have values in.
@Suite struct FormTests {
    @Test(
        arguments: [
            (.string, "hei", .null, #"{"_type":"reference","_ref":"hei"}"#), (.string, "", .null, "null"),
            (.number, "12", .null, #"{"_type":"reference","_ref":"12"}"#),
            (.string, "a\"b", ["weak": true], #"{"_type":"reference","_ref":"a\"b","_weak":true}"#),
            (.json, "[]", .null, "[]"),
        ] as [(ValueKind, String, JSONValue, String)]
    )
    func identifiersBecomeReferences(kind: ValueKind, text: String, options: JSONValue, expected: String) throws {
        #expect(try apply(builtIn("as_reference", options), kind, text) == expected)
    }

    @Test func aListOfIdentifiersBecomesReferencesWithKeysOfTheirOwn() throws {
        let list = try apply(builtIn("as_reference"), .json, #"["a", "b", "a"]"#)
        #expect(
            list == #"[{"_type":"reference","_ref":"a","_key":"ca978112ca1b"},"#
                + #"{"_type":"reference","_ref":"b","_key":"3e23e8160039"},"#
                + #"{"_type":"reference","_ref":"a","_key":"ca978112ca1b-2"}]"#
        )
        // An element keeps its key when others come and go.
        #expect(try apply(builtIn("as_reference"), .json, #"["b"]"#).contains(#""_key":"3e23e8160039""#))
        #expect(try refusal("as_reference", .json, #"["a", {}]"#).contains("one of them is"))
    }

    @Test func objectsOfAListGetKeysUnlessTheyHaveThem() throws {
        let list = try apply(
            builtIn("with_keys"),
            .json,
            #"[{"n": 1.50}, {"_key": "mine", "n": 2}, "text", {"_key": "", "n": 3}]"#
        )
        let expected =
            /\[\{"_key":"[0-9a-f]{12}","n":1\.50\},\{"_key": "mine", "n": 2\},"text",\{"_key":"[0-9a-f]{12}","n":3\}\]/
        #expect(list.wholeMatch(of: expected) != nil, "\(list)")
        #expect(try apply(builtIn("with_keys"), .json, list) == list)
    }

    @Test(
        arguments: [
            ("current", #"{"_type":"slug","current":"hei"}"#, #""hei""#), ("current", #"{"_type":"slug"}"#, "null"),
            ("_ref", #"[{"_ref":"a"},{"_ref":"b"}]"#, #"["a","b"]"#), ("n", #"{"n":1.50}"#, "1.50"),
            ("n", #"{"n":{"a":[true]}}"#, #"{"a":[true]}"#), ("n", #"{"n":false}"#, "false"),
        ] as [(String, String, String)]
    )
    func membersArePicked(name: String, text: String, expected: String) throws {
        #expect(try apply(builtIn("pick", .string(name)), .json, text) == expected)
    }

    @Test(arguments: ["slug", "reference"]) func whatIsPutOnIsTakenOffAgain(name: String) throws {
        let form = try BuiltInTransforms().form(TransformReference(name: name))
        let on = try BuiltInTransforms().transform(form.pushed)
        let off = try BuiltInTransforms().transform(#require(form.pulled))
        for text in ["hei", "a\"\\b", "æ", "\u{1}"] {
            #expect(try apply(off, .json, apply(on, .string, text)) == JSONValue.string(text).compactText)
        }
    }

    @Test func formsAreNamedAndTakeTheOptionsOfWhatPutsThemOn() throws {
        let catalog = BuiltInTransforms()
        #expect(catalog.formNames == catalog.formNames.sorted())
        for name in catalog.formNames {
            #expect(throws: Never.self) { try catalog.form(TransformReference(name: name)) }
        }
        #expect(throws: TransformReferenceError.unknownName("slugg")) {
            try catalog.form(TransformReference(name: "slugg"))
        }
        #expect(throws: TransformReferenceError.self) {
            try catalog.form(TransformReference(name: "slug", options: ["weak": true]))
        }
    }
}
