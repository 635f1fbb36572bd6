import FerryHTTP
import FerryTesting
import Foundation
import Testing

/// `ferry-sandbox` as people start it.
@Suite struct SandboxCommandTests {
    /// Runs the sandbox until the body has ended, then asks it to end.
    private func with(
        _ arguments: [String],
        in folder: TemporaryDirectory,
        _ body: (String) async throws -> Void
    ) async throws -> Program.Result {
        let ready = "\(folder.path)/ready"
        let program = try Program("ferry-sandbox", arguments + ["--ready-file", ready], in: folder)
        do {
            try await eventually("the sandbox is ready") {
                guard program.isRunning else { throw NeverHappened(description: program.errors) }
                return FileManager.default.fileExists(atPath: ready)
            }
            let place = try String(contentsOfFile: ready, encoding: .utf8)
            try await body(String(place.dropLast()))
        } catch {
            try await program.terminate()
            throw error
        }
        program.send(SIGTERM)
        return try await program.end()
    }

    private func get(_ url: String, socket: String? = nil, key: String? = nil) async throws -> HTTPResponse {
        let client = HTTPClient()
        defer { client.shutdown() }
        let headers = key.map { [HTTPHeader(name: "Authorization", value: "Bearer \($0)")] } ?? []
        return try await client.send(HTTPRequest(url: url, headers: headers, unixSocketPath: socket))
    }

    @Test func servesWhatIsChosenWithAsManyRecordsAsAskedFor() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let arguments = ["--port", "0", "--services", "wiserows,dynamic_table", "--records", "7", "--rows", "4"]
            let result = try await with(arguments, in: folder) { port async throws in
                let base = "http://127.0.0.1:\(port)"
                let list = try await get("\(base)/wiserows/api/v1/entities?entityTypeId=et_post", key: "ds_demo_key")
                #expect(String(decoding: list.body, as: UTF8.self).contains("\"total\":7"))
                let state = try await get("\(base)/_sandbox/state?collection=products")
                #expect(String(decoding: state.body, as: UTF8.self).contains("\"count\":4"))
                #expect(try await get("\(base)/loops/api/v1/api-key", key: "demo-loops-key").status == 404)
            }
            let tables = "(products: 4 rows, articles and catalog: empty)"
            #expect(result.exitCode == 0 && result.output.contains(tables), "\(result)")
        }
    }

    @Test func servesOneServiceASocketAndRemovesThemAtTheEnd() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let sockets = "\(folder.path)/s"
            let arguments = ["--sockets", sockets, "--services", "loops,sanity"]
            let result = try await with(arguments, in: folder) { place async throws in
                #expect(place == sockets)
                let socket = "\(sockets)/loops.sock"
                let url = "http://localhost/loops/api/v1/api-key"
                #expect(try await get(url, socket: socket, key: "demo-loops-key").status == 200)
                #expect(try await get(url, socket: "\(sockets)/sanity.sock", key: "demo-loops-key").status == 404)
                #expect(try await get("http://localhost/_sandbox/state?service=sanity", socket: socket).status == 200)
                // One that would use the same sockets says so, and leaves them.
                let second = try await Program.run("ferry-sandbox", arguments, in: folder)
                #expect(second.exitCode == 1 && second.errors.contains("Another process listens on"), "\(second)")
                #expect(try await get(url, socket: socket, key: "demo-loops-key").status == 200)
            }
            #expect(result.exitCode == 0 && !result.output.contains("127.0.0.1"), "\(result)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: sockets).isEmpty)
        }
    }

    @Test func aPortAndSocketsGoTogether() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let arguments = ["--sockets", "\(folder.path)/s", "--port", "0", "--services", "loops"]
            _ = try await with(arguments, in: folder) { port async throws in
                let base = "http://127.0.0.1:\(port)"
                #expect(try await get("\(base)/loops/api/v1/api-key", key: "demo-loops-key").status == 200)
                let socket = "\(folder.path)/s/loops.sock"
                #expect(try await get("http://localhost/_sandbox/requests", socket: socket).status == 200)
            }
        }
    }

    @Test(arguments: [
        (["--services", "loops,posthogg"], "There is no service 'posthogg'. There are dynamic_table, wiserows"),
        (["--services", ""], "name is missing"), (["--records", "2000000"], "--records takes a number"),
        (["--live", "--services", "loops"], "--live changes products"), (["--port", "70000"], "A port is a number"),
    ])
    func refusesWhatMakesNoSense(_ arguments: [String], _ words: String) async throws {
        try await TemporaryDirectory.with { folder async throws in
            let result = try await Program.run("ferry-sandbox", arguments, in: folder)
            #expect(result.exitCode == 64 && result.errors.contains(words), "\(result)")
        }
    }
}
