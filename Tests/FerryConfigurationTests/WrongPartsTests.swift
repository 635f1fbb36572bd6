import FerryConfiguration
import FerryCore
import Testing

/// What is said of streams whose parts and days cannot work, and what becomes of those that can.
struct WrongPartsTests {
    private static let head = """
        service: shelf
        settings:
          sites: { type: list, required: true }
          names: { type: list, default: [day, word] }
          some: { type: list }
          host: { required: true }
          since: { default: "2026-01-01" }
        base: "${settings.host}"
        check: { request: { method: GET, path: /ping } }
        streams:
          books:

        """

    private static func diagnostics(_ stream: String, sinks: String = "") throws -> [String] {
        let world = try World()
        let lines = stream.split(separator: "\n").map { "    \($0)\n" }.joined()
        try world.write("services/shelf.yaml", head + lines + sinks)
        return try world.diagnostics().split(separator: "\n").map(String.init)
            .filter { !$0.contains("is used nowhere") && !$0.contains("use it as") }
    }

    static let good = """
        parts: { site: "${settings.sites}" }
        request: { method: GET, path: "/${path(part.site)}/books", query: { day: "${window.start}", state: "${window.state}" } }
        zip: { keys: "${settings.names}" }
        add: { site: "${part.site}", day: "${window.end}" }
        id: "${settings.names}"
        incremental: { days: { zone: Europe/Berlin, start: "${settings.since}" } }
        """

    @Test("parts and days are decoded to the last value")
    func readsParts() throws {
        #expect(try Self.diagnostics(Self.good) == [])
        let world = try World()
        let days = """
            { zone: America/Los_Angeles, history: 480, lag: 3, lookback: 2, provisional: true, states: [a, b], most: 7,
              probe: { request: { method: GET, path: "/${path(part.site)}/${window.end}" }, from: meta.open, days: 9 } }
            """
        let text = Self.good.replacing("{ zone: Europe/Berlin, start: \"${settings.since}\" }", with: days)
            .replacing("id: \"${settings.names}\"", with: "id: [site, word]\nomitted: true")
        try world.write(
            "services/shelf.yaml",
            Self.head + text.split(separator: "\n").map { "    \($0)\n" }.joined()
        )
        let stream = try #require(try world.load().services["shelf"]?.streams["books"])
        #expect(stream.parts.map(\.name) == ["site"] && stream.mayOmitRecords)
        #expect(stream.id == FieldPath(segments: [.name(RecordForm.identifier)]))
        let form = try #require(stream.form)
        #expect(form.zipped?.path.description == "keys" && form.added.map(\.name) == ["site", "day"])
        guard case .fields(let fields) = form.identity else {
            Issue.record("no fields")
            return
        }
        #expect(fields.map(\.description) == ["site", "word"])
        let read = try #require(stream.days)
        #expect(read.zone == "America/Los_Angeles" && read.history == 480 && read.lag == 3 && read.lookback == 2)
        #expect(read.states == ("a", "b") && read.most == 7 && read.start == nil)
        #expect(read.probe?.firstOpenDay.description == "meta.open" && read.probe?.days == 9)
    }

    @Test(
        "each mistake is reported where it stands",
        arguments: [
            (
                "${path(part.site)}/books", "all/books",
                "services/shelf.yaml:12:14: error: the request does not use '${part.site}': all parts would be the same [config.unsafe_service]"
            ),
            (
                "${path(part.site)}/books", "${path(part.sit)}/books",
                "services/shelf.yaml:13:35: error: 'part' has no 'sit' [config.invalid_template]"
            ),
            (
                "${path(part.site)}/books", "${part.site}/books",
                "services/shelf.yaml:13:35: error: '${part.site}' stands in the path as it is: one with a slash in it would lead elsewhere [config.unsafe_service]"
            ),
            (
                "{ site: \"${settings.sites}\" }", "{ site: \"${settings.host}\" }",
                "services/shelf.yaml:12:20: error: 'site' refers to 'host', which is no setting of type list [config.invalid_template]"
            ),
            (
                "{ site: \"${settings.sites}\" }", "{ site: \"${settings.some}\" }",
                "services/shelf.yaml:12:20: error: 'site' refers to 'some', which need not be given [config.invalid_value]"
            ),
            (
                "{ site: \"${settings.sites}\" }", "{ site: a }",
                "services/shelf.yaml:12:20: error: 'site' must be a setting of type list [config.invalid_template]"
            ),
            (
                "day: \"${window.start}\", ", "",
                "services/shelf.yaml:17:26: error: the request does not use '${window.start}': all days would be the same [config.unsafe_service]"
            ),
            (
                "keys: \"${settings.names}\"", "keys: \"${settings.since}\"",
                "services/shelf.yaml:14:18: error: 'keys' refers to 'since', which is no setting of type list [config.invalid_template]"
            ),
            (
                ", start: \"${settings.since}\"", "",
                "services/shelf.yaml:17:26: error: 'days' does not say which is the first [config.missing_key]"
            ),
            (
                "Europe/Berlin", "Europe/Berlim",
                "services/shelf.yaml:17:34: error: unknown time zone 'Europe/Berlim' [config.invalid_value]"
            ),
            (
                "start: \"${settings.since}\"", "start: \"${settings.since}\", states: [final]",
                "services/shelf.yaml:17:85: error: 'states' are two: that of final days, and that of days that are not [config.invalid_value]"
            ),
            (
                "incremental:", "deletes: { scans: 1 }\nincremental:",
                "services/shelf.yaml:17:23: error: 'scans' does not go with 'days': a pull reads some days only, each as a whole [config.unsafe_service]"
            ),
            (
                "incremental:", "find: { method: GET, path: \"/${path(match.value)}\" }\nincremental:",
                "services/shelf.yaml:12:5: error: 'find' does not go with 'parts', 'days' or an identifier of several fields [config.unsafe_service]"
            ),
        ]
    )
    func isReported(_ old: String, _ new: String, _ report: String) throws {
        let stream = Self.good.replacing(old, with: new)
        #expect(stream != Self.good)
        #expect(try Self.diagnostics(stream).filter { !$0.hasPrefix("  hint") } == [report])
    }

    @Test("a lost answer cannot be looked for where identifiers are made of parts")
    func refusesToSearchParts() throws {
        let sinks = """
            sinks:
              books:
                create:
                  request: { method: POST, path: /books, body: "${record.fields}" }
                  repeatable: false
                  after_unknown: { scan: books }

            """
        #expect(try Self.diagnostics(Self.good, sinks: sinks).first?.contains("has other identifiers") == true)
    }
}
