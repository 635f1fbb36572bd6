import FerryCore
import Glibc
import Testing

@testable import FerryServer

@Suite(.timeLimit(.minutes(testMinutes)))
struct ConnectionTests {
    @Test func answersPipelinedRequestsInOrder() async throws {
        try await Fixture.with { (ferry) async throws in
            let ids = (0..<40).map { "job_\($0)" }
            let text = ids.map { "GET /api/v1/jobs/\($0) HTTP/1.1\r\nHost: f\r\n\r\n" }.joined()
            let last = "GET /healthz HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n"
            let answers = try Answers.split(try await ferry.send(text + last))
            #expect(answers.count == 41)
            #expect(zip(ids, answers).allSatisfy { $1.body.contains("\"id\":\"\($0)\"") })
            #expect(ferry.control.asked == ids.map { "job \($0)" })
        }
    }

    @Test func answersAClientThatHasClosedItsOwnSide() async throws {
        try await Fixture.with { (ferry) async throws in
            let text = "GET /healthz HTTP/1.1\r\nHost: f\r\n\r\n"
            #expect(try Answers.only(try await ferry.send(text, thenHalfClose: true)).status == 200)
        }
    }

    @Test func tellsAClientToGoOnWithALargerBody() async throws {
        try await Fixture.with { (ferry) async throws in
            let text =
                "POST /api/v1/reload HTTP/1.1\r\nHost: f\r\nExpect: 100-continue\r\nConnection: close\r\n"
                + "Content-Length: 2\r\n\r\n{}"
            #expect(try await ferry.send(text).hasPrefix("HTTP/1.1 100 Continue\r\n"))
        }
    }

    @Test func cutsASlowClientWithAReason() async throws {
        var limits = ConnectionLimits()
        limits.patienceMilliseconds = 100
        try await Fixture.with(limits: limits) { (ferry) async throws in
            let text = "POST /api/v1/reload HTTP/1.1\r\nHost: f\r\nContent-Length: 10\r\n\r\n{"
            let answer = try Answers.only(try await ferry.send(text))
            #expect(answer.status == 408)
        }
    }

    @Test(arguments: ["", "GET /heal", "GET /healthz HTTP/1.1\r\nHost: f\r\nX-Slow"])
    func cutsAClientThatSendsNoRequest(text: String) async throws {
        var limits = ConnectionLimits()
        limits.patienceMilliseconds = 100
        try await Fixture.with(limits: limits) { (ferry) async throws in
            #expect(try await ferry.send(text) == "")
        }
    }

    @Test func waitsForASlowAnswerLongerThanForASlowClient() async throws {
        var limits = ConnectionLimits()
        limits.patienceMilliseconds = 100
        let control = ScriptedControlPlane(holdsTests: true)
        try await Fixture.with(control, limits: limits) { (ferry) async throws in
            async let answer = ferry.ask("POST", "/api/v1/integrations/a/test")
            await eventually { control.waiting == 1 }
            // Another client's patience running out shows that the time has passed.
            #expect(try await ferry.send("") == "")
            control.release()
            #expect(try await answer.status == 200)
        }
    }

    @Test func makesRoomByEndingTheClientThatIdlesLongest() async throws {
        var limits = ConnectionLimits()
        limits.connections = 2
        try await Fixture.with(limits: limits) { (ferry) async throws in
            let socket = ferry.socket
            let idle = try await RawClient.detached { try RawClient.connect(socket) }
            defer { close(idle) }
            let younger = try await RawClient.detached { try RawClient.connect(socket) }
            defer { close(younger) }
            #expect(try await ferry.ask("GET", "/healthz").status == 200)
            #expect(try await RawClient.detached { RawClient.readAll(idle) } == "")
        }
    }

    @Test func refusesAClientWhenAllOthersAreBusy() async throws {
        var limits = ConnectionLimits()
        limits.connections = 1
        let control = ScriptedControlPlane(holdsTests: true)
        try await Fixture.with(control, limits: limits) { (ferry) async throws in
            async let busy = ferry.ask("POST", "/api/v1/integrations/a/test")
            await eventually { control.waiting == 1 }
            let answer = try await ferry.ask("GET", "/healthz")
            #expect(answer.status == 503)
            #expect(answer.body.contains("daemon.busy"))
            control.release()
            #expect(try await busy.status == 200)
        }
    }

    @Test func survivesClientsThatGoAwayAtOnce() async throws {
        try await Fixture.with { (ferry) async throws in
            let socket = ferry.socket
            try await RawClient.detached {
                for _ in 0..<300 {
                    let descriptor = try RawClient.connect(socket)
                    RawClient.write(Array("GET /healthz HTTP/1.1\r\n\r\n".utf8), to: descriptor)
                    close(descriptor)
                }
            }
            #expect(try await ferry.ask("GET", "/healthz").status == 200)
        }
    }

