import ArgumentParser
import FerryAPI
import FerryConfiguration
import FerryCore
import FerryServices
import FerryTransforms
import Glibc

/// Lists the services that integrations can name, or shows the settings of one.
struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "List the service types, or show what one needs in an integration's 'config'.",
        discussion: "Needs no daemon. Services of your own are read from services/ in the configuration directory."
    )

    @Argument(help: "The service to show.") var name: String?
    @Option(help: "The configuration directory.") var config = "/etc/ferry"
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let services = ConfigurationLoader(
            directory: config,
            builtInServices: BuiltInServices.all,
            transforms: BuiltInTransforms()
        ).load().services
        try await options.perform { _, console in
            guard let name else { return try list(services.values.sorted { $0.name < $1.name }, console) }
            guard let service = services[name] else {
                throw CommandFailure(
                    ErrorBody(
                        code: ErrorCode.configUnknownType.rawValue,
                        message: "there is no service '\(name)'",
                        hint: "there are: \(services.keys.sorted().joined(separator: ", "))"
                    )
                )
            }
            try show(service, console)
        }
    }

    private func list(_ services: [ServiceDescription], _ console: Console) throws {
        if options.json { return try printJSON(services.map(ServiceView.init), console) }
        for service in services {
            console.line("\(service.name)  \(service.title): \(service.resources.joined(separator: ", "))")
        }
    }

    private func show(_ service: ServiceDescription, _ console: Console) throws {
        let view = ServiceView(service)
        if options.json { return try printJSON(view, console) }
        console.line("\(view.name): \(view.title)")
        console.line("")
        console.line("Settings ('config'):")
        for setting in view.settings {
            var notes = [setting.type]
            if setting.required { notes.append("required") }
            if setting.secret { notes.append("secret") }
            if let value = setting.default { notes.append("default \(WireFormat.text(value))") }
            console.line("  \(setting.name) (\(notes.joined(separator: ", ")))")
            if let summary = setting.description { console.line("      \(summary)") }
        }
        console.line("")
        console.line("Resources:")
        for resource in view.resources {
            console.line("  \(resource.name): \(resource.directions.joined(separator: ", "))")
            if let note = resource.note { console.line("      not pulled: \(note)") }
        }
    }

    private func printJSON(_ payload: some Encodable & Sendable, _ console: Console) throws {
        console.line(String(decoding: try WireFormat.encode(Envelope(data: payload)), as: UTF8.self))
    }
}

/// A service as `--json` shows it.
private struct ServiceView: Codable, Sendable {
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
    let settings: [Setting]
    let resources: [Resource]

    init(_ service: ServiceDescription) {
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
}
