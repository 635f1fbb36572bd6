import ArgumentParser
import FerryAPI
import FerryConfiguration
import FerryCore
import FerryHTTP
import FerryJSON
import FerryServices
import Glibc

/// Reads a page straight from a service, as its description says.
struct TryServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Read a page of a stream straight from a service, and show what was asked and what came.",
        discussion: """
            Needs no daemon, and writes nothing anywhere. Settings come from an integration (its 'config'), one by one \
            with --set, or both. Secrets are read where --secret says, never from the command line; they are left out \
            of everything that is printed.
            """
    )

    @Argument(help: "The description's file, or the name of a service (see 'ferryctl services').") var service: String
    @Option(help: "The stream (default: the only one there is).") var stream: String?
    @OptionGroup var given: GivenSettings
    @Option(help: "Take the settings from this integration: its file, or its name.") var integration: String?
    @Option(help: "How many pages to read at most, up to 100.") var pages = 1
    @OptionGroup var catalogue: ServiceCatalogue
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...100).contains(pages) else { throw ValidationError("--pages is from 1 to 100.") }
        _ = try given.all()
    }

    func run() async throws {
        try await options.perform { _, console in
            let description = try described()
            let stream = try chosenStream(of: description)
            let settings = TrialSettings(for: description, integration: integrationFile, given: try given.all())
            try require(settings)
            let client = HTTPClient()
            defer { client.shutdown() }
            let trial: StreamTrial
            do {
                trial = try await StreamTrial(
                    of: stream,
                    in: description,
                    settings: settings.settings,
                    secrets: settings.secrets,
                    resolver: FileSecretResolver(),
                    client: client,
                    clock: SystemClock(),
                    pages: pages
                )
            } catch let failure as SyncFailure {
                throw CommandFailure(ErrorBody(failure))
            }
            let report = TrialReport(stream: stream, trial)
            if options.json { console.line(report.json) } else { report.show(on: console) }
            guard let failure = trial.failure else { return }
            if !options.json { Console(descriptor: STDERR_FILENO).show(ErrorBody(failure)) }
            throw ExitStatus(code: failure.code.rawValue)
        }
    }

    // MARK: What to try

    private func described() throws -> ServiceDescription {
        guard service.contains("/") || service.hasSuffix(".yaml") || service.hasSuffix(".yml") else {
            return try catalogue.description(of: service)
        }
        let readings = ServiceFiles(builtIn: BuiltInServices.all).read([service])
        let findings = Findings(readings.flatMap(\.diagnostics))
        if !options.json { findings.show(on: Console(descriptor: STDERR_FILENO)) }
        if let description = readings.first?.description { return description }
        throw CommandFailure(
            ErrorBody(
                code: readings.first?.diagnostics.first?.code.rawValue ?? ErrorCode.configSyntax.rawValue,
                message: "the description has errors: \(findings.summary(of: 1, "file"))",
                hint: options.json ? "run 'ferryctl services check \(service)'" : "correct what is listed above"
            )
        )
    }

    private func chosenStream(of description: ServiceDescription) throws -> String {
        let listed = description.streams.filter { $0.value.request != nil }.keys.sorted()
        if let stream {
            if listed.contains(stream) { return stream }
            let reason = description.streams[stream]?.unlistedReason
            throw CommandFailure(
                ErrorBody(
                    code: ErrorCode.configUnknownResource.rawValue,
                    message: reason.map { "'\(stream)' cannot be listed: \($0)" }
                        ?? "'\(description.name)' has no stream '\(stream)'",
                    hint: listed.isEmpty ? nil : "there are: \(listed.joined(separator: ", "))"
                )
            )
        }
        if listed.count == 1 { return listed[0] }
        throw CommandFailure(
            ErrorBody(
                code: ErrorCode.configUnknownResource.rawValue,
                message: listed.isEmpty
                    ? "'\(description.name)' has no stream that can be listed" : "say which stream",
                hint: listed.isEmpty
                    ? "what is only pushed cannot be tried this way"
                    : "add --stream and one of: \(listed.joined(separator: ", "))"
            )
        )
    }

    // MARK: Settings

    private var integrationFile: String? {
        integration.map { integration in
            guard !integration.contains("/"), !integration.hasSuffix(".yaml"), !integration.hasSuffix(".yml") else {
                return integration
            }
            let file = "\(catalogue.config)/integrations/\(integration)"
            return access("\(file).yml", F_OK) == 0 ? "\(file).yml" : "\(file).yaml"
        }
    }

    private func require(_ settings: TrialSettings) throws {
        let errors = Console(descriptor: STDERR_FILENO)
        if !options.json { Findings(settings.diagnostics).show(on: errors) }
        guard !settings.isUsable else { return }
        var failures = settings.problems.map(ErrorBody.init)
        if let first = settings.diagnostics.first(where: { $0.severity == .error }), failures.isEmpty {
            failures = [
                ErrorBody(
                    code: first.code.rawValue,
                    message: "the integration's 'config' has errors" + (options.json ? ": \(first.message)" : ""),
                    hint: options.json ? first.hint : "correct what is listed above"
                )
            ]
        }
        if !options.json { for failure in failures.dropLast() { errors.show(failure) } }
        guard let last = options.json ? failures.first : failures.last else { return }
        throw CommandFailure(last)
    }
}

extension ErrorBody {
    fileprivate init(_ failure: SyncFailure) {
        self.init(code: failure.code.rawValue, message: failure.message, hint: failure.hint)
    }
}
