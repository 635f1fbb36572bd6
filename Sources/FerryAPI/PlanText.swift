public import FerryCore

/// A plan as people read it: what the socket and `ferryd once --plan` give as JSON, in lines.
public struct PlanText {
    /// What a colour means.
    public enum Style: Sendable {
        /// Something is made.
        case good
        /// Something goes, or goes wrong.
        case bad
        /// Something changes, or needs a person.
        case notable
        /// Something that matters less.
        case faint
        /// A name.
        case strong
    }

    private let plan: JSONValue
    private let styled: (String, Style) -> String

    /// The text of a plan.
    ///
    /// - Parameters:
    ///   - plan: the document of a ``Plan``.
    ///   - styled: gives a text a colour; the text as it is for none.
    public init(_ plan: JSONValue, styled: @escaping (String, Style) -> String) {
        self.plan = plan
        self.styled = styled
    }

    /// The lines, without line breaks.
    public var lines: [String] {
        let entities = plan["entities"]?.elements ?? []
        var lines = [summary(of: entities)]
        for entity in entities { lines += self.lines(of: entity) }
        if let message = plan["error"]?["message"]?.string {
            let isPartial = plan["state"]?.string == "partial"
            let verdict =
                isPartial ? styled("the job would be done in part:", .notable) : styled("the job would fail:", .bad)
            lines += ["", "\(verdict) \(Self.clean(message)) [\(plan["error"]?["code"]?.string ?? "")]"]
            if let hint = plan["error"]?["hint"]?.string {
                lines.append("\(styled("hint:", .notable)) \(Self.clean(hint))")
            }
        }
        lines += list("note:", plan["notes"])
        lines += list("cannot be known in advance:", plan["unknown"])
        return lines
    }

    // MARK: Parts