    @Test func aClientThatGoesAwayCancelsItsPlanAndNobodyElseWaits() async throws {
        try await Fixture.with(ScriptedControlPlane(holdsPlans: true)) { (ferry) async throws in
            let socket = ferry.socket
            let body = #"{"direction":"pull"}"#
            let request =
                "POST /api/v1/integrations/a/plan HTTP/1.1\r\nHost: f\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let client = try await RawClient.detached {
                let descriptor = try RawClient.connect(socket)
                RawClient.write(Array(request.utf8), to: descriptor)
                return descriptor
            }
            await eventually { ferry.control.asked == [#"plan a pull ["all"] -1"#] }
            #expect(try await ferry.ask("GET", "/healthz").status == 200)
            close(client)
            await eventually { ferry.control.asked.last == "plan a cancelled" }
        }
    }

    /// NIO ends the whole process when a connection is let go of that was never served.
    @Test func cancelledWhileClientsConnectItEndsTheirConnectionsAndNothingElse() async throws {
        for round in 0..<30 {
            try await withTemporaryDirectory { directory in
                let socket = directory + "/ferry.sock"
                let server = try await SocketServer.bind(path: socket, control: ScriptedControlPlane(), logger: quiet)
                let clients = try await RawClient.detached {
                    try (0..<30).map { _ in
                        let descriptor = try RawClient.connect(socket)
                        RawClient.write(Array("GET /healthz HTTP/1.1\r\nHost: f\r\n\r\n".utf8), to: descriptor)
                        return descriptor
                    }
                }
                let run = Task { try await server.run() }
                for _ in 0..<round * 5 { await Task.yield() }
                run.cancel()
                _ = await run.result
                // All are ended: none keeps its client waiting.
                _ = try await RawClient.detached {
                    for client in clients {
                        #expect(!RawClient.readAll(client).contains("still open"))
                        close(client)
                    }
                }
            }
        }
    }

    @Test func cancelledItEndsWhatIsInProgress() async throws {
        try await withTemporaryDirectory { directory in
            let socket = directory + "/ferry.sock"
            let control = ScriptedControlPlane(holdsPlans: true)
            let server = try await SocketServer.bind(path: socket, control: control, logger: quiet)
            let run = Task { try await server.run() }
            let body = #"{"direction":"pull"}"#
            let request =
                "POST /api/v1/integrations/a/plan HTTP/1.1\r\nHost: f\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            async let answer = RawClient.converse(socket, Array(request.utf8))
            await eventually { !control.asked.isEmpty }
            run.cancel()
            _ = await run.result
            #expect(control.asked.last == "plan a cancelled")
            #expect(try await answer == "")
        }
    }

    @Test func aClientThatHasJustConnectedIsAnsweredThoughTheServerStops() async throws {
        try await Fixture.with { (ferry) async throws in
            let socket = ferry.socket
            let client = try await RawClient.detached { try RawClient.connect(socket) }
            defer { close(client) }
            // Whoever came later was let in later.
            #expect(try await ferry.ask("GET", "/healthz").status == 200)
            // One that has asked before, and rests, is ended as soon as the server stops.
            async let resting = RawClient.converse(socket, Array("GET /api/v1/status HTTP/1.1\r\nHost: f\r\n\r\n".utf8))
            await eventually { ferry.control.asked.contains("status") }
            await ferry.server.shutdown()
            #expect(try await resting.hasPrefix("HTTP/1.1 200"))
            let answer = try await RawClient.detached {
                RawClient.write(Array("GET /healthz HTTP/1.1\r\nHost: f\r\n\r\n".utf8), to: client)
                return RawClient.readAll(client)
            }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.contains("Connection: close"))
        }
    }

    @Test func aClientThatSaysNothingKeepsNobodyFromStopping() async throws {
        try await Fixture.with { (ferry) async throws in
            let socket = ferry.socket
            let client = try await RawClient.detached { try RawClient.connect(socket) }
            defer { close(client) }
            #expect(try await ferry.ask("GET", "/healthz").status == 200)
            await ferry.server.shutdown()
            #expect(try await RawClient.detached { RawClient.readAll(client) } == "")
        }
    }

    @Test func answersWhatIsInProgressBeforeItShutsDown() async throws {
        let control = ScriptedControlPlane(holdsTests: true)
        try await Fixture.with(control) { (ferry) async throws in
            let socket = ferry.socket
            async let answer = ferry.ask("POST", "/api/v1/integrations/a/test")
            await eventually { control.waiting == 1 }
            await ferry.server.shutdown()
            #expect(throws: RawClient.Failure.self) { try RawClient.connect(socket) }
            control.release()
            #expect(try await answer.status == 200)
        }
    }
}
