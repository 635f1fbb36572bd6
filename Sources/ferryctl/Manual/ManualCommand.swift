import ArgumentParser
import FerryAPI

/// Prints a manual page, made from what the programs and the readers of the files say of themselves.
///
/// `make` calls it; nobody else has to.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print the source of a manual page.",
        discussion: """
            Needs no daemon. The pages of the programs are made from what they print with --experimental-dump-help, which \
            is read from the standard input.
            """,
        shouldDisplay: false
    )

    /// The pages.
    enum Page: String, ExpressibleByArgument, CaseIterable {
        case ferryctl
        case ferryd
        case sandbox = "ferry-sandbox"
        case settings = "ferry.yaml"
        case service = "ferry-service"
    }

    @Argument(help: "The page.") var page: Page

    func run() throws {
        let text =
            switch page {
            case .ferryctl: try program(section: 1, .ferryctl)
            case .ferryd: try program(section: 8, .ferryd)
            case .sandbox: try program(section: 1, .sandbox)
            case .settings: FilePage.settings.text
            case .service: FilePage.service.text
            }
        print(text, terminator: "")
    }

    private func program(section: Int, _ notes: CommandPage.Notes) throws -> String {
        let description = try WireFormat.decode(CommandPage.Description.self, from: try InputFile.read(nil))
        return CommandPage(command: description.command, section: section).text(notes)
    }
}
