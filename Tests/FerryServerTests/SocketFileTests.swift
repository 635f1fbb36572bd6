import FerryCore
import Glibc
import Testing

@testable import FerryServer

@Suite(.timeLimit(.minutes(testMinutes)))
struct SocketFileTests {
    private func server(at path: String, _ options: SocketOptions = SocketOptions()) async throws -> SocketServer {
        try await SocketServer.bind(path: path, options: options, control: ScriptedControlPlane(), logger: quiet)
    }

    private func failure(_ path: String, _ options: SocketOptions = SocketOptions()) async -> SyncFailure? {
        await #expect(throws: SyncFailure.self) { _ = try await server(at: path, options) }
    }

    private func mode(_ path: String) -> mode_t? {
        var information = stat()
        return lstat(path, &information) == 0 ? information.st_mode : nil
    }

    @Test func makesTheSocketWithTheModeAskedForAndRemovesItAfterwards() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/ferry.sock"
            let server = try await server(at: path)
            #expect(mode(path) == S_IFSOCK | 0o660)
            await server.shutdown()
            #expect(mode(path) == nil)
            try await server.run()
        }
    }

    @Test func leavesAForeignFileAlone() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/other"
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            let failure = await failure(path)
            #expect(failure?.message == "The socket path exists but is not a socket: \(path).")
            #expect(mode(path) == S_IFREG | 0o600)
        }
    }

    @Test func leavesALinkToASocketAlone() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/other"
            symlink(directory + "/ferry.sock", path)
            #expect(await failure(path)?.code == .configInvalidValue)
            #expect(mode(path) != nil)
        }
    }

    @Test func replacesAStaleSocket() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/ferry.sock"
            let stale = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            #expect(SocketFile.withAddress(of: Array(path.utf8)) { bind(stale, $0, $1) } == 0)
            close(stale)
            let server = try await server(at: path)
            close(try RawClient.connect(path))
            await server.shutdown()
        }
    }

    @Test func refusesToTakeASocketFromARunningServer() async throws {
        try await Fixture.with { (ferry) async throws in
            let failure = await failure(ferry.socket)
            #expect(failure?.code == .daemonRunning)
            #expect(try await ferry.ask("GET", "/healthz").status == 200)
        }
    }

    @Test func removesOnlyItsOwnSocket() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/ferry.sock"
            let first = try await server(at: path)
            unlink(path)
            let second = try await server(at: path)
            await first.shutdown()
            #expect(mode(path) != nil)
            await second.shutdown()
            #expect(mode(path) == nil)
        }
    }

    @Test func saysThatAPathIsTooLong() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        #expect(await failure(path)?.message.contains("has 108 bytes") == true)
    }

    @Test func saysThatAGroupDoesNotExist() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/ferry.sock"
            let failure = await failure(path, SocketOptions(groupName: "no-such-group"))
            #expect(failure?.message.contains("'no-such-group'") == true)
            #expect(mode(path) == nil)
        }
    }

    @Test(.enabled(if: getuid() == 0 && UserDatabase.number(ofGroup: "nogroup") != nil, "needs root"))
    func givesTheSocketToItsGroup() async throws {
        let group = UserDatabase.number(ofGroup: "nogroup")
        try await withTemporaryDirectory { directory in
            let path = directory + "/ferry.sock"
            let server = try await server(at: path, SocketOptions(groupName: "nogroup"))
            var information = stat()
            #expect(lstat(path, &information) == 0)
            #expect(information.st_gid == group)
            #expect(information.st_mode & 0o777 == 0o660)
            await server.shutdown()
        }
    }

    @Test func takesOverASocketThatListensAlreadyAndLeavesItsFile() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/ferry.sock"
            let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            #expect(SocketFile.withAddress(of: Array(path.utf8)) { bind(listener, $0, $1) } == 0)
            #expect(listen(listener, 8) == 0)
            let control = ScriptedControlPlane()
            let server = try await SocketServer.bind(descriptor: listener, control: control, logger: quiet)
            try await withThrowingTaskGroup { group in
                group.addTask { try await server.run() }
                let text = "GET /healthz HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n"
                let answer = try await RawClient.converse(path, Array(text.utf8))
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                await server.shutdown()
                try await group.waitForAll()
            }
            #expect(mode(path) != nil)
        }
    }

    @Test func takesOverNothingElse() async throws {
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        await #expect(throws: SyncFailure.self) {
            try await SocketServer.bind(descriptor: descriptor, control: ScriptedControlPlane(), logger: quiet)
        }
    }
}
