import FerryAPI
import FerryConfiguration
import FerryCore
import FerryEngine
import FerryLedger
import FoundationEssentials
import Glibc

/// Looks at everything that Ferry needs, as the daemon itself sees it: its user, its credentials, its network.
struct Doctor: Sendable {
    let parts: Parts
    /// Tries the connection to an integration's service.
    let test: @Sendable (String) async throws -> ConnectionTest

    /// What there is to say, the machine first.
    func examine() async -> [Finding] {
        var findings = [configuration, stateDirectory] + disks
        findings += await ledger()
        findings += credentials
        return findings + (await services())
    }

    // MARK: The machine

    private var configuration: Finding {
        let errors = parts.configuration.diagnostics.filter { $0.severity == .error }
        guard let first = errors.first else {
            let count = parts.configuration.integrations.count
            return Finding("configuration", .ok, "\(count) integration\(count == 1 ? "" : "s"), no errors")
        }
        return Finding(
            "configuration",
            .failed,
            "\(errors.count) error\(errors.count == 1 ? "" : "s"): \(first.file):\(first.line): \(first.message)",
            hint: "'ferryctl check' shows all of them; 'ferryctl reload' takes over what was mended"
        )
    }

    private var stateDirectory: Finding {
        let path = parts.state.path
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK | W_OK | X_OK) == 0 else {
            return Finding(
                "state directory",
                .failed,
                "\(path) cannot be used: \(String(cString: strerror(errno)))",
                hint: "give it to the user Ferry runs as"
            )
        }
        guard status.st_mode & 0o077 == 0 else {
            return Finding(
                "state directory",
                .warning,
                "\(path) is open to other users",
                hint: "chmod 700 \(path)"
            )
        }
        return Finding("state directory", .ok, "\(path) is this user's alone")
    }

    private var disks: [Finding] {
        var paths = [("state directory", parts.state.path)]
        for (name, store) in parts.configuration.settings.stores.sorted(by: { $0.key < $1.key }) {
            guard case .sqlite(let path) = store else { continue }
            let directory = path.split(separator: "/").dropLast().joined(separator: "/")
            paths.append(("store \(name)", "/" + directory))
        }
        return paths.map { name, path in
            var status = statvfs()
            guard statvfs(path, &status) == 0 else {
                return Finding(
                    "disk of the \(name)",
                    .failed,
                    "\(path) cannot be looked at: \(String(cString: strerror(errno)))",
                    hint: "see ReadWritePaths= and BindPaths= in the service unit, and 'stores' in ferry.yaml"
                )
            }
            let free = Int(status.f_bavail) * Int(status.f_frsize)
            let share = status.f_blocks == 0 ? 100 : Int(status.f_bavail * 100 / status.f_blocks)
            let text = "\(free >> 20) MiB free (\(share) %)"
            guard free >= Self.leastRoom else {
                return Finding(
                    "disk of the \(name)",
                    free < Self.leastRoom / 8 ? .failed : .warning,
                    "\(text) at \(path)",
                    hint: "make room: jobs wait when there is none"
                )
            }
            return Finding("disk of the \(name)", .ok, text)
        }
    }

    /// Less room than this is worth a word, in bytes: a job's logs take up to 64 MiB.
    private static let leastRoom = 512 << 20

    private func ledger() async -> [Finding] {
        guard parts.ledger.isInPlace else {
            return [
                Finding(
                    "ledger",
                    .failed,
                    "\(parts.ledger.path) was moved or deleted while it is in use",
                    hint: "put it back, or restart Ferry, which then forgets what it knew of links and jobs"
                )
            ]
        }
        do {
            let problems = try await parts.ledger.quickCheck()
            guard problems.isEmpty else {
                let failure = parts.ledger.damage(problems)
                return [Finding("ledger", .failed, failure.message, hint: failure.hint)]
            }
        } catch {
            let failure = error as? SyncFailure
            return [Finding("ledger", .failed, failure?.message ?? "\(error)", hint: failure?.hint)]
        }
        guard !parts.ledger.isBehind else {
            return [Finding("ledger", .warning, "it knows less than it did: its log was lost, or it is an old copy")]
        }
        return [Finding("ledger", .ok, "\(parts.ledger.size >> 10) KiB, its structure is sound")]
    }

    // MARK: The integrations

    private var credentials: [Finding] {
        let resolver = FileSecretResolver()
        return working.flatMap { integration in
            integration.secrets.sorted { $0.key < $1.key }.compactMap { name, reference in
                do {
                    _ = try resolver.resolve(reference)
                    return nil
                } catch {
                    let failure = error as? SyncFailure
                    return Finding(
                        "credential \(integration.id).\(name)",
                        .failed,
                        failure?.message ?? "it cannot be had",
                        hint: failure?.hint
                    )
                }
            }
        }
    }

    private func services() async -> [Finding] {
        let integrations = working
        return await withTaskGroup(of: (Int, Finding).self) { group in
            var findings: [Int: Finding] = [:]
            for (index, integration) in integrations.enumerated() {
                if index >= Self.testsAtOnce, let (index, finding) = await group.next() { findings[index] = finding }
                group.addTask { (index, await service(integration)) }
            }
            for await (index, finding) in group { findings[index] = finding }
            return findings.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private static let testsAtOnce = 8

    private func service(_ integration: Integration) async -> Finding {
        let subject = "service \(integration.id)"
        do {
            let result = try await test(integration.id)
            guard !result.connected else { return Finding(subject, .ok, "it answers in \(result.latencyMs) ms") }
            return Finding(subject, .failed, result.error?.message ?? "it does not answer", hint: result.error?.hint)
        } catch {
            let failure = error as? SyncFailure
            return Finding(subject, .failed, failure?.message ?? "\(error)", hint: failure?.hint)
        }
    }

    /// The integrations that run, so that one which is switched off troubles nobody.
    private var working: [Integration] { parts.registry.all.compactMap(\.integration).filter(\.isEnabled) }
}
