import FerryAPI
import FerryHTTP
import FerryTesting
import Foundation
import Glibc
import Synchronization
import Testing

/// A socket that somebody else listens on, as `ferryd.socket` does.
@Suite struct SocketActivationTests {
    @Test func whoeverAskedBeforeTheDaemonWasStartedIsAnswered() async throws {
        try await FerryWorld.with { world async throws in
            let listener = try Listener(at: world.socket)
            async let answer = world.get("/api/v1/status")
            try await eventually("somebody asks") { listener.hasClients }
            let daemon = try world.startActivated(listener)
            #expect(try await answer.status == 200)
            #expect(try await world.stop(daemon).exitCode == 0)
            // It is systemd's to remove.
            #expect(FileManager.default.fileExists(atPath: world.socket))
            #expect(daemon.errors.contains("answers on \(world.socket)"))
        }
    }

    @Test func noQueryIsLostOverRestarts() async throws {
        try await FerryWorld.with { world async throws in
            let listener = try Listener(at: world.socket)
            let answers = Count()
            async let clients: Void = withThrowingDiscardingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        while answers.value < 1000 {
                            // Each over a connection of its own, so that nobody asks again unseen.
                            let client = HTTPClient()
                            defer { client.shutdown() }
                            do {
                                let request = HTTPRequest(url: "http://f/healthz", unixSocketPath: world.socket)
                                #expect(try await client.send(request).status == 200)
                            } catch {
                                answers.add(1_000_000)
                                throw error
                            }
                            answers.add(1)
                        }
                    }
                }
            }
            var restarts = 0
            while answers.value < 1000 {
                let daemon = try world.startActivated(listener)
                let before = answers.value
                try await eventually("more answers") { answers.value >= min(before + 100, 1000) }
                let end = try await world.stop(daemon)
                #expect(end.exitCode == 0, "\(end.errors)")
                restarts += 1
            }
            // The last ones to ask need somebody who answers.
            let last = try world.startActivated(listener)
            try await world.waitUntilItAnswers(last)
            try await clients
            #expect(restarts >= 5)
            let end = try await world.stop(last)
            #expect(end.exitCode == 0, "\(end.errors)")
        }
    }

    @Test func severalSocketsAreRefusedWithAHint() async throws {
        try await FerryWorld.with { world async throws in
            let listener = try Listener(at: world.socket)
            let daemon = try world.startActivated(listener, count: 2)
            let end = try await daemon.end()
            #expect(end.exitCode == 3)
            #expect(end.errors.contains("systemd has passed 2 sockets"))
            #expect(end.errors.contains("hint: Leave one ListenStream= in ferryd.socket."))
        }
    }

    @Test(.enabled(if: getuid() == 0, "needs root"))
    func theConfiguredGroupIsGivenTheSocket() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(settings: "socket: { group: daemon }\n")
            let listener = try Listener(at: world.socket)
            let daemon = try world.startActivated(listener)
            try await world.waitUntilItAnswers(daemon)
            let owner = try FileManager.default.attributesOfItem(atPath: world.socket)[.groupOwnerAccountName]
            #expect(owner as? String == "daemon")
        }
    }
}

extension FerryWorld {
    /// Starts a daemon with a socket that it is passed, in the environment that systemd would give it.
    fileprivate func startActivated(_ listener: Listener, count: Int = 1) throws -> Program {
        // Only the shell knows its number before ferryd takes its place.
        try start(
            "/bin/sh",
            ["-c", "export LISTEN_PID=$$; exec \"$0\" \"$@\"", "\(Program.directory)/ferryd"] + daemonArguments,
            environment: ["LISTEN_FDS": "\(count)"],
            inherited: listener.descriptor
        )
    }
}

/// A number that several count.
private final class Count: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func add(_ more: Int) { number.withLock { $0 += more } }
}

/// A unix socket that listens, whether there is a daemon or not.
private final class Listener: Sendable {
    let descriptor: Int32

    init(at path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        let bound = withUnixAddress(path) { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 128) == 0 else {
            throw NeverHappened(description: "a socket at \(path): errno \(errno)")
        }
    }

    /// Whether somebody has connected who was not let in yet.
    var hasClients: Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0
    }

    deinit {
        close(descriptor)
    }
}
