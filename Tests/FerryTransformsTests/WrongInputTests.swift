import FerryCore
import FerryTransforms
import Testing

/// Every built-in transform with every kind of value: what it does not take is refused with a sentence, never turned
/// into something else.
@Suite struct WrongInputTests {
    /// What each transform takes besides null, by the kinds of ``samples``.
    private static let takes: [String: Set<String>] = [
        "as_reference": ["string", "number", "array"], "as_slug": ["string"], "pick": ["object"],
        "with_keys": ["array"],
        "camel_case": ["string"], "capitalize": ["string"], "collapse_whitespace": ["string"],
        "date": [], "first": ["array"], "html_to_markdown": ["string"], "join": ["array"],
        "json_decode": [], "json_encode": ["string", "number", "true", "false", "array", "object"],
        "kebab_case": ["string"], "last": ["array"], "lookup": [], "lowercase": ["string"],
        "markdown_to_html": ["string"], "markdown_to_portable_text": ["string"], "pascal_case": ["string"],
        "replace": ["string"], "sha256": ["string"],
        "slugify": ["string"], "snake_case": ["string"], "split": ["string"], "strip_html": ["string"],
        "title_case": ["string"], "to_boolean": ["true", "false"], "to_number": ["number"],
        "to_string": ["string", "number", "true", "false", "array", "object"], "trim": ["string"],
        "truncate": ["string"], "uppercase": ["string"],
    ]

    private static let samples: [(name: String, kind: ValueKind, text: String)] = [
        ("string", .string, "Some text"), ("number", .number, "12.50"), ("true", .true, ""), ("false", .false, ""),
        ("array", .json, #"["a", 1]"#), ("object", .json, #"{"a": 1}"#),
    ]

    @Test(arguments: BuiltInTransforms().names)
    func aValueOfAnotherKindIsRefusedWithASentence(name: String) throws {
        let transform = try builtIn(name, leastOptions(of: name))
        let taken = try #require(Self.takes[name], "say above what '\(name)' takes")
        for sample in Self.samples {
            let bytes = Array(sample.text.utf8)
            var output: [UInt8] = []
            do throws(TransformError) {
                let kind = try transform.apply(sample.kind, bytes.span, into: &output)
                #expect(taken.contains(sample.name), "'\(name)' takes \(sample.name)")
                #expect(kind != .string || !output.isEmpty, "'\(name)' makes an empty text of \(sample.name)")
                #expect(kind != .null && kind != .missing)
            } catch {
                #expect(!taken.contains(sample.name), "'\(name)' refuses \(sample.name): \(error.message)")
                // The value itself may be somebody's data: it is not in the sentence.
                #expect(error.message.count > 10 && !error.message.contains("Some text"))
            }
        }
    }

    /// Those that take a text apart make nothing of a text with nothing in it; no other may.
    private static let empties: Set<String> = ["collapse_whitespace", "html_to_markdown", "strip_html", "trim"]

    @Test(arguments: BuiltInTransforms().names)
    func aTextWithSomethingInItNeverBecomesAnEmptyOneUnnoticed(name: String) throws {
        let transform = try builtIn(name, leastOptions(of: name))
        for text in ["-", "!?", "🎉", " ", "\u{301}", "\u{200B}", "'", "0", "\u{0}", "<br>", "[x]: y"] {
            let bytes = Array(text.utf8)
            var output: [UInt8] = []
            // What is refused is counted and reported; this is about the others.
            guard let kind = try? transform.apply(.string, bytes.span, into: &output), kind == .string else { continue }
            let isNothing =
                Self.empties.contains(name) || name == "markdown_to_html" && (text == " " || text == "[x]: y")
            #expect(!output.isEmpty || isNothing, "'\(name)' makes an empty text of \(text.debugDescription)")
        }
    }

    @Test(arguments: BuiltInTransforms().names)
    func aTextThatIsNotUTF8IsRefusedOrLeftAsItIs(name: String) throws {
        let transform = try builtIn(name, leastOptions(of: name))
        let bytes: [UInt8] = [0x61, 0xFF, 0x62]
        var output: [UInt8] = []
        do throws(TransformError) {
            let kind = try transform.apply(.string, bytes.span, into: &output)
            #expect(kind != .string || !output.isEmpty)
        } catch {
            #expect(!error.message.isEmpty)
        }
    }
}
