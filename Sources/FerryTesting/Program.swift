import Foundation
import Synchronization

/// One of Ferry's programs, run as a process of its own.
public final class Program: Sendable {
    /// What a program that has ended left behind.
    public struct Result: Sendable {
        /// Its exit code, or 128 and the number of the signal that ended it, as shells have it.
        public var exitCode: Int32
        /// Its standard output.
        public var output: String
        /// Its standard error.
        public var errors: String
    }

    // `Process` is not Sendable: it is touched only under the lock.
    private let process: Mutex<ProcessBox>
    private let files: (output: String, errors: String)

    private struct ProcessBox: @unchecked Sendable {
        // Proof: only ever reached through the Mutex that holds the box.
        let process: Process
    }

    /// Where the programs are: beside the test bundle.
    public static var directory: String {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        // `swift test` runs the bundle itself, or a runner of the toolchain with the bundle as an argument.
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return folder.path
    }

    /// Starts a program with its output going to files in `folder`.
    ///
    /// - Parameter name: one of Ferry's programs, or the absolute path of any other.
    public init(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: TemporaryDirectory
    ) throws {
        let id = UUID().uuidString.prefix(8)
        let path = name.hasPrefix("/") ? name : "\(Self.directory)/\(name)"
        let file = "\(folder.path)/\(URL(fileURLWithPath: path).lastPathComponent)-\(id)"
        files = ("\(file).out", "\(file).err")
        for file in [files.output, files.errors] { try Data().write(to: URL(fileURLWithPath: file)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["NO_COLOR": "1"]) { $1 }.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: files.output)
        process.standardError = FileHandle(forWritingAtPath: files.errors)
        try process.run()
        self.process = Mutex(ProcessBox(process: process))
    }

    /// Runs a program to its end.
    public static func run(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: TemporaryDirectory
    ) async throws -> Result {
        try await Program(name, arguments, environment: environment, in: folder).end()
    }

    /// The process' number.
    public var identifier: Int32 { process.withLock { $0.process.processIdentifier } }

    /// Whether it runs.
    public var isRunning: Bool { process.withLock { $0.process.isRunning } }

    /// What it has printed so far.
    public var output: String { (try? String(contentsOfFile: files.output, encoding: .utf8)) ?? "" }

    /// What it has printed to standard error so far.
    public var errors: String { (try? String(contentsOfFile: files.errors, encoding: .utf8)) ?? "" }

    /// Sends it a signal.
    public func send(_ signal: Int32) {
        kill(identifier, signal)
    }

    /// Waits for its end.
    public func end(within limit: Duration = .seconds(120)) async throws -> Result {
        try await eventually("the end of \(files.output)", within: limit) { !isRunning }
        let code = process.withLock { box in
            box.process.terminationReason == .uncaughtSignal
                ? 128 + box.process.terminationStatus : box.process.terminationStatus
        }
        return Result(exitCode: code, output: output, errors: errors)
    }

    /// Kills it as `kill -9` does, and waits for its end.
    @discardableResult
    public func terminate() async throws -> Result {
        send(SIGKILL)
        return try await end()
    }
}
