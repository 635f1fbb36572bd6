import FerrySandbox
import Foundation
import Testing

/// Which services answer, and where.
@Suite struct ServiceChoiceTests {
    @Test func namesAreReadAndMisspelledOnesRefusedWithThoseThereAre() throws {
        #expect(try SandboxServiceName.list("all").count == 6)
        #expect(try SandboxServiceName.list("loops, google_search_console") == [.loops, .searchConsole])
        for wrong in ["loop", "", "loops,,sanity", "all,loops"] {
            let failure = #expect(throws: SandboxFailure.self) { try SandboxServiceName.list(wrong) }
            #expect(failure?.hint.contains("google_search_console") == true, "\(wrong)")
        }
    }

    @Test func onlyTheChosenOnesAnswer() async throws {
        let sandbox = try await Sandbox.start(services: [.loops, .sanity])
        let client = LoopbackClient(port: try #require(sandbox.port), path: "", key: nil)
        #expect(try client.send("GET", "/loops/api/v1/api-key").status == 401)
        let refused = try client.send("GET", "/wiserows/api/v1/integrations")
        #expect(refused.status == 404 && refused.body.contains("served are loops, sanity"), "\(refused.body)")
        #expect(try client.send("GET", "/_sandbox/state?service=loops").status == 200)
        #expect(try client.send("GET", "/_sandbox/state?service=wiserows").status == 404)
        await sandbox.stop()
    }

    /// Runs a test with sockets in a directory of their own.
    private func withSockets(
        _ services: Set<SandboxServiceName> = [.loops, .wiserows],
        _ body: (Sandbox, String) async throws -> Void
    ) async throws {
        let name = "s-\(UUID().uuidString.prefix(8))"
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        defer { try? FileManager.default.removeItem(at: directory) }
        let sandbox = try await Sandbox.start(port: nil, sockets: directory.path, services: services)
        do {
            try await body(sandbox, directory.path)
        } catch {
            await sandbox.stop()
            throw error
        }
        await sandbox.stop()
    }

    @Test func eachSocketHasItsServiceAloneAndCanBeSteered() async throws {
        try await withSockets { sandbox, directory async throws in
            #expect(sandbox.port == nil && sandbox.baseURL == "http://localhost")
            #expect(sandbox.sockets == ["wiserows", "loops"].map { "\(directory)/\($0).sock" })
            let client = LoopbackClient(socketPath: "\(directory)/loops.sock", path: "", key: nil)
            let key = "Authorization: Bearer demo-loops-key\r\n"
            #expect(try client.send("GET", "/loops/api/v1/api-key", extraHeaders: key).status == 200)
            let other = try client.send("GET", "/wiserows/api/v1/integrations")
            #expect(other.status == 404 && other.body.contains("served are loops\""), "\(other.body)")
            // What is steered is the whole sandbox.
            let rule = #"{"match":{"path":"/wiserows"},"action":{"type":"status","status":503}}"#
            #expect(try client.send("POST", "/_sandbox/faults", rule).status == 204)
            let second = LoopbackClient(socketPath: "\(directory)/wiserows.sock", path: "", key: nil)
            #expect(try second.send("GET", "/wiserows/api/v1/integrations").status == 503)
            let mode = try FileManager.default.attributesOfItem(atPath: "\(directory)/loops.sock")[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test func socketsAreRemovedAtTheEnd() async throws {
        var directory = ""
        try await withSockets { _, path async throws in directory = path }
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/loops.sock"))
    }

    @Test func aStaleSocketIsReplacedAndOneInUseIsNot() async throws {
        try await withSockets([.sanity]) { _, directory async throws in
            let failure = await #expect(throws: SandboxFailure.self) {
                _ = try await Sandbox.start(port: nil, sockets: directory, services: [.wiserows, .sanity])
            }
            #expect(failure?.description == "Another process listens on \(directory)/sanity.sock.")
            // Nothing of the one that could not start is left behind.
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["sanity.sock"])

            let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(directory)/posthog.sock".utf8) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            close(stale)
            #expect(bound == 0)
            let second = try await Sandbox.start(port: nil, sockets: directory, services: [.posthog])
            let client = LoopbackClient(socketPath: "\(directory)/posthog.sock", path: "", key: nil)
            #expect(try client.send("GET", "/posthog/app/api/projects/").status == 401)
            await second.stop()
        }
    }

    @Test func anotherFileIsLeftAlone() async throws {
        try await withSockets([.sanity]) { _, directory async throws in
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(directory)/loops.sock"))
            let failure = await #expect(throws: SandboxFailure.self) {
                _ = try await Sandbox.start(port: nil, sockets: directory, services: [.loops])
            }
            #expect(failure?.description == "\(directory)/loops.sock exists but is not a socket.")
            #expect(try String(contentsOfFile: "\(directory)/loops.sock", encoding: .utf8) == "mine")
        }
    }
}
