import Glibc
import Testing

@testable import FerryServer

/// The routes to what is kept of an integration.
@Suite(.timeLimit(.minutes(testMinutes)))
struct StateRouteTests {
    @Test func showsWhatIsKeptWithAllKeys() async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("GET", "/api/v1/integrations/int_1/state")
            #expect(answer.status == 200)
            #expect(
                answer.body
                    == #"{"data":{"integrationId":"int_1","isBusy":false,"entities":[{"entityType":"product","#
                    + #""resource":"rows","remoteIdentity":"https://a","links":7,"tombstones":0,"quarantined":0,"#
                    + #""conflicts":0,"unsettled":0,"pullCursor":"2026","sweptAt":null,"pushedUntil":null}],"#
                    + #""changes":[{"action":"reset","at":1000,"user":4,"entityTypes":["product"],"links":7,"#
                    + #""cursorsOnly":false}]}}"#
            )
        }
    }

    @Test(arguments: [
        ("integrations/int_1/state/export", "", #"export state int_1 ["all"] for"#),
        ("integrations/int_1/state/export", #"{"entityTypes":["a"]}"#, #"export state int_1 ["a"] for"#),
        ("integrations/int_1/state/reset", "", #"reset int_1 ["all"] for"#),
        (
            "integrations/int_1/state/reset", #"{"entityTypes":["a"],"cursorsOnly":true}"#,
            #"reset int_1 ["a"] cursors for"#
        ),
        ("state-imports/i1/finish", #"{"links":3}"#, "finish i1 3 for"),
        ("state-imports/i1/finish", #"{"links":0,"replace":true}"#, "finish i1 0 replacing for"),
    ])
    func tellsWhoAsks(path: String, body: String, call: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("POST", "/api/v1/\(path)", body)
            #expect(answer.status == 200, "\(answer.body)")
            #expect(ferry.control.asked == ["\(call) \(getuid())"])
        }
    }

    @Test func takesLinksInParts() async throws {
        try await Fixture.with { (ferry) async throws in
            let origin =
                #"{"entityType":"product","resource":"rows","remoteIdentity":"x","links":1,"isPulled":true,"layouts":[]}"#
            let begun = try await ferry.ask(
                "POST",
                "/api/v1/integrations/int_1/state/import",
                #"{"entities":[\#(origin)]}"#
            )
            #expect(begun.body == #"{"data":{"importId":"i1"}}"#)
            let link =
                #"{"localId":"A","remoteId":"x","remoteHash":"","localHash":"","payloadHash":"","fieldHashes":"","#
                + #""missingScans":0}"#
            let added = try await ferry.ask(
                "POST",
                "/api/v1/state-imports/i1/links",
                #"{"entityType":"product","links":[\#(link)]}"#
            )
            #expect(added.status == 200, "\(added.body)")
            #expect(ferry.control.asked == [#"import state int_1 ["product"]"#, #"add ["A"] to i1"#])
        }
    }

    @Test func asksForAPageOfLinks() async throws {
        try await Fixture.with { (ferry) async throws in
            let path = "/api/v1/integrations/int_1/state/links?entityType=product&revision=1.2.3&cursor=40&limit=5"
            #expect(try await ferry.ask("GET", path).status == 200)
            #expect(ferry.control.asked == ["links int_1 product 1.2.3 40 5"])
        }
    }

    @Test(arguments: [
        ("GET", "integrations/int_1/state/links", "", "'entityType' is missing"),
        ("GET", "integrations/int_1/state/links?entityType=a", "", "'revision' is missing"),
        ("GET", "integrations/int_1/state/links?entityType=a&revision=1&cursor=x", "", "'cursor' cannot be 'x'"),
        ("GET", "integrations/int_1/state/links?entityType=a&revision=1&limit=1001", "", "'limit' cannot be '1001'"),
        ("GET", "integrations/int_1/state/links?entityType=a&revision=1&page=2", "", "Unknown query parameter 'page'"),
        ("POST", "integrations/int_1/state/import", "{}", "has to hold entities of an exported state"),
        ("POST", "state-imports/i1/links", #"{"links":[]}"#, "has to hold links of an exported state"),
        ("POST", "state-imports/i1/finish", "{}", "'links' is missing"),
        ("POST", "state-imports/i1/finish", #"{"links":-1}"#, "'links' has to be a whole number"),
        ("POST", "integrations/int_1/state/reset", #"{"cursors":true}"#, "Unknown key 'cursors'"),
    ])
    func refusesWhatItDoesNotUnderstand(method: String, path: String, body: String, message: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask(method, "/api/v1/\(path)", body)
            #expect(answer.status == 400)
            #expect(answer.body.contains(message), "\(answer.body)")
            #expect(ferry.control.asked.isEmpty)
        }
    }
}
