import FerryCore

/// The example of each service, as it is installed.
enum StarterExample {
    /// The texts; of several for one service, the first is its example.
    private static let texts = [
        PackageResources.products_yaml, PackageResources.newsletter_yaml,
        PackageResources.analytics_yaml, PackageResources.entities_yaml, PackageResources.blog_yaml,
        PackageResources.search_yaml,
    ]

    /// The text of a service's example; `nil` for a service that has none, such as one of the user's own.
    static func text(for service: String) -> String? {
        texts.lazy.map { String(decoding: $0, as: UTF8.self) }.first { text in
            text.split(separator: "\n").contains { line in
                guard line.hasPrefix("type: ") else { return false }
                return line.dropFirst(6).prefix { $0 != " " } == service[...]
            }
        }
    }

    /// A file for a service that has no example: what its description says, as a start.
    static func sketch(of service: ServiceDescription) -> String {
        var lines = [
            "# Fill in `config` and the mappings, set `enabled: true`, then try `ferryctl check` and `ferryctl test \(service.name)`.",
            "", "id: \(service.name)", "name: \(YAMLText.scalar(service.title))", "type: \(service.name)",
            "enabled: false",
            "store: main", "", "config:",
        ]
        for setting in service.settings {
            let summary = setting.summary.map { "   # \($0)" } ?? ""
            let value =
                setting.isSecret
                ? "{ credential: \(service.name)-\(setting.name.replacing("_", with: "-")) }"
                : setting.defaultValue?.compactText ?? "\"\""
            lines.append("  \(setting.isRequired ? "" : "# ")\(setting.name): \(value)\(summary)")
        }
        let directions = Set(service.resources.flatMap { service.directions(of: $0) })
        lines += ["", "schedule:"]
        if directions.contains(.pull) { lines.append("  pull: { every: 1h }") }
        if directions.contains(.push) { lines.append("  push: { every: 15m }") }
        lines += ["", "entities:"]
        for resource in service.resources where service.actions[resource] == nil {
            let ways = service.directions(of: resource).map(\.rawValue).sorted().joined(separator: ", ")
            guard !ways.isEmpty else { continue }
            lines += [
                "  - type: \(resource.replacing("-", with: "_"))",
                "    resource: \(YAMLText.scalar(resource))   # \(ways)",
                "    field_mappings:   # source is the local field, target the service's",
                "      - { source: fields.id, target: \(service.streams[resource]?.id.description ?? "id") }",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    fileprivate func replacing(_ character: Character, with text: String) -> String {
        reduce(into: "") { $0 += $1 == character ? text : String($1) }
    }
}
