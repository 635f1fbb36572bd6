public import FerryAPI
public import FerryCore
public import FerryHTTP
public import FerrySandbox
import Foundation
import Synchronization

/// A world of a test's own: a sandbox with its services, a configuration, a state directory and the real programs.
public final class FerryWorld: Sendable {
    /// The folder that holds everything.
    public let folder: TemporaryDirectory
    /// The services.
    public let sandbox: Sandbox
    private let client = HTTPClient()
    private let programs = Mutex<[Program]>([])

    private init(folder: TemporaryDirectory, sandbox: Sandbox) {
        self.folder = folder
        self.sandbox = sandbox
    }

    /// Runs `body` in a fresh world, then ends its processes and removes its files.
    public static func with<Result>(_ body: (FerryWorld) async throws -> Result) async throws -> Result {
        try await WorldGate.worlds.pass {
            try await TemporaryDirectory.with { folder in
                let sandbox = try await Sandbox.start()
                let world = FerryWorld(folder: folder, sandbox: sandbox)
                try FileManager.default.createDirectory(
                    atPath: "\(world.configuration)/integrations",
                    withIntermediateDirectories: true
                )
                do {
                    let result = try await body(world)
                    await world.end()
                    return result
                } catch {
                    await world.end()
                    throw error
                }
            }
        }
    }

    private func end() async {
        for program in programs.withLock({ $0 }) where program.isRunning {
            // Whatever a test that failed has left running; that it cannot be waited for fails no test.
            _ = try? await program.terminate()
        }
        client.shutdown()
        await sandbox.stop()
    }

    /// The configuration directory.
    public var configuration: String { "\(folder.path)/etc" }
    /// The state directory.
    public var state: String { "\(folder.path)/state" }
    /// The socket.
    public var socket: String { "\(folder.path)/ferry.sock" }
    /// The embedded store.
    public var store: String { "\(state)/store.db" }

    // MARK: Configuration

    /// The `config` of a table of the sandbox, with a literal key: the files are private.
    public func config(_ table: TableDefinition, extra: String = "") -> String {
        """
        config:
          plugin_host: \(sandbox.baseURL)
          agent_id: \(table.agentID)
          configuration_id: \(table.configurationID)
          collection_id: \(table.collectionID)
          primary_key: \(table.primaryKeyColumn ?? "id")
          key: \(table.primarySecret)
          secondary_key: \(table.secondarySecret)
          \(extra)
        """
    }

    /// Writes an integration's file.
    public func write(integration name: String, _ text: String) throws {
        try folder.write(text, to: "etc/integrations/\(name).yaml")
    }

    /// Writes `ferry.yaml`.
    public func write(settings text: String) throws {
        try folder.write(text, to: "etc/ferry.yaml")
    }

    // MARK: Programs

    /// Starts a program, which ends with the world at the latest.
    public func start(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        inherited: Int32? = nil
    ) throws -> Program {
        let program = try Program(name, arguments, environment: environment, inherited: inherited, in: folder)
        programs.withLock { $0.append(program) }
        return program
    }

    /// Starts the daemon and waits until it answers.
    public func startDaemon(environment: [String: String] = [:]) async throws -> Program {
        let program = try start("ferryd", daemonArguments, environment: environment)
        try await waitUntilItAnswers(program)
        return program
    }

    /// Waits until a daemon answers on the socket.
    public func waitUntilItAnswers(_ program: Program) async throws {
        try await eventually("the daemon answers") {
            guard program.isRunning else { throw NeverHappened(description: "ferryd ended: \(program.errors)") }
            return (try? await self.get("/healthz").status) == 200
        }
    }

    /// The arguments of a daemon in this world.
    public var daemonArguments: [String] {
        ["--config", configuration, "--state", state, "--socket", socket]
    }

    /// Starts a job in the foreground.
    public func startOnce(_ integration: String, _ direction: Direction, _ extra: [String] = []) throws -> Program {
        try start("ferryd", onceArguments(integration, direction) + extra)
    }

    /// The arguments of a job in the foreground in this world.
    public func onceArguments(_ integration: String, _ direction: Direction) -> [String] {
        ["once", "--config", configuration, "--state", state, integration, "--\(direction.rawValue)"]
    }

    /// Runs a job in the foreground to its end.
    ///
    /// - Returns: the job as `--json` prints it, and the exit code.
    public func once(_ integration: String, _ direction: Direction) async throws -> (job: FerryAPI.Job, exitCode: Int32)
    {
        let result = try await startOnce(integration, direction, ["--json"]).end()
        struct Summary: Decodable { var job: FerryAPI.Job }
        guard let summary = try? WireFormat.decode(Summary.self, from: Array(result.output.utf8)) else {
            throw NeverHappened(description: "no job was printed: \(result.output)\(result.errors)")
        }
        return (summary.job, result.exitCode)
    }

    /// Runs ferryctl against this world's socket.
    public func ferryctl(_ arguments: String...) async throws -> Program.Result {
        try await Program.run("ferryctl", ["--socket", socket] + arguments, in: folder)
    }

    // MARK: The socket

    /// Sends a request to the daemon's socket.
    public func request(_ method: String, _ path: String, body: String? = nil) async throws -> HTTPResponse {
        try await client.send(
            HTTPRequest(
                method: method,
                url: "http://ferry\(path)",
                headers: body == nil ? [] : [HTTPHeader(name: "Content-Type", value: "application/json")],
                body: body.map { Array($0.utf8) },
                unixSocketPath: socket
            )
        )
    }

    /// Reads from the daemon's socket.
    public func get(_ path: String) async throws -> HTTPResponse {
        try await request("GET", path)
    }

    /// The status that the daemon's socket answers a path with.
    public func status(of path: String) async throws -> Int {
        try await get(path).status
    }

    /// Asks the daemon for a job and waits for its end.
    public func sync(_ integration: String, _ direction: Direction, entityIDs: [String]? = nil) async throws
        -> FerryAPI.Job
    {
        try await job(try await requestSync(integration, direction, entityIDs: entityIDs))
    }

    /// Asks the daemon for a job.
    ///
    /// - Returns: its identifier.
    public func requestSync(_ integration: String, _ direction: Direction, entityIDs: [String]? = nil) async throws
        -> String
    {
        let wanted = SyncRequest(direction: direction, entityIds: entityIDs)
        let body = String(decoding: try WireFormat.encode(wanted), as: UTF8.self)
        let answer = try await request("POST", "/api/v1/integrations/\(integration)/sync", body: body)
        let accepted = try WireFormat.decode(Envelope<SyncAccepted>.self, from: answer.body)
        return accepted.data.jobId
    }

    /// The daemon's jobs, newest first.
    public func jobs() async throws -> [FerryAPI.Job] {
        let answer = try await get("/api/v1/jobs")
        return try WireFormat.decode(Envelope<JobPage>.self, from: answer.body).data.jobs
    }

    /// Waits for a job's end.
    public func job(_ id: String) async throws -> FerryAPI.Job {
        var job: FerryAPI.Job?
        try await eventually("the end of job \(id)", within: .seconds(120)) {
            let answer = try await get("/api/v1/jobs/\(id)")
            job = try WireFormat.decode(Envelope<FerryAPI.Job>.self, from: answer.body).data
            return job?.state.isFinal ?? false
        }
        guard let job else { throw NeverHappened(description: "job \(id)") }
        return job
    }
}
