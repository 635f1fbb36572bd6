import ArgumentParser

/// Lists the services that integrations can name.
struct ListServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the service types, built in and of your own.",
        discussion: "Needs no daemon. With a name it shows that one, as 'ferryctl services show' does."
    )

    @Argument(help: "The service to show.") var name: String?
    @OptionGroup var catalogue: ServiceCatalogue
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { _, console in
            if let name { return try catalogue.view(of: name).show(on: console, asJSON: options.json) }
            let views = catalogue.views
            if options.json { return try console.json(views) }
            var table = Table("SERVICE", "TITLE", "ORIGIN", "RESOURCES")
            for view in views {
                let resources = view.resources.map(\.name).joined(separator: ", ")
                table.add(.init(view.name, .strong), .init(view.title), .init(view.origin), .init(resources))
            }
            table.show(on: console)
        }
    }
}

/// Shows what a service needs and what it has.
struct ShowServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a service: the settings it needs in 'config' and its resources; or its whole description.",
        discussion: "Needs no daemon."
    )

    @Argument(help: "The service.") var name: String
    @Flag(help: "Print the description itself, which may be the start of one of your own.") var yaml = false
    @OptionGroup var catalogue: ServiceCatalogue
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if yaml, options.json { throw ValidationError("Say either --yaml or --json.") }
    }

    func run() async throws {
        try await options.perform { _, console in
            guard yaml else { return try catalogue.view(of: name).show(on: console, asJSON: options.json) }
            Console.write(try catalogue.text(of: name), to: console.descriptor)
        }
    }
}
