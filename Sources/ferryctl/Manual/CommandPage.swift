/// The manual page of a program, from what the program says of itself.
struct CommandPage {
    /// What the argument parser prints with `--experimental-dump-help`: the commands and their arguments.
    struct Description: Decodable {
        var command: Command
    }

    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var shouldDisplay: Bool?
        var arguments: [Argument]?
        var subcommands: [Command]?
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }

        var kind: String
        var shouldDisplay: Bool?
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var abstract: String?
        var discussion: String?
        var defaultValue: String?
        var allValues: [String]?
    }

    let command: Command
    let section: Int

    /// What no command says of itself.
    struct Notes {
        var sections: [(title: String, entries: [(term: String, text: String)])]
        var examples: String
        var seeAlso: [(name: String, section: Int)]
    }

    /// The page's text.
    func text(_ notes: Notes) -> String {
        var roff = Roff()
        roff.title(command.commandName, section: section, command.abstract ?? "")
        let commands = (command.subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
        roff.section("SYNOPSIS")
        for (index, subcommand) in commands.enumerated() {
            if index > 0 { roff.lineBreak() }
            roff.line(Self.usage(subcommand, of: command.commandName))
        }
        roff.section("DESCRIPTION")
        roff.line(command.discussion ?? command.abstract ?? "")
        roff.section("COMMANDS")
        for subcommand in commands { add(subcommand, to: &roff) }
        for part in notes.sections {
            roff.section(part.title)
            roff.list { roff in
                for entry in part.entries {
                    roff.item(entry.term)
                    roff.line(entry.text)
                }
            }
        }
        roff.section("EXAMPLES")
        roff.example(notes.examples)
        roff.seeAlso(notes.seeAlso)
        return roff.text
    }

    private func add(_ subcommand: Command, to roff: inout Roff) {
        roff.subsection(subcommand.commandName)
        roff.line(subcommand.abstract ?? "")
        if let discussion = subcommand.discussion { roff.paragraph(discussion) }
        let arguments = Self.shown(subcommand)
        guard !arguments.isEmpty else { return }
        roff.list { roff in
            for argument in arguments {
                roff.item(Self.term(argument))
                roff.line(Self.sentence(argument))
            }
        }
    }

    /// All but what every command has.
    private static func shown(_ command: Command) -> [Argument] {
        (command.arguments ?? []).filter { argument in
            argument.shouldDisplay != false
                && !(argument.names ?? []).contains { $0.name == "help" || $0.name == "version" }
        }
    }

    private static func usage(_ command: Command, of program: String) -> String {
        let arguments = shown(command).map { argument -> String in
            var text = term(argument)
            if argument.isRepeating { text += " ..." }
            return argument.isOptional || argument.defaultValue != nil ? "[\(text)]" : text
        }
        return ([program, command.commandName] + arguments).joined(separator: " ")
    }

    private static func term(_ argument: Argument) -> String {
        let value = "<\(argument.valueName ?? "value")>"
        guard argument.kind != "positional" else { return value }
        let names = (argument.names ?? []).map { ($0.kind == "short" ? "-" : "--") + $0.name }.joined(separator: ", ")
        return argument.kind == "flag" ? names : "\(names) \(value)"
    }

    private static func sentence(_ argument: Argument) -> String {
        var text = [argument.abstract, argument.discussion].compactMap { $0 }.joined(separator: " ")
        if let values = argument.allValues, !values.isEmpty, !values.contains(where: { text.contains($0) }) {
            text += " One of: \(values.joined(separator: ", "))."
        }
        if let value = argument.defaultValue, !text.contains("default") { text += " Default: \(value)." }
        return text
    }
}
