import FerryCore
import Testing

@testable import FerryServer

@Suite(.timeLimit(.minutes(testMinutes)))
struct RouteTests {
    @Test func listsIntegrationsExactlyAsTheAPIDocumentHasThem() async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("GET", "/api/v1/integrations")
            #expect(answer.status == 200)
            let expected =
                #"{"data":[{"id":"int_1","type":"dynamic_table","name":"Products/é","status":"active","#
                + #""lastSyncAt":1700000000000,"attention":[]},"#
                + #"{"id":"int_2","type":"sanity","name":"Blog","status":"pending","lastSyncAt":null,"attention":[]}]}"#
            #expect(answer.body == expected)
        }
    }

    @Test func showsAnIntegrationExactlyAsTheAPIDocumentHasItAndNoSecret() async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("GET", "/api/v1/integrations/int_1")
            #expect(answer.status == 200)
            let expected =
                #"{"data":{"id":"int_1","type":"dynamic_table","name":"Products","status":"active","#
                + #""config":{"collection_id":"c-1","key":{"credential":"table"},"other":{"literal":"‹secret›"}},"#
                + #""fieldMappings":[{"source":"fields.title","target":"title","transform":null,"transforms":null,"#
                + #""entity":"product"},{"source":"fields.name","target":"slug","transform":"slugify","#
                + #""transforms":null,"entity":"product"}],"lastSyncAt":null,"#
                + #""entities":[{"type":"product","resource":"rows","query":null,"key":null,"deletes":"keep"}],"#
                + #""schedules":[{"direction":"push","everySeconds":600,"cron":null,"calendar":null,"timezone":null,"nextRun":2000}],"#
                + #""store":"main","attention":[]}}"#
            #expect(answer.body == expected)
        }
    }

    @Test func acceptsASyncExactlyAsTheAPIDocumentHasIt() async throws {
        try await Fixture.with { (ferry) async throws in
            let body = #"{"direction":"push","entityIds":["a","b"]}"#
            let answer = try await ferry.ask("POST", "/api/v1/integrations/int_1/sync", body)
            #expect(answer.status == 200)
            #expect(answer.body == #"{"data":{"jobId":"job_1"}}"#)
            #expect(ferry.control.asked == [#"sync int_1 push ["a", "b"]"#])
        }
    }

    @Test func testsAConnectionExactlyAsTheAPIDocumentHasIt() async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("POST", "/api/v1/integrations/int_1/test")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"data":{"connected":true,"latencyMs":42,"error":null}}"#)
        }
    }

    @Test func plansWithAllKeysOfItsAnswerThere() async throws {
        try await Fixture.with { (ferry) async throws in
            let body = #"{"direction":"push","entityIds":["a"],"limit":7}"#
            let answer = try await ferry.ask("POST", "/api/v1/integrations/int_1/plan", body)
            #expect(answer.status == 200)
            #expect(
                answer.body
                    == #"{"data":{"integrationId":"int_1","direction":"push","entityIds":["a"],"state":"succeeded","#
                    + #""error":null,"isEmpty":true,"progress":{"read":0,"created":0,"updated":0,"unchanged":0,"#
                    + #""deleted":0,"skipped":0,"quarantined":0,"held":0,"bytesIn":0,"bytesOut":0,"requests":0,"#
                    + #""retries":0,"total":null,"expectedSeconds":null},"entities":[],"unknown":[],"notes":[]}}"#
            )
            let options = #"{"direction":"push","entityTypes":["post"],"allowDeletes":true,"quarantinedOnly":true}"#
            #expect(try await ferry.ask("POST", "/api/v1/integrations/int_1/plan", options).status == 200)
            #expect(
                ferry.control.asked == [
                    #"plan int_1 push ["a"] 7"#, #"plan int_1 push ["all"] -1 of ["post"] deletes quarantined"#,
                ]
            )
        }
    }

    @Test func tellsNoEntitiesFromAllEntities() async throws {
        try await Fixture.with { (ferry) async throws in
            _ = try await ferry.ask("POST", "/api/v1/integrations/x/sync", #"{"direction":"pull","entityIds":[]}"#)
            _ = try await ferry.ask("POST", "/api/v1/integrations/x/sync", #"{"direction":"pull"}"#)
            #expect(ferry.control.asked == ["sync x pull []", "sync x pull all"])
        }
    }

    @Test(arguments: [
        (#"{"direction":"pull","entityTypes":["a","b"]}"#, #"sync x pull all of ["a", "b"]"#),
        (#"{"direction":"push","allowDeletes":true,"quarantinedOnly":false}"#, "sync x push all deletes"),
        (#"{"direction":"push","entityIds":["1"],"quarantinedOnly":true}"#, #"sync x push ["1"] quarantined"#),
    ])
    func passesTheOptionsOfASyncOn(body: String, call: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("POST", "/api/v1/integrations/x/sync", body)
            #expect(answer.status == 200)
            #expect(ferry.control.asked == [call])
        }
    }

    @Test(arguments: [
        ("", "retry job_9"), ("{}", "retry job_9"), (#"{"quarantinedOnly":true}"#, "retry job_9 quarantined"),
        (#"{"entityTypes":["a"],"allowDeletes":true}"#, #"retry job_9 of ["a"] deletes"#),
    ])
    func passesTheOptionsOfARetryOn(body: String, call: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("POST", "/api/v1/jobs/job_9/retry", body.isEmpty ? nil : body)
            #expect(answer.status == 200)
            #expect(ferry.control.asked == [call])
        }
    }

    @Test(arguments: [
        ("/api/v1/integrations/x/sync", #"{"direction":"pull","entityTypes":"a"}"#, "'entityTypes' has to be"),
        ("/api/v1/integrations/x/sync", #"{"direction":"pull","allowDeletes":"yes"}"#, "'allowDeletes' has to be"),
        ("/api/v1/integrations/x/sync", #"{"direction":"pull","allowDelete":true}"#, "Unknown key 'allowDelete'"),
        ("/api/v1/jobs/job_9/retry", #"{"quarantinedOnly":1}"#, "'quarantinedOnly' has to be true or false"),
        ("/api/v1/jobs/job_9/retry", #"{"direction":"pull"}"#, "Unknown key 'direction'"),
    ])
    func refusesOptionsThatAreNone(path: String, body: String, words: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("POST", path, body)
            #expect(answer.status == 400)
            #expect(answer.body.contains(words), "\(answer.body)")
            #expect(ferry.control.asked == [])
        }
    }

    @Test(arguments: [
        ("/api/v1/jobs/job_9/quarantine", "quarantine of job job_9 50 -"),
        ("/api/v1/integrations/a/quarantine?limit=2&cursor=9", "quarantine of a 2 9"),
        ("/api/v1/quarantine", "quarantine of all 50 -"),
    ])
    func listsWhatIsSetAside(path: String, call: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("GET", path)
            #expect(answer.status == 200)
            let expected =
                #"{"data":{"total":2,"records":[{"integrationId":"int_1","entityType":"product","direction":"push","#
                + #""id":"A-1","code":"record.refused","message":"'price' must be a number"}],"nextCursor":"7"}}"#
            #expect(answer.body == expected)
            #expect(ferry.control.asked == [call])
            #expect(try await ferry.ask("GET", "/api/v1/quarantine?cursor=job_1").status == 400)
            #expect(try await ferry.ask("GET", "/api/v1/quarantine?limit=201").status == 400)
        }
    }

    @Test(arguments: [
        ("GET", "/healthz", #"{"data":{"ok":true}}"#, ""),
        (
            "GET", "/api/v1/status",
            #"{"data":{"version":"1.2.3","startedAt":1000,"configuration":{"ok":true,"errors":[]},"#
                + #""ledger":{"ok":true,"problems":[]},"workers":4,"#
                + #""running":[],"integrations":[]}}"#,
            "status"
        ),
        ("POST", "/api/v1/integrations/a/pause", #"{"data":{"id":"a"}}"#, "pause a"),
        ("POST", "/api/v1/integrations/a/resume", #"{"data":{"id":"a"}}"#, "resume a"),
        ("POST", "/api/v1/jobs/job_9/cancel", #"{"data":{"id":"job_9"}}"#, "cancel job_9"),
        ("POST", "/api/v1/jobs/job_9/retry", #"{"data":{"jobId":"job_2"}}"#, "retry job_9"),
        (
            "GET", "/api/v1/integrations/int_1/conflicts?limit=5",
            #"{"data":[{"id":7,"integrationId":"int_1","entityType":"product","kind":"changed","localId":"a","#
                + #""remoteId":"r1","fields":["name"],"local":{"name":"Mine"},"remote":{"name":"Theirs"},"#
                + #""openedAt":1500,"resolution":null}]}"#,
            "conflicts int_1 5"
        ),
        ("POST", "/api/v1/reload", #"{"data":{"ok":true,"loaded":2,"errors":[]}}"#, "reload"),
    ])
    func answersEveryOtherRoute(method: String, path: String, body: String, call: String) async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask(method, path)
            #expect(answer.status == 200)
            #expect(answer.body == body)
            #expect(ferry.control.asked == (call.isEmpty ? [] : [call]))
        }
    }

    @Test func showsAJobWithEveryKeyThere() async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("GET", "/api/v1/jobs/job_1")
            let expected =
                #"{"data":{"id":"job_1","integrationId":"int_1","direction":"pull","trigger":"manual","#
                + #""state":"queued","attempt":0,"entityIds":null,"entityTypes":null,"allowDeletes":false,"#
                + #""quarantinedOnly":false,"queuedAt":1500,"startedAt":null,"#
                + #""finishedAt":null,"wait":null,"progress":{"read":0,"created":0,"updated":0,"unchanged":0,"#
                + #""deleted":0,"skipped":0,"quarantined":0,"held":0,"bytesIn":0,"bytesOut":0,"requests":0,"#
                + #""retries":0,"total":null,"expectedSeconds":null},"refusals":[],"error":null,"notes":[]}}"#
            #expect(answer.body == expected)
        }
    }

    @Test func passesTheJobFilterOn() async throws {
        try await Fixture.with { (ferry) async throws in
            let query = "integration=a%2Bb&state=queued,running&state=failed&limit=7&cursor=job_3"
            let answer = try await ferry.ask("GET", "/api/v1/jobs?\(query)")
            #expect(answer.status == 200)
            #expect(ferry.control.asked == [#"jobs a+b ["queued", "running", "failed"] 7 job_3"#])
        }
    }

    @Test func takesADecisionAboutAConflict() async throws {
        try await Fixture.with { (ferry) async throws in
            let answer = try await ferry.ask("POST", "/api/v1/conflicts/7/resolve", #"{"side":"remote"}"#)
            #expect(answer.status == 200 && answer.body == #"{"data":{"jobId":"job_3"}}"#)
            #expect(ferry.control.asked == ["resolve 7 remote"])
            let wrong = try await ferry.ask("POST", "/api/v1/conflicts/7/resolve", #"{"side":"both"}"#)
            #expect(wrong.status == 400 && wrong.body.contains("'side' has to be"))
        }
    }

    @Test func decodesIdentifiersInThePath() async throws {
        try await Fixture.with { (ferry) async throws in
            _ = try await ferry.ask("GET", "/api/v1/jobs/a%2Fb%20%C3%A9")
            #expect(ferry.control.asked == ["job a/b é"])
        }
    }

    @Test(arguments: [
        (ErrorCode.integrationNotFound, 404), (.jobNotFound, 404), (.requestInvalid, 400), (.permissionDenied, 403),
        (.jobFinished, 409), (.integrationDisabled, 409), (.integrationBroken, 409), (.syncDirectionUnsupported, 409),
        (.syncEntityTypeUnknown, 400), (.daemonStopping, 503), (.daemonBusy, 503), (.ledgerUnavailable, 500),
        (.ledgerDamaged, 500),
    ])
    func answersAFailureWithTheStatusOfItsCode(code: ErrorCode, status: Int) async throws {
        let failure = SyncFailure(.local, code, "It is so.", hint: "Do this.")
        try await Fixture.with(ScriptedControlPlane(failure: failure)) { (ferry) async throws in
            let answer = try await ferry.ask("GET", "/api/v1/status")
            #expect(answer.status == status)
            let expected = #"{"error":{"code":"\#(code.rawValue)","message":"It is so.","hint":"Do this."}}"#
            #expect(answer.body == expected)
        }
    }
}
