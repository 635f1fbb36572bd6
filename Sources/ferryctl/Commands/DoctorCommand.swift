import ArgumentParser
import CClock
import FerryAPI
import FerryConfiguration
import FerryServices
import FerryTransforms

/// Looks at everything that Ferry needs, and says what to do about what is wrong.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything that Ferry needs, and say what to do about what is wrong.",
        discussion: """
            The configuration, the state directory, the disks, the clock, the ledger, the credentials and each service, as \
            the daemon sees them. Nothing is changed. Without a daemon only the configuration is looked at.
            Exit codes: 0 nothing is wrong but for warnings, 1 something does not work, 4 the daemon does not answer.
            """
    )

    @Option(help: "The configuration directory, which is looked at where no daemon answers.")
    var config = "/etc/ferry"

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { daemon, console in
            var findings: [Finding]
            var status = ExitStatus.failed
            do {
                findings = try await daemon.get(Examination.self, ["doctor"], timeout: .seconds(300)).payload.findings
                findings.insert(Finding("daemon", .ok, "it answers on \(daemon.socketPath)"), at: 0)
            } catch let failure as CommandFailure where failure.status == .unreachable {
                status = failure.status
                findings = [Finding("daemon", .failed, failure.error.message, hint: failure.error.hint), files]
            }
            findings.append(clock)
            if options.json {
                try console.json(Examination(findings: findings))
            } else {
                for finding in findings { show(finding, console) }
            }
            if findings.contains(where: { $0.state == .failed }) { throw status }
        }
    }

    /// Whether something keeps the clock right, by which certificates and schedules go.
    ///
    /// Looked at from here, since the daemon's sandbox keeps it from looking.
    private var clock: Finding {
        switch ferry_clock_is_kept() {
        case 1: Finding("clock", .ok, "something keeps it right")
        case 0:
            Finding(
                "clock",
                .warning,
                "nothing keeps it right",
                hint: "'timedatectl set-ntp true', or install chrony"
            )
        default: Finding("clock", .warning, "whether something keeps it right cannot be seen here")
        }
    }

    /// The configuration, as it is read here.
    private var files: Finding {
        let loaded = ConfigurationLoader(
            directory: config,
            builtInServices: BuiltInServices.all,
            transforms: BuiltInTransforms()
        ).load()
        let summary = loaded.diagnostics.summary(of: loaded.integrations.count, "integration")
        let hasErrors = loaded.diagnostics.contains { $0.severity == .error }
        return Finding(
            "configuration",
            hasErrors ? .failed : .ok,
            summary,
            hint: hasErrors ? "'ferryctl check \(config)' shows them" : nil
        )
    }

    private func show(_ finding: Finding, _ console: Console) {
        let word =
            switch finding.state {
            case .ok: "ok       "
            case .warning: "warning  "
            case .failed: "FAILED   "
            }
        console.line("\(word)\(finding.subject): \(finding.message)")
        if let hint = finding.hint, finding.state != .ok { console.line("         hint: \(hint)") }
    }
}
