import FerryHTTP
import Testing

/// How exchanges end when those who wait, or the client itself, go away.
@Suite struct HTTPClientEndTests {
    @Test func cancellingTheTaskAbortsAnExchangeThatMayHaveBeenSent() async throws {
        let client = HTTPClient()
        let (received, receivedSignal) = AsyncStream<Void>.makeStream()
        let (closed, closedSignal) = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { connection in
            connection.receive()
            receivedSignal.finish()
            connection.waitForClose()
            closedSignal.finish()
        }
        let url = server.url()
        let outcome = await withTaskGroup(of: Result<HTTPResponse, any Error>.self) { group in
            group.addTask { await result { try await client.send(HTTPRequest(url: url)) } }
            for await _ in received {}
            group.cancelAll()
            return await group.next()
        }
        for await _ in closed {}
        let failure = #expect(throws: HTTPFailure.self) { try outcome?.get() }
        #expect(failure?.kind == .cancelled)
        #expect(failure?.mayHaveBeenSent == true)
        // The client goes on.
        let other = try LoopbackServer { connection in
            connection.receive()
            connection.respond("next")
        }
        #expect(try await client.send(HTTPRequest(url: other.url())).status == 200)
    }

    @Test func aTaskCancelledBeforehandSendsNothing() async throws {
        let client = HTTPClient()
        let server = try LoopbackServer { $0.waitForClose() }
        let url = server.url()
        let outcome = await withTaskGroup(of: Result<HTTPResponse, any Error>.self) { group in
            group.cancelAll()
            group.addTask { await result { try await client.send(HTTPRequest(url: url)) } }
            return await group.next()
        }
        #expect(throws: CancellationError.self) { try outcome?.get() }
        #expect(server.connectionCount == 0)
    }

    @Test func cancellingDuringTheHandshakeSurelySentNothing() async throws {
        let client = HTTPClient()
        let (accepted, acceptedSignal) = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { connection in
            acceptedSignal.finish()
            connection.waitForClose()
        }
        let url = "https://127.0.0.1:\(server.port)/"
        let outcome = await withTaskGroup(of: Result<HTTPResponse, any Error>.self) { group in
            // However long this test waits for its turn: the handshake does not give up before it is cancelled.
            let request = HTTPRequest(url: url, timeout: .seconds(3600), connectTimeout: .seconds(3600))
            group.addTask { await result { try await client.send(request) } }
            for await _ in accepted {}
            group.cancelAll()
            return await group.next()
        }
        #expect(throws: CancellationError.self) { try outcome?.get() }
    }

    @Test func shuttingDownFailsWhatIsPendingAndWhatComesLater() async throws {
        let client = HTTPClient()
        let (received, receivedSignal) = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { connection in
            connection.receive()
            receivedSignal.yield()
            connection.waitForClose()
        }
        let url = server.url()
        let outcomes = await withTaskGroup(of: Result<HTTPResponse, any Error>.self) { group in
            for _ in 0..<5 {
                group.addTask { await result { try await client.send(HTTPRequest(url: url)) } }
            }
            var count = 0
            for await _ in received {
                count += 1
                if count == 5 { break }
            }
            client.shutdown()
            client.shutdown()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 5)
        for outcome in outcomes {
            let failure = #expect(throws: HTTPFailure.self) { try outcome.get() }
            #expect(failure?.kind == .shutDown)
            #expect(failure?.mayHaveBeenSent == true)
        }
        let late = await #expect(throws: HTTPFailure.self) { _ = try await client.send(HTTPRequest(url: url)) }
        #expect(late?.kind == .shutDown)
        #expect(late?.mayHaveBeenSent == false)
    }

    @Test func aClientThatGoesAwayClosesItsConnections() async throws {
        let (closed, closedSignal) = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { connection in
            connection.receive()
            connection.respond("kept")
            connection.waitForClose()
            closedSignal.finish()
        }
        var client: HTTPClient? = HTTPClient()
        #expect(try await client?.send(HTTPRequest(url: server.url())).status == 200)
        client = nil
        for await _ in closed {}
    }
}

/// The outcome as a value, which a group without errors can collect.
private func result(
    _ body: () async throws -> HTTPResponse
) async -> Result<HTTPResponse, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
}
