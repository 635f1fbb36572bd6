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

    /// The process' number.
    public let identifier: Int32
    // The exit code, once it has ended and was waited for.
    private let exitCode = Mutex<Int32?>(nil)
    private let files: (output: String, errors: String)

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
    /// - Parameters:
    ///   - name: one of Ferry's programs, or the absolute path of any other.
    ///   - input: what it reads from its standard input.
    ///   - inherited: a descriptor that is its fourth one, 3, such as a socket that it is passed.
    public init(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "",
        inherited: Int32? = nil,
        in folder: TemporaryDirectory
    ) throws {
        let id = UUID().uuidString.prefix(8)
        let path = name.hasPrefix("/") ? name : "\(Self.directory)/\(name)"
        let file = "\(folder.path)/\(URL(fileURLWithPath: path).lastPathComponent)-\(id)"
        files = ("\(file).out", "\(file).err")
        for file in [files.output, files.errors] { try Data().write(to: URL(fileURLWithPath: file)) }
        if !input.isEmpty { try Data(input.utf8).write(to: URL(fileURLWithPath: "\(file).in")) }
        let environment = ProcessInfo.processInfo.environment.merging(["NO_COLOR": "1"]) { $1 }.merging(environment) {
            $1
        }
        identifier = try Self.spawn(
            path,
            [path] + arguments,
            environment.map { "\($0)=\($1)" },
            input: input.isEmpty ? "/dev/null" : "\(file).in",
            inherited: inherited,
            files
        )
    }

    /// Runs a program to its end.
    public static func run(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = "",
        in folder: TemporaryDirectory
    ) async throws -> Result {
        try await Program(name, arguments, environment: environment, input: input, in: folder).end()
    }

    /// Whether it runs.
    public var isRunning: Bool { ended == nil }

    /// The nice values of its threads, the main thread's first (proc_pid_stat(5)).
    public var niceness: [Int] {
        let threads = "/proc/\(identifier)/task"
        let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: threads)) ?? []).compactMap { Int($0) }
        return numbers.sorted().compactMap { number in
            // A name may have spaces and parentheses; what follows the last one does not.
            let text = try? String(contentsOfFile: "\(threads)/\(number)/stat", encoding: .utf8)
            return text?.split(separator: ")").last.flatMap { Int($0.split(separator: " ")[16]) }
        }
    }

    /// What it has printed so far.
    public var output: String { (try? String(contentsOfFile: files.output, encoding: .utf8)) ?? "" }

    /// What it has printed to standard error so far.
    public var errors: String { (try? String(contentsOfFile: files.errors, encoding: .utf8)) ?? "" }

    /// Sends it a signal.
    public func send(_ signal: Int32) {
        // The number may be another process' by now once it was waited for.
        exitCode.withLock { code in
            if code == nil { kill(identifier, signal) }
        }
    }

    /// Waits for its end.
    public func end(within limit: Duration = .seconds(120)) async throws -> Result {
        var code: Int32?
        try await eventually("the end of \(files.output)", within: limit) {
            code = ended
            return code != nil
        }
        return Result(exitCode: code ?? -1, output: output, errors: errors)
    }

    /// Kills it as `kill -9` does, and waits for its end.
    @discardableResult
    public func terminate() async throws -> Result {
        send(SIGKILL)
        return try await end()
    }

    // MARK: The process

    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// `posix_spawn_file_actions_addclosefrom_np`, which glibc 2.34 and later have, but declare to GNU sources only.
    private static let closeFrom: CloseFrom? =
        dlsym(dlopen(nil, RTLD_NOW), "posix_spawn_file_actions_addclosefrom_np").map {
            unsafeBitCast($0, to: CloseFrom.self)
        }

    /// The exit code once it has ended.
    private var ended: Int32? {
        exitCode.withLock { code in
            var status: Int32 = 0
            guard code == nil, waitpid(identifier, &status, WNOHANG) == identifier else { return code }
            let signal = status & 0x7F
            code = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
            return code
        }
    }

    /// Starts a process with a group of its own, no signal blocked or ignored, and no file open but its three.
    ///
    /// Foundation's `Process` copies entries of `/proc/self/fd` beyond the end of what it has read, which crashes once
    /// a thousand files are open; and it keeps the files of the output open for as long as it lives.
    private static func spawn(
        _ path: String,
        _ arguments: [String],
        _ environment: [String],
        input: String,
        inherited: Int32?,
        _ files: (output: String, errors: String)
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files.output, O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, files.errors, O_WRONLY, 0)
        guard let closeFrom else { throw NeverHappened(description: "the C library cannot close files in a child") }
        // Duplicated even onto itself, since then it is no longer closed at the start of the program (posix_spawn(3)).
        if let inherited { posix_spawn_file_actions_adddup2(&actions, inherited, 3) }
        _ = closeFrom(&actions, inherited == nil ? 3 : 4)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, path, &actions, &attributes, words, variables)
        guard code == 0 else { throw NeverHappened(description: "\(path) does not start: error \(code)") }
        return identifier
    }
}
