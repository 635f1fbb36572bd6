import ArgumentParser
import FerryConfiguration

/// Prints a JSON Schema for editors, made from the same declarations that read the files.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a kind of configuration file.",
        discussion: "Needs no daemon. The files in etc/ferry/schema are this command's output."
    )

    /// The kinds of files.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case ferry
        case integration
        case service
    }

    @Argument(help: "The kind of file: ferry (ferry.yaml), integration or service.") var kind: Kind

    func run() {
        let text =
            switch kind {
            case .ferry: ConfigurationSchema.ferry()
            case .integration: ConfigurationSchema.integration()
            case .service: ConfigurationSchema.service()
            }
        print(text, terminator: "")
    }
}
