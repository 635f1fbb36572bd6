import FerryCore
import FerryTransforms
import Testing

@Suite struct BuiltInTransformsTests {
    @Test func namesAreSortedAndEachOfThemCompiles() throws {
        let catalog = BuiltInTransforms()
        #expect(catalog.names == catalog.names.sorted())
        #expect(Set(catalog.names).isSuperset(of: ["lowercase", "markdown_to_html", "slugify", "trim", "uppercase"]))
        for name in catalog.names { #expect(try builtIn(name, leastOptions(of: name)).isOneWay) }
    }

    @Test func anUnknownNameIsNamed() {
        #expect(throws: TransformReferenceError.unknownName("slugfy")) { try builtIn("slugfy") }
    }

    @Test(arguments: BuiltInTransforms().names)
    func nullPassesThroughAsNull(name: String) throws {
        var output: [UInt8] = [1]
        let kind = try builtIn(name, leastOptions(of: name)).apply(.null, [UInt8]().span, into: &output)
        #expect(kind == .null)
        #expect(output == [1])
    }

    @Test(arguments: ["lowercase", "markdown_to_html", "slugify", "trim", "uppercase", "collapse_whitespace"])
    func aValueThatIsNoStringIsRefusedWithWhatWasExpected(name: String) throws {
        let transform = try builtIn(name)
        let literal = Array("12".utf8)
        for kind in [ValueKind.number, .true, .false, .json] {
            let error = try #require(throws: TransformError.self) {
                var output: [UInt8] = []
                _ = try transform.apply(kind, literal.span, into: &output)
            }
            #expect(error.message == "'\(name)' expects a string, and the value is \(kind.name)")
        }
    }

    @Test(arguments: BuiltInTransforms().names)
    func anUnknownOptionIsRefusedWithTheValidOnes(name: String) throws {
        let error = try #require(throws: TransformReferenceError.self) { try builtIn(name, ["colour": "red"]) }
        guard case .invalidOptions(let message) = error else {
            Issue.record("expected invalidOptions")
            return
        }
        #expect(message.hasPrefix("'\(name)' has no option 'colour'; it"))
        #expect(throws: TransformReferenceError.self) { try builtIn(name, true) }
        #expect(throws: Never.self) { try builtIn(name, leastOptions(of: name)) }
    }

    @Test func optionsOfTheWrongTypeAreRefusedWithTheRightOne() {
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "the option 'max_length' of 'slugify' must be a whole number from 1 on"
            )
        ) { try builtIn("slugify", ["max_length": "40"]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("slugify", ["max_length": 0]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("slugify", ["separator": "x"]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("slugify", ["lowercase": "yes"]) }
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "the option 'unsafe' of 'markdown_to_html' must be true or false"
            )
        ) { try builtIn("markdown_to_html", ["unsafe": 1]) }
    }
}
