import ArgumentParser

/// Everything about the services that integrations can name.
struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "List the service types, show what one needs, check and try descriptions of your own.",
        discussion: """
            Needs no daemon. Services of your own are read from services/ in the configuration directory. \
            'ferryctl services NAME' is short for 'ferryctl services show NAME'.
            """,
        subcommands: [
            ListServicesCommand.self, ShowServiceCommand.self, CheckServicesCommand.self,
            TryServiceCommand.self,
        ],
        defaultSubcommand: ListServicesCommand.self
    )

    /// The names of its commands.
    static var names: [String] { configuration.subcommands.compactMap { $0.configuration.commandName } }
}
