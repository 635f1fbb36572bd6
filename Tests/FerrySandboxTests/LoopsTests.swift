import FerrySandbox
import Testing

/// The sandbox's Loops does what the provider's documentation says.
@Suite struct LoopsTests {
    private static let headers = "Authorization: Bearer demo-loops-key\r\n"

    private func with(_ body: (LoopsTeam, LoopbackClient) async throws -> Void) async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            var client = client
            client.path = "/loops/api/v1"
            client.key = nil
            sandbox.loops.addProperty("planName", type: "string")
            sandbox.loops.add(LoopsList(id: "l1", name: "News"))
            try await body(sandbox.loops, client)
        }
    }

    @Test func refusesAWrongKey() async throws {
        try await with { _, client async throws in
            let refused = try client.send("GET", "/api-key", extraHeaders: "Authorization: Bearer x\r\n")
            #expect(refused.status == 401 && refused.body.contains("Invalid API key"))
            let taken = try client.send("GET", "/api-key", extraHeaders: Self.headers)
            #expect(taken.status == 200 && taken.body == #"{"success":true,"teamName":"Demo"}"#)
        }
    }

    @Test func upsertsByAddressOrUserIdAndRewritesTheOther() async throws {
        try await with { team, client async throws in
            let put = { try client.send("PUT", "/contacts/update", $0, extraHeaders: Self.headers) }
            #expect(
                try put(#"{"email":"a+1@b.test","userId":"u1","planName":"pro","mailingLists":{"l1":true}}"#).status
                    == 200
            )
            #expect(try put(#"{"userId":"u1","email":"new@b.test"}"#).status == 200)
            #expect(team.contacts.count == 1)
            #expect(team.contact(email: "new@b.test")?["planName"] == "\"pro\"")
            let found = try client.send("GET", "/contacts/find?email=new%40b.test", extraHeaders: Self.headers)
            #expect(found.objects.count == 1 && found.body.contains(#""mailingLists":{"l1":true}"#))
            let none = try client.send("GET", "/contacts/find?userId=u2", extraHeaders: Self.headers)
            #expect(none.status == 200 && none.body == "[]")
        }
    }

    @Test(arguments: [
        #"{"email":"a@b.test","firstName":null}"#, #"{"email":"a@b.test","mailingLists":{}}"#,
        #"{"email":"a@b.test","mailingLists":null}"#, #"{"email":"a@b.test","unknown":"x"}"#,
        #"{"email":"a@b.test","planName":1}"#, #"{"email":"nobody"}"#, #"{"firstName":"A"}"#, "[]", "{",
        #"{"email":"a@b.test","firstName":""# + String(repeating: "x", count: 499) + "\"}",
    ])
    func refusesWhatIsNoContact(body: String) async throws {
        try await with { team, client async throws in
            let answer = try client.send("PUT", "/contacts/update", body, extraHeaders: Self.headers)
            #expect(answer.status == 400 && answer.body.hasPrefix(#"{"success":false,"message":"#))
            #expect(team.contacts.isEmpty)
        }
    }

    @Test func deletesOnceAndCreatesOnce() async throws {
        try await with { team, client async throws in
            let post = { try client.send("POST", $0, $1, extraHeaders: Self.headers).status }
            #expect(try post("/contacts/create", #"{"email":"a@b.test"}"#) == 200)
            #expect(try post("/contacts/create", #"{"email":"a@b.test"}"#) == 409)
            #expect(try post("/contacts/delete", #"{"email":"a@b.test","userId":"u"}"#) == 400)
            #expect(try post("/contacts/delete", #"{"email":"a@b.test"}"#) == 200)
            #expect(try post("/contacts/delete", #"{"email":"a@b.test"}"#) == 404)
            #expect(team.contacts.isEmpty)
        }
    }

    @Test func takesAnEventOnceUnderAKey() async throws {
        try await with { team, client async throws in
            team.upsert(email: "a@b.test")
            let send = { (key: String, body: String) throws -> Int in
                try client.send(
                    "POST",
                    "/events/send",
                    body,
                    extraHeaders: Self.headers + "Idempotency-Key: \(key)\r\n"
                ).status
            }
            let body = #"{"eventName":"signup","email":"a@b.test","eventProperties":{"n":1},"planName":"pro"}"#
            #expect(try send("k1", body) == 200)
            #expect(try send("k1", body) == 409)
            #expect(try send("k2", body.replacing("a@b", with: "x@b")) == 404)
            #expect(try send("k2", body) == 200)
            #expect(try send(String(repeating: "k", count: 101), body) == 400)
            #expect(team.events.map(\.properties) == [#"{"n":1}"#, #"{"n":1}"#])
            #expect(team.contact(email: "a@b.test")?["planName"] == "\"pro\"")
        }
    }

    @Test func tellsOfItsLimitAndRefusesWhatIsTooMuch() async throws {
        try await with { team, client async throws in
            team.setLimit(requestsPerSecond: 2)
            let answers = try (0..<3).map { _ in try client.send("GET", "/lists", extraHeaders: Self.headers) }
            #expect(answers.map(\.status) == [200, 200, 429])
            #expect(answers.map { $0.headers["x-ratelimit-remaining"] } == ["1", "0", "0"])
            #expect(answers.allSatisfy { $0.headers["x-ratelimit-limit"] == "2" && $0.headers["retry-after"] == nil })
        }
    }

    @Test func showsScriptsWhatItHolds() async throws {
        try await with { team, client async throws in
            team.upsert(email: "a@b.test")
            let held = try client.send("GET", "/_sandbox/state?service=loops")
            #expect(held.status == 200 && held.body.contains(#""email":"a@b.test""#))
            #expect(try client.send("GET", "/_sandbox/state?service=loop").status == 404)
        }
    }

    @Test func sendsATransactionalEmailOnceUnderAKey() async throws {
        try await with { team, client async throws in
            team.addTransactionalEmail(id: "t1", name: "Welcome", lastUpdated: "2025-06-29 07:47:39.370000+00:00")
            let send = { (body: String) throws -> Int in
                let key = Self.headers + "Idempotency-Key: k1\r\n"
                return try client.send("POST", "/transactional", body, extraHeaders: key).status
            }
            #expect(try send(#"{"transactionalId":"t9","email":"a@b.test"}"#) == 404)
            #expect(try send(#"{"transactionalId":"t1","email":"nobody"}"#) == 400)
            #expect(try send(#"{"transactionalId":"t1","email":"a@b.test","addToAudience":true}"#) == 200)
            #expect(try send(#"{"transactionalId":"t1","email":"a@b.test"}"#) == 409)
            #expect(team.sentEmails.map(\.email) == ["a@b.test"] && team.contact(email: "a@b.test") != nil)
        }
    }

    @Test func aCursorKeepsItsPlaceWhateverIsDeleted() async throws {
        try await with { team, client async throws in
            for number in 1...25 {
                team.addTransactionalEmail(id: "t\(number)", name: "T", lastUpdated: "2025-06-29 07:47:39+00:00")
            }
            let first = try client.send("GET", "/transactional?perPage=10", extraHeaders: Self.headers).body
            let cursor = try #require(first.firstMatch(of: /"nextCursor":"([^"]+)"/)?.output.1)
            let edit = #"{"service":"loops","resource":"transactional_emails","delete":["t1","t11"]}"#
            #expect(try client.send("POST", "/_sandbox/edit", edit).status == 204)
            let next = try client.send("GET", "/transactional?perPage=10&cursor=\(cursor)", extraHeaders: Self.headers)
            #expect(next.body.contains(#""data":[{"id":"t12","#), "\(next.body)")
            let wrong = try client.send("GET", "/transactional?cursor=x", extraHeaders: Self.headers)
            #expect(wrong.status == 400)
        }
    }
}
