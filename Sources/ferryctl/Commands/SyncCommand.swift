import ArgumentParser
import FerryAPI
import FerryCore

/// Starts a sync.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Start a sync now.",
        discussion: "Without --wait it returns as soon as the job is queued. Ctrl-C stops the waiting, not the job."
    )

    @Argument(help: "The integration.") var id: String
    @Flag(help: "Import from the service.") var pull = false
    @Flag(help: "Export to the service.") var push = false
    @Option(help: "Sync only this entity; may be given several times.") var entity: [String] = []
    @Flag(help: "Read everything, not only what tells that it has changed.") var full = false
    @Option(help: "Sync only this entity type; may be given several times.") var type: [String] = []
    @Flag(help: "Let this job delete more than the integration's 'delete_guard' allows.") var allowDeletes = false
    @Flag(help: "Wait until the job ends and show how it goes.") var wait = false
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard pull != push else { throw ValidationError("Say either --pull or --push.") }
    }

    func run() async throws {
        try await options.perform { daemon, console in
            let request = SyncRequest(
                direction: pull ? .pull : .push,
                entityIds: entity.isEmpty ? nil : entity,
                full: full,
                entityTypes: type.isEmpty ? nil : type,
                allowDeletes: allowDeletes
            )
            let answer = try await daemon.post(SyncAccepted.self, ["integrations", id, "sync"], body: request)
            try await JobWatch(daemon: daemon, console: console, json: options.json).accepted(answer, waits: wait)
        }
    }
}
