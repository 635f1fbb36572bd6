import FerryAPI
import FerryCore

/// A service as `--json` shows it.
struct ServiceView: Codable, Sendable {
    struct Setting: Codable, Sendable {
        let name: String
        let type: String
        let required: Bool
        let secret: Bool
        let `default`: JSONValue?
        let description: String?
    }

    struct Resource: Codable, Sendable {
        let name: String
        let directions: [String]
        let note: String?
    }

    let name: String
    let title: String
    /// The file that describes it; absent for one that is built in.
    let file: String?
    let settings: [Setting]
    let resources: [Resource]

    init(_ service: ServiceDescription, origin file: String?) {
        self.file = file
        name = service.name
        title = service.title
        settings = service.settings.map {
            Setting(
                name: $0.name,
                type: $0.type.rawValue,
                required: $0.isRequired,
                secret: $0.isSecret,
                default: $0.defaultValue,
                description: $0.summary
            )
        }
        resources = service.resources.map { name in
            Resource(
                name: name,
                directions: service.directions(of: name).map(\.rawValue).sorted(),
                note: service.streams[name]?.unlistedReason
            )
        }
    }

    /// Where it comes from, for people.
    var origin: String { file ?? "built in" }

    /// Writes it.
    func show(on console: Console, asJSON: Bool) throws {
        if asJSON { return try console.json(self) }
        console.line("\(name): \(title) (\(origin))")
        console.line("")
        console.line("Settings ('config'):")
        for setting in settings {
            var notes = [setting.type]
            if setting.required { notes.append("required") }
            if setting.secret { notes.append("secret") }
            if let value = setting.default { notes.append("default \(WireFormat.text(value))") }
            console.line("  \(setting.name) (\(notes.joined(separator: ", ")))")
            if let summary = setting.description { console.line("      \(summary)") }
        }
        console.line("")
        console.line("Resources:")
        for resource in resources {
            console.line("  \(resource.name): \(resource.directions.joined(separator: ", "))")
            if let note = resource.note { console.line("      not pulled: \(note)") }
        }
    }
}
