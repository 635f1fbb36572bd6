import ArgumentParser
import FerryAPI
import FerryConfiguration
import FerryCore
import Glibc

/// Writes a file to begin with.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write an integration's file to begin with: the service's example, with your answers filled in.",
        discussion: """
            On a terminal it asks for the settings that must be there and were not given. The file goes to the standard \
            output, or to --output, where nothing is overwritten.
            """
    )

    @Argument(help: "The service (see 'ferryctl services').") var type: String
    @Option(help: "The integration's identifier (default: the example's).") var id: String?
    @Option(help: "The file to write.") var output: String?
    @OptionGroup var given: GivenSettings
    @OptionGroup var catalogue: ServiceCatalogue
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        _ = try given.all()
        guard let id else { return }
        guard !id.isEmpty, id.utf8.allSatisfy(Self.isIdentifier) else {
            throw ValidationError("An identifier has lower-case letters, digits, '_' and '-'.")
        }
    }

    func run() async throws {
        try await options.perform { _, console in
            let service = try catalogue.description(of: type)
            var file = StarterFile(StarterExample.text(for: type) ?? StarterExample.sketch(of: service))
            var answers = try given.all()
            if isatty(STDIN_FILENO) == 1 { answers += try ask(service, except: Set(answers.map(\.name)), file) }
            try check(answers, for: service)
            if let id { file.set("id", to: id) }
            for (name, value) in answers {
                file.setSetting(name, to: YAMLText.value(value, of: service.settings.first { $0.name == name }))
            }
            guard let output else {
                console.line(file.text.hasSuffix("\n") ? String(file.text.dropLast()) : file.text)
                return
            }
            try write(file.text, to: output)
            console.line(
                "\(output) is written. Look through its mappings, then set 'enabled: true' and run 'ferryctl check'."
            )
        }
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: Answers

    /// Asks for what must be there.
    private func ask(
        _ service: ServiceDescription,
        except given: Set<String>,
        _ file: StarterFile
    ) throws -> [(name: String, value: TrialSettings.Given)] {
        let console = Console(descriptor: STDERR_FILENO)
        var answers: [(name: String, value: TrialSettings.Given)] = []
        for setting in service.settings where setting.isRequired && !given.contains(setting.name) {
            console.line(setting.summary ?? setting.name)
            while true {
                let question =
                    setting.isSecret
                    ? "where '\(setting.name)' is (env:NAME, file:PATH, credential:NAME)" : setting.name
                Console.write("  \(question): ", to: console.descriptor)
                guard let answer = readLine() else { throw ExitStatus.failed }
                // The example's value stays.
                if answer.isEmpty { break }
                if !setting.isSecret {
                    answers.append((setting.name, .value(answer)))
                } else if let reference = GivenSettings.reference(answer) {
                    answers.append((setting.name, .secret(reference)))
                } else {
                    console.line("  Say where the secret is, not what it is: it does not belong into the file.")
                    continue
                }
                break
            }
        }
        return answers
    }

    /// Checks what was given; what is missing stays as the example has it.
    private func check(_ answers: [(name: String, value: TrialSettings.Given)], for service: ServiceDescription) throws
    {
        let settings = TrialSettings(for: service, given: answers)
        let problem = settings.problems.first { $0.severity == .error && $0.code != .configMissingKey }
        if let problem { throw CommandFailure(ErrorBody(problem)) }
    }

    private func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let isThere = errno == EEXIST
            throw CommandFailure(
                ErrorBody(
                    code: ErrorCode.configUnreadable.rawValue,
                    message: isThere
                        ? "'\(path)' exists already, and is not overwritten"
                        : "'\(path)' cannot be written: \(String(cString: strerror(errno)))",
                    hint: isThere
                        ? "name another file, or remove it first" : "name a file in a directory that you may write to"
                )
            )
        }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                throw CommandFailure(
                    ErrorBody(
                        code: ErrorCode.configUnreadable.rawValue,
                        message: "'\(path)' cannot be written: \(String(cString: strerror(errno)))",
                        hint: "see whether the disk is full"
                    )
                )
            }
            rest = rest.dropFirst(count)
        }
    }
}
