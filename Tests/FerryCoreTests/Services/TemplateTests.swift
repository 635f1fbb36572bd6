import FerryCore
import Testing

@Suite struct TemplateTests {
    @Test func partsTextAndExpressions() throws {
        let template = try Template(parsing: "a/${path(settings.id)}/b${page.offset}")
        #expect(template.pieces.count == 4)
        #expect(template.soleExpression == nil)
        #expect(template.references.map(\.scope) == [.settings, .page])
        #expect(template.references.map(\.path) == [["id"], ["offset"]])
    }

    @Test func knowsAnExpressionThatStandsAlone() throws {
        guard case .reference(.record, ["fields", "a"])? = try Template(parsing: "${ record.fields.a }").soleExpression
        else {
            Issue.record("not the reference")
            return
        }
        #expect(try Template(parsing: " ${record.id}").soleExpression == nil)
        #expect(Template(literal: "x").soleExpression == nil)
        #expect(try Template(parsing: "").pieces.isEmpty)
    }

    @Test func parsesCallsWithLiterals() throws {
        let template = try Template(parsing: "${default(settings.a, lower('A, b)'), 10)}")
        guard case .call(.default, let arguments)? = template.soleExpression else {
            Issue.record("not the call")
            return
        }
        #expect(arguments.count == 3)
        guard case .call(.lower, let inner) = arguments[1], case .literal(.string("A, b)")) = inner[0],
            case .literal(.number("10")) = arguments[2]
        else {
            Issue.record("not the arguments")
            return
        }
    }

    @Test(arguments: ["$", "$ {a}", "a}b", "$5", "{settings.key}", "é$"])
    func takesWhatIsNoExpressionForText(text: String) throws {
        let template = try Template(parsing: text)
        guard template.pieces.count == 1, case .literal(text) = template.pieces[0] else {
            Issue.record("\(template.pieces)")
            return
        }
    }

    @Test(arguments: [
        ("${", "expected a name after '${'"), ("${}", "expected a name after '${'"),
        ("${settings.key", "expected '}' in '${…}'"), ("${settings}", "'settings' needs a name after it: 'settings.…'"),
        ("${settings.}", "expected a name after '.'"),
        (
            "${secrets.key}",
            "unknown scope 'secrets'; there are 'settings', 'page', 'cursor', 'record', 'batch', 'action', 'field', 'match', 'part', 'window'"
        ),
        ("${upper(settings.a)}", "unknown function 'upper'; there are 'path', 'lower', 'default', 'sql_time'"),
        ("${path(settings.a}", "expected ')' in '${…}'"), ("${path()}", "expected a name after '${'"),
        ("${lower('a)}", "the text does not end"), ("${page.size + 1}", "expected '}' in '${…}'"),
        ("${007}", "the number '007' begins with a zero"), ("${½}", "unknown scope '½'"),
    ])
    func saysWhatIsWrong(text: String, message: String) {
        let error = #expect(throws: TemplateError.self) { try Template(parsing: text) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "no error")")
    }

    @Test func findsTheReferencesOfADocument() throws {
        let document = JSONTemplate.object([
            ("id", .template(try Template(parsing: "${record.id}"))),
            ("list", .array([.literal(1), .template(try Template(parsing: "x${batch.id}"))])),
        ])
        #expect(document.references.map(\.path) == [["id"], ["id"]])
    }
}
