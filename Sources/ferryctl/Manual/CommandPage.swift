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
        let commands = Self.commands(below: command)
        roff.section("SYNOPSIS")
        let called = commands.isEmpty ? [command] : commands.filter { Self.commands(below: $0).isEmpty }
        for (index, one) in called.enumerated() {
            if index > 0 { roff.lineBreak() }
            roff.line(usage(one))
        }
        roff.section("DESCRIPTION")
        roff.line(command.discussion ?? command.abstract ?? "")
        if commands.isEmpty {
            roff.section("OPTIONS")
            addArguments(of: command, to: &roff)
        } else {
            roff.section("COMMANDS")
            for one in commands { add(one, to: &roff) }
        }
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

    /// The commands below one, each followed by those below it, with the words that they are called by.
    private static func commands(below command: Command) -> [Command] {
        (command.subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }.flatMap { one in
            let below = commands(below: one).map { deeper in
                var deeper = deeper
                deeper.commandName = "\(one.commandName) \(deeper.commandName)"
                return deeper
            }
            return [one] + below
        }
    }

    private func add(_ subcommand: Command, to roff: inout Roff) {
        roff.subsection(subcommand.commandName)
        roff.line(subcommand.abstract ?? "")
        if let discussion = subcommand.discussion { roff.paragraph(discussion) }
        if Self.commands(below: subcommand).isEmpty { addArguments(of: subcommand, to: &roff) }
    }

    private func addArguments(of subcommand: Command, to roff: inout Roff) {
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

    private func usage(_ called: Command) -> String {
        let arguments = Self.shown(called).map { argument -> String in
            var text = Self.term(argument)
            if argument.isRepeating { text += " ..." }
            return argument.isOptional || argument.defaultValue != nil ? "[\(text)]" : text
        }
        let program = command.commandName
        let words = called.commandName == program ? [program] : [program, called.commandName]
        return (words + arguments).joined(separator: " ")
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
