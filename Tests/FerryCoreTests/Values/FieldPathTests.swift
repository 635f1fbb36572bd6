import FerryCore
import Testing

@Suite struct FieldPathTests {
    @Test(
        arguments: [
            ("", []), ("$", []), ("title", [.name("title")]), ("$.title", [.name("title")]),
            ("fields.seo.title", [.name("fields"), .name("seo"), .name("title")]),
            ("keys[0]", [.name("keys"), .index(0)]), ("keys[-1]", [.name("keys"), .index(-1)]),
            ("[0][1]", [.index(0), .index(1)]), ("$[0].a", [.index(0), .name("a")]),
            ("fields['odd name']", [.name("fields"), .name("odd name")]),
            ("fields[\"odd name\"].x", [.name("fields"), .name("odd name"), .name("x")]),
            ("['a']['b']", [.name("a"), .name("b")]), ("['']", [.name("")]), ("[ 'a' ]", [.name("a")]),
            ("$ .a\n[0]\t .b", [.name("a"), .index(0), .name("b")]), ("[ 0 ]", [.index(0)]), ("_a1", [.name("_a1")]),
            ("größe.名前.😹", [.name("größe"), .name("名前"), .name("😹")]),
            (#"['it\'s']"#, [.name("it's")]), (#"["a\"b"]"#, [.name("a\"b")]), (#"['a"b']"#, [.name("a\"b")]),
            (#"['\\\/\b\f\n\r\t']"#, [.name("\\/\u{8}\u{C}\n\r\t")]), (#"['\u00e9\u20AC']"#, [.name("é€")]),
            (#"['\ud83d\ude39']"#, [.name("😹")]), (#"['\u0000']"#, [.name("\0")]), ("['$.a[0]']", [.name("$.a[0]")]),
            ("[9007199254740991]", [.index(9_007_199_254_740_991)]),
            ("[-9007199254740991]", [.index(-9_007_199_254_740_991)]), ("null", [.name("null")]),
        ] as [(String, [FieldPath.Segment])]
    )
    func parsesASingularQuery(text: String, segments: [FieldPath.Segment]) throws {
        #expect(try FieldPath(parsing: text).segments == segments)
    }

    @Test(arguments: [
        ".", "a.", "a..b", ".a", "$a", "$.", "$$", "a b", " a", "a ", "1a", "a-b", "a.1", "a['b", "a['b'", "a[b]", "[]",
        "[01]", "[-0]", "[+1]", "[1.0]", "[1e3]", "[9007199254740992]", "[-9007199254740992]", "[-9223372036854775808]",
        "[99999999999999999999]", "[-]", "[0", "a]", "a[0]b", "*", "a.*", "a[*]", "a[1:2]", "a[:]", "a[0,1]",
        "a['b','c']",
        "a[?@.b]", "..a", "@.a", #"['\x']"#, #"['\"']"#, #"["\'"]"#, #"['\u12']"#, #"['\u+123']"#, #"['\ud800']"#,
        #"['\udc00']"#, #"['\ud800\u0041']"#, "['a\nb']", "['a\u{0}b']", #"['\"#, "['a'b]", "[--1]",
    ])
    func refusesWhatIsNoSingularQuery(_ text: String) {
        #expect(throws: FieldPathError.self) { try FieldPath(parsing: text) }
    }

    @Test func saysWhereAPathGoesWrong() {
        let error = #expect(throws: FieldPathError.self) { try FieldPath(parsing: "fields.-x") }
        #expect(error?.offset == 7)
        #expect(
            error?.description == "expected a name (write names with other characters as ['name']) at character 8"
        )
        let wildcard = #expect(throws: FieldPathError.self) { try FieldPath(parsing: "tags[*]") }
        #expect(wildcard?.description.contains("a path leads to one value") == true)
    }

    @Test(arguments: [
        "a", "a.b.c", "a[0]", "a[-2].b", "[0]", "[0].a", "['odd name']", "a['odd name'].b", "$", #"['it\'s']"#,
        #"['back\\slash']"#, #"['\n\t\r\b\f\u0001']"#, "['']", "['1a']", "größe",
    ])
    func isWrittenAsItWouldBeInAFile(_ text: String) throws {
        let path = try FieldPath(parsing: text)
        #expect(path.description == text)
        #expect(try FieldPath(parsing: path.description) == path)
    }

    @Test func readsBackAnyNameItWrites() throws {
        for scalar in (UInt32(0)...0x24F).compactMap(Unicode.Scalar.init) {
            for name in ["\(scalar)", "a\(scalar)", "\(scalar)a"] {
                let path = FieldPath(segments: [.name("x"), .name(name), .index(-3)])
                let read = try FieldPath(parsing: path.description)
                #expect(read.segments.count == 3)
                guard case .name(let readName) = read.segments[1] else { continue }
                #expect(readName.utf8.elementsEqual(name.utf8), "\(path)")
            }
        }
    }

    @Test func joinsAndDropsSteps() throws {
        let path = try FieldPath(parsing: "fields.seo.title")
        #expect(try path.dropping(first: "fields") == FieldPath(parsing: "seo.title"))
        #expect(path.dropping(first: "seo") == nil)
        #expect(FieldPath.root.dropping(first: "fields") == nil)
        #expect(try FieldPath(parsing: "data").appending(FieldPath(parsing: "[0].x")).description == "data[0].x")
        #expect(path.appending(.root) == path)
    }
}
