import FerryCore
import FerryJSON
import Foundation
import Testing

/// `markdown_to_portable_text`: blocks, marks and keys as Sanity's editors expect them.
@Suite struct PortableTextTests {
    private struct Block: Decodable {
        struct Span: Decodable {
            let _type: String
            let _key: String
            let text: String
            let marks: [String]
        }

        struct Definition: Decodable {
            let _type: String
            let _key: String
            let href: String
        }

        struct Row: Decodable {
            let _type: String
            let cells: [String]
        }

        let _type: String
        let _key: String
        let style: String?
        let listItem: String?
        let level: Int?
        let markDefs: [Definition]?
        let children: [Span]?
        let code: String?
        let language: String?
        let rows: [Row]?

        /// `style` or `listItem` and level, then the text with its marks.
        var line: String {
            let text = (children ?? []).map { span in
                span.marks.isEmpty ? span.text : "<\(span.marks.joined(separator: " ")):\(span.text)>"
            }
            return "\(listItem.map { "\($0)\(level ?? 0)" } ?? style ?? _type) \(text.joined())"
        }
    }

    private func blocks(_ markdown: String, _ options: JSONValue = .null) throws -> [Block] {
        let text = try apply(builtIn("markdown_to_portable_text", options), .string, markdown)
        return try JSONDecoder().decode([Block].self, from: Data(text.utf8))
    }

    private func lines(_ markdown: String) throws -> [String] { try blocks(markdown).map(\.line) }

    @Test func aParagraphIsABlockByTheLetter() throws {
        let text = try apply(builtIn("markdown_to_portable_text"), .string, "Hi *you*")
        #expect(
            text == #"[{"_type":"block","_key":"b1","style":"normal","markDefs":[],"children":["#
                + #"{"_type":"span","_key":"s1","text":"Hi ","marks":[]},"#
                + #"{"_type":"span","_key":"s2","text":"you","marks":["em"]}]}]"#
        )
        #expect(try apply(builtIn("markdown_to_portable_text"), .string, "") == "[]")
    }

    @Test func headingsQuotesAndListsAreStylesOfBlocks() throws {
        let source = """
            # One
            ###### Six

            > quoted
            >
            > again

            - a
            - b
              1. deep
              2. deeper

                 with another paragraph
            - c
            """
        #expect(
            try lines(source) == [
                "h1 One", "h6 Six", "blockquote quoted", "blockquote again", "bullet1 a", "bullet1 b", "number2 deep",
                "number2 deeper\nwith another paragraph", "bullet1 c",
            ]
        )
    }

    @Test func marksNestAndLinksHaveDefinitions() throws {
        #expect(
            try lines("**a *b* `c`** ~~d~~") == [
                "normal <strong:a ><strong em:b><strong: ><strong code:c> <strike-through:d>"
            ]
        )
        let block = try #require(try blocks("[**x** y](https://e.example/?a=1&b=2 'T') and [z](/z)").first)
        #expect(block.line == "normal <strong l1:x><l1: y> and <l2:z>")
        #expect(block.markDefs?.map(\.href) == ["https://e.example/?a=1&b=2", "/z"])
        #expect(block.markDefs?.map(\._key) == ["l1", "l2"] && block.markDefs?.first?._type == "link")
    }

    @Test func whatCouldRunIsNoLink() throws {
        let block = try #require(try blocks("[x](javascript:alert(1)) <script>y</script>").first)
        #expect(block.markDefs?.isEmpty == true && block.line == "normal x <script>y</script>")
    }

    @Test func codeTablesRulesAndImagesHaveTheirBlocks() throws {
        let found = try blocks(
            "```swift\nlet a = \"1\"\n\n  b\n```\n\n| a | *b* |\n|---|---|\n| 1 | 2 |\n\n---\n\n![alt](/i.png)"
        )
        #expect(found.map(\._type) == ["code", "table", "break", "block"])
        #expect(found[0].language == "swift" && found[0].code == "let a = \"1\"\n\n  b")
        #expect(found[1].rows?.map(\.cells) == [["a", "b"], ["1", "2"]])
        #expect(found[3].line == "normal <l1:alt>" && found[3].markDefs?.first?.href == "/i.png")
        #expect(found.map(\._key) == ["b1", "b2", "b3", "b4"])
    }

    @Test func linesAreThoseOfTheText() throws {
        #expect(try lines("a\nb  \nc\\\nd") == ["normal a b\nc\nd"])
        #expect(try lines("- [x] done\n- [ ] open") == ["bullet1 ☑ done", "bullet1 ☐ open"])
    }

    @Test func everyTextIsAnArrayOfBlocksWithKeysOfTheirOwn() throws {
        var soup = MarkdownSoup(seed: 3)
        for _ in 0..<300 {
            let source = soup.next()
            let found = try blocks(source)
            #expect(Set(found.map(\._key)).count == found.count, "\(source)")
            #expect(found.allSatisfy { $0._type != "block" || $0.children?.isEmpty == false }, "\(source)")
        }
    }

    @Test func whatIsNoTextIsRefused() throws {
        #expect(try refusal("markdown_to_portable_text", .number, "1").contains("markdown_to_portable_text"))
        #expect(try blocks("a www.b.example", ["gfm": false]).first?.markDefs?.isEmpty == true)
    }
}