    private func summary(of entities: [JSONValue]) -> String {
        func sum(_ count: (JSONValue) -> Int?) -> Int { entities.reduce(0) { $0 + (count($1) ?? 0) } }
        let counts = [
            (sum { $0["creates"]?["count"]?.integer }, "to create"),
            (sum { $0["updates"]?["count"]?.integer }, "to update"),
            (sum { $0["deletes"]?["count"]?.integer }, "to delete"),
            (sum { $0["links"]?["count"]?.integer }, "to link"),
            (sum { $0["refused"]?["count"]?.integer }, "to set aside"),
            (sum { $0["held"]?["count"]?.integer }, "held"),
            (sum { $0["setAside"]?["count"]?.integer }, "set aside already"),
            (sum { $0["counts"]?["skipped"]?.integer }, "left out"),
            (sum { $0["counts"]?["unchanged"]?.integer }, "unchanged"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let job = "\(plan["direction"]?.string ?? "") of '\(plan["integrationId"]?.string ?? "")'"
        let isEmpty = plan["isEmpty"]?.bool == true
        let what = (isEmpty ? ["nothing to do"] : []) + counts
        let text = what.isEmpty ? "nothing" : what.joined(separator: ", ")
        return "\(styled(job, .strong)), not done but planned: \(text)"
    }

    private func lines(of entity: JSONValue) -> [String] {
        var lines: [String] = []
        if entity["makesTable"]?.bool == true {
            lines.append("  the table would be made")
        }
        let columns = entity["addsColumns"]?.elements.compactMap(\.string) ?? []
        if !columns.isEmpty {
            lines.append("  the table would get columns: \(columns.map(Self.clean).joined(separator: ", "))")
        }
        for leftover in entity["leftovers"]?.elements ?? [] { lines.append("  " + text(ofLeftover: leftover)) }
        lines += writes(entity["creates"], "+", "create", .good)
        lines += writes(entity["updates"], "~", "update", .notable)
        lines += records(entity["deletes"], "-", "delete", .bad)
        if let verdict = entity["deleteGuard"], !verdict.isNull, verdict["stopsJob"]?.bool == true {
            let count = "\(verdict["deletes"]?.integer ?? 0) of \(verdict["linked"]?.integer ?? 0) linked records"
            lines.append(styled("  the delete guard would stop the job before any of these: \(count)", .bad))
        }
        if let links = entity["links"]?["count"]?.integer, links > 0 {
            lines.append("  = link \(links) with the records that are there already")
        }
        lines += conflicts(entity["held"])
        lines += refusals(entity["refused"], "set aside")
        lines += refusals(entity["setAside"], "still set aside")
        guard !lines.isEmpty else { return [] }
        let isPush = plan["direction"]?.string == "push"
        let type = Self.clean(entity["type"]?.string ?? "")
        let title = "\(type) \(isPush ? "→" : "←") \(entity["resource"]?.string ?? "")"
        return ["", styled(title, .strong)] + lines
    }

    private func writes(_ listing: JSONValue?, _ sign: String, _ verb: String, _ style: Style) -> [String] {
        var lines: [String] = []
        for write in listing?["listed"]?.elements ?? [] {
            var line = "  \(styled("\(sign) \(verb)", style)) \(identifiers(write))"
            if let former = write["formerLocalId"]?.string { line += ", now '\(Self.clean(former))'" }
            if write["isLinked"]?.bool == true { line += ", linked with the record that is there already" }
            lines.append(line)
            let fields = write["fields"]?.elements ?? []
            let width = fields.map { Self.clean($0["field"]?.string ?? "").count }.max() ?? 0
            for field in fields {
                let name = Self.clean(field["field"]?.string ?? "")
                let padding = String(repeating: " ", count: max(0, min(width, 30) - name.count))
                lines.append("      \(styled(name, .faint))\(padding)  \(PlanFieldText(field).text)")
            }
            if fields.isEmpty { lines.append("      no field differs from what is there now") }
        }
        return lines + more(listing, verb)
    }

    private func records(
        _ listing: JSONValue?,
        _ sign: String,
        _ verb: String,
        _ style: Style
    ) -> [String] {
        let lines = (listing?["listed"]?.elements ?? []).map { record in
            "  \(styled("\(sign) \(verb)", style)) \(identifiers(record))"
        }
        return lines + more(listing, verb)
    }

    private func conflicts(_ listing: JSONValue?) -> [String] {
        let lines = (listing?["listed"]?.elements ?? []).map { conflict in
            let fields = conflict["fields"]?.elements.compactMap(\.string) ?? []
            let reason =
                switch conflict["kind"]?.string {
                case "local_deleted": "deleted here, changed there"
                case "remote_deleted": "changed here, deleted there"
                default: "both sides changed \(fields.isEmpty ? "it" : fields.map(Self.clean).joined(separator: ", "))"
                }
            let number = conflict["id"]?.integer.map { " (conflict \($0))" } ?? ""
            return "  \(styled("! hold", .notable)) \(identifiers(conflict)): \(reason)\(styled(number, .faint))"
        }
        return lines + more(listing, "hold")
    }

    private func refusals(_ listing: JSONValue?, _ verb: String) -> [String] {
        let lines = (listing?["listed"]?.elements ?? []).map { refusal in
            "  \(styled("× \(verb)", .bad)) \(Self.clean(refusal["id"]?.string ?? "")): "
                + "\(Self.clean(refusal["message"]?.string ?? "")) [\(refusal["code"]?.string ?? "")]"
        }
        return lines + more(listing, verb)
    }

    /// How many there are beside those that are listed.
    private func more(_ listing: JSONValue?, _ verb: String) -> [String] {
        let rest = (listing?["count"]?.integer ?? 0) - (listing?["listed"]?.elements.count ?? 0)
        return rest > 0 ? [styled("    … and \(rest) more to \(verb)", .faint)] : []
    }

    private func identifiers(_ record: JSONValue) -> String {
        let remoteID = record["remoteId"]?.string.map { " (\(Self.clean($0)))" } ?? ""
        return Self.clean(record["localId"]?.string ?? "") + styled(remoteID, .faint)
    }

    private func text(ofLeftover leftover: JSONValue) -> String {
        let records = leftover["records"]?.integer ?? 0
        let operation = leftover["operation"]?.string ?? ""
        let found = leftover["landed"]?.integer.map { "\($0) of them are at the service" } ?? "they would be sent again"
        return "an earlier job had no answer when it sent \(records) records to \(operation): \(found)"
    }

    private func list(_ title: String, _ sentences: JSONValue?) -> [String] {
        let sentences = sentences?.elements.compactMap(\.string) ?? []
        guard !sentences.isEmpty else { return [] }
        return ["", styled(title, .faint)] + sentences.map { "  - \(Self.clean($0))" }
    }

    /// Other people's text without what could change how a terminal shows the rest: control and direction characters.
    static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.value {
                    case 0x202A...0x202E, 0x2066...0x2069: " "
                    default: scalar.properties.generalCategory == .control ? " " : scalar
                    }
                }
            )
        )
    }
}

extension JSONValue {
    fileprivate var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}
