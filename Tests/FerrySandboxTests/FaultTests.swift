import FerrySandbox
import Foundation
import Testing

@Suite struct FaultTests {
    private static let insert = #"{"rows":[{"sku":"NEW","product_name":"x","price":1}]}"#

    @Test func failsBeforeTheEffectAsOftenAsAsked() async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            let action = FaultAction.status(503, retryAfter: "2", body: "busy")
            sandbox.faults.add(FaultRule(action, method: "POST", path: "/bulk", times: 2))
            for _ in 0..<2 {
                let answer = try client.send("POST", "/bulk", Self.insert)
                #expect(answer.status == 503)
                #expect(answer.headers["retry-after"] == "2")
                #expect(answer.body == "busy")
            }
            #expect(sandbox.tables.count(of: "products") == 0)
            #expect(try client.send("POST", "/bulk", Self.insert).status == 200)
            #expect(sandbox.faults.fired == [2])
        }
    }

    @Test(arguments: [FaultAction.status(500, afterEffect: true), .reset(afterEffect: true), .close(afterEffect: true)])
    func hidesAnEffectThatHappened(action: FaultAction) async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            sandbox.faults.add(FaultRule(action))
            let status = (try? client.send("POST", "/bulk", Self.insert))?.status
            #expect(status == nil || status == 500)
            #expect(sandbox.tables.count(of: "products") == 1)
        }
    }

    @Test func resetsOrClosesWithoutAnAnswerAndWithoutAnEffect() async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            sandbox.faults.add(FaultRule(.reset()), FaultRule(.close(), nth: 2))
            #expect(throws: LoopbackClient.Failure.reset) { try client.send("POST", "/bulk", Self.insert) }
            #expect(throws: LoopbackClient.Failure.noAnswer) { try client.send("POST", "/bulk", Self.insert) }
            #expect(sandbox.tables.count(of: "products") == 0)
            #expect(sandbox.requests.map(\.status) == [nil, nil])
        }
    }

    @Test func cutsABodyShortOfItsLength() async throws {
        try await withSandbox { sandbox, client async throws in
            sandbox.faults.add(FaultRule(.cutBody(afterBytes: 100)))
            let answer = try client.get()
            #expect(answer.status == 200)
            #expect(answer.body.utf8.count == 100)
            #expect(!answer.isComplete)
        }
    }

    @Test func truncatesJSONBehindAnHonestLength() async throws {
        try await withSandbox { sandbox, client async throws in
            sandbox.faults.add(FaultRule(.truncatedJSON), FaultRule(.contentType("text/html"), nth: 2))
            let answer = try client.get()
            #expect(answer.isComplete)
            #expect(answer.objects.isEmpty)
            let next = try client.get()
            #expect(next.headers["content-type"] == "text/html")
            #expect(next.objects.count == 20)
        }
    }

    @Test func delaysAnAnswer() async throws {
        try await withSandbox { sandbox, client async throws in
            sandbox.faults.add(
                FaultRule(.delay(milliseconds: 80)),
                FaultRule(.delay(milliseconds: 70, afterEffect: true))
            )
            let start = ContinuousClock.now
            #expect(try client.get().status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(150))
        }
    }

    @Test func driftsBetweenTwoPages() async throws {
        try await withSandbox { sandbox, client async throws in
            let first = sandbox.tables.rows(of: "products")[0]
            sandbox.faults.add(FaultRule(.drift { $0.delete(first.id, in: "products") }, method: "GET", nth: 2))
            let one = try client.get("?take=10").objects.compactMap { $0["rowNumber"] as? Int }
            let two = try client.get("?take=10&skip=10").objects.compactMap { $0["rowNumber"] as? Int }
            #expect(one == Array(1...10))
            #expect(two == Array(12...21))
        }
    }

    @Test func expiresThePrimaryKeyButNotTheSecondary() async throws {
        try await withSandbox { sandbox, client async throws in
            sandbox.faults.add(FaultRule(.expiredPrimaryKey, times: nil))
            #expect(try client.get().status == 401)
            var other = client
            other.key = "demo-products-secondary"
            #expect(try other.get().status == 200)
        }
    }

    @Test func rollsTheSameDiceForTheSameSeed() async throws {
        var outcomes: [[Int]] = []
        for _ in 0..<2 {
            try await withSandbox { sandbox, client async throws in
                sandbox.faults.add(FaultRule(.status(500), probability: 0.5, seed: 3, times: nil))
                outcomes.append(try (0..<30).map { _ in try client.get().status })
            }
        }
        #expect(outcomes[0] == outcomes[1])
        #expect(Set(outcomes[0]) == [200, 500])
    }

    @Test func takesRulesOverHTTPAndEndsThem() async throws {
        try await withSandbox { sandbox, client async throws in
            let rules = """
                {"rules":[{"match":{"method":"GET","path":"skip=20"},"times":null,"action":{"type":"status","status":429}},
                {"match":{"path":"/products"},"action":{"type":"clamped_pages","take":3}}]}
                """
            #expect(try client.send("POST", "/_sandbox/faults", rules).status == 204)
            #expect(try client.get().objects.count == 3)
            #expect(try client.get("?skip=20").status == 429)
            #expect(try client.get("/_sandbox/faults").body == "{\"fired\":[1,1]}")
            #expect(try client.send("DELETE", "/_sandbox/faults").status == 204)
            #expect(try client.get("?skip=20").status == 200)
            #expect(try client.send("POST", "/_sandbox/faults", #"{"action":{"type":"dance"}}"#).status == 400)
            #expect(sandbox.faults.fired.isEmpty)
        }
    }

    @Test func editsAndTellsItsStateOverHTTP() async throws {
        try await withSandbox(rows: [product("A"), product("B")]) { sandbox, client async throws in
            let before = try client.get("/_sandbox/state?collection=products").body
            #expect(before.contains("\"count\":2"))
            let edit = """
                {"collection":"products","upsert":[{"sku":"B","price":3.10},{"sku":"C","price":4}],"deleteFirst":1,
                "rotateKey":{"key":"primary","secret":"fresh"}}
                """
            #expect(try client.send("POST", "/_sandbox/edit", edit).status == 204)
            let rows = sandbox.tables.rows(of: "products")
            #expect(rows.map { $0["sku"] } == ["\"B\"", "\"C\""])
            #expect(rows[0]["price"] == "3.10")
            #expect(rows[0]["product_name"] == "\"Lamp\"")
            #expect(try client.get().status == 401)
            #expect(try client.get("/_sandbox/state?collection=products").body != before)
        }
    }
}
