import ArgumentParser
import Glibc

/// The program: parses the arguments, runs the command and ends with one of the documented exit codes.
@main
enum FerryctlMain {
    static func main() async {
        do {
            let arguments = hoistingGlobalOptions(Array(CommandLine.arguments.dropFirst()))
            let command = try Ferryctl.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch let status as ExitStatus {
            exit(status.rawValue)
        } catch {
            // Help and the version arrive here, too, as errors that are none.
            let isUsage = Ferryctl.exitCode(for: error) != .success
            let text = Ferryctl.fullMessage(for: error)
            if !text.isEmpty { Console.write(text + "\n", to: isUsage ? STDERR_FILENO : STDOUT_FILENO) }
            exit(isUsage ? ExitStatus.usage.rawValue : 0)
        }
    }

    /// Moves `--socket` and `--json` in front of a command's name behind it, where the parser expects them.
    static func hoistingGlobalOptions(_ arguments: [String]) -> [String] {
        var options: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if first == "--json" || first.hasPrefix("--socket=") {
                options.append(rest.removeFirst())
            } else if first == "--socket", rest.count > 1 {
                options += [rest.removeFirst(), rest.removeFirst()]
            } else {
                break
            }
        }
        guard let name = rest.first, !name.hasPrefix("-") else { return arguments }
        // A command with commands of its own leaves the options to them.
        let isGroup = rest.count > 1 && ServicesCommand.names.contains(rest[rest.startIndex + 1])
        let names = name == "services" && isGroup ? rest.prefix(2) : [name]
        return names + options + rest.dropFirst(names.count)
    }
}
