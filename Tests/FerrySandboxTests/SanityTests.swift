import FerrySandbox
import Testing

/// The sandbox's Sanity does what the contract of the Content Lake says.
@Suite struct SanityTests {
    private static let headers = "X-Sanity-Project-ID: zp7mbokg\r\nAuthorization: Bearer skDemoToken\r\n"

    private func with(_ body: (SanityDataset, LoopbackClient) async throws -> Void) async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            var client = client
            client.path = "/sanity/v2025-02-19"
            client.key = nil
            sandbox.sanity.setTime("2025-05-02T20:44:48Z")
            try await body(sandbox.sanity, client)
        }
    }

    private func query(
        _ text: String,
        _ client: LoopbackClient,
        parameters: String = "{}",
        options: String = "?returnQuery=false",
        headers: String = headers
    ) throws -> LoopbackClient.Answer {
        try client.send(
            "POST",
            "/data/query/production\(options)",
            "{\"query\":\"\(text)\",\"params\":\(parameters)}",
            extraHeaders: headers
        )
    }

    private func mutate(
        _ mutations: String,
        _ client: LoopbackClient,
        options: String = "?returnIds=true",
        transaction: String = ""
    ) throws -> LoopbackClient.Answer {
        try client.send(
            "POST",
            "/data/mutate/production\(options)",
            "{\(transaction)\"mutations\":[\(mutations)]}",
            extraHeaders: Self.headers
        )
    }

    @Test func queriesFilterSortCutAndChoose() async throws {
        try await with { dataset, client async throws in
            SeededDataset.fill(dataset, posts: 4)
            let all = try query(
                "*[_type == $type && (_id > $last || title == 'Post 1')] | order(title desc, _id asc) [0...$n]{_id}",
                client,
                parameters: #"{"type":"post","last":"post-000002","n":2}"#
            )
            #expect(
                all.body == #"{"result":[{"_id":"post-000004"},{"_id":"post-000003"}],"ms":1,"syncTags":["s1:demo"]}"#
            )
            #expect(try query("count(*[_type == 'post'])", client).body == #"{"result":4,"ms":1}"#)
            #expect(
                try query("*[_id in path('drafts.**')]{_id}", client, options: "?perspective=raw").body.contains(
                    #""result":[{"_id":"drafts.post-000001"}]"#
                )
            )
            let refused = try query("*[_type", client)
            #expect(refused.status == 400)
            #expect(
                refused.body
                    == #"{"error":{"type":"queryParseError","description":"expected a comparison","query":"*[_type","start":7,"end":7}}"#
            )
            #expect(try query("*[_type == $type]", client).body.contains("param $type referenced, but not provided"))
        }
    }

    @Test func whatAPerspectiveGivesDependsOnTheVersionOfTheAPI() async throws {
        try await with { dataset, client async throws in
            for id in ["a", "drafts.a", "versions.r1.a"] { dataset.put(id, type: "post", []) }
            let counts = try ["", "?perspective=raw", "?perspective=published"].map { options in
                try query("count(*[_type == 'post'])", client, options: options).body
                    .firstMatch(of: /"result":([0-9]+)/).map { String($0.output.1) }
            }
            #expect(counts == ["1", "3", "1"])
            var old = client
            old.path = "/sanity/v2021-06-07"
            #expect(try query("count(*[_type == 'post'])", old, options: "").body.contains("\"result\":2"))
            // Without a token a public dataset leaves out what it does not show.
            let anonymous = "X-Sanity-Project-ID: zp7mbokg\r\n"
            #expect(
                try query("count(*[_type == 'post'])", client, options: "?perspective=raw", headers: anonymous).status
                    == 401
            )
            dataset.setPublic(true)
            let open = try query("count(*[_type == 'post'])", client, options: "?perspective=raw", headers: anonymous)
            #expect(open.body.contains("\"result\":1"))
        }
    }

    @Test func transactionsAreTakenAsAWholeOrNotAtAll() async throws {
        try await with { dataset, client async throws in
            let made = try mutate(
                #"{"createIfNotExists":{"_id":"a","_type":"post"}},"#
                    + #"{"patch":{"id":"a","set":{"title":"x","seo.title":"y"},"unset":["old"],"setIfMissing":{"n":1}}}"#,
                client,
                transaction: #""transactionId":"t1","#
            )
            #expect(
                made.body
                    == #"{"transactionId":"t1","results":[{"id":"a","operation":"create"},{"id":"a","operation":"update"}]}"#
            )
            #expect(
                dataset.document("a")?.json
                    == #"{"_createdAt":"2025-05-02T20:44:48Z","_id":"a","_rev":"t1","_type":"post","_updatedAt":"2025-05-02T20:44:48Z","title":"x","seo":{"title":"y"},"n":1}"#
            )
            #expect(try mutate("", client, transaction: #""transactionId":"t1","#).status == 409)
            let refused = try mutate(
                #"{"createOrReplace":{"_id":"b","_type":"post"}},{"create":{"_id":"a","_type":"post"}}"#,
                client
            )
            #expect(refused.status == 409 && dataset.document("b") == nil)
            #expect(refused.body.contains(#""items":[{"index":1,"error":{"type":"documentAlreadyExistsError","#))
            #expect(try mutate(#"{"delete":{"id":"b"}}"#, client).body.contains(#"{"id":"b","operation":"none"}"#))
            #expect(try mutate(#"{"delete":{"id":"a"}}"#, client, options: "?dryRun=true").status == 200)
            #expect(dataset.documents.count == 1)
        }
    }

    @Test(arguments: [
        (#"{"createIfNotExists":{"_id":"-a","_type":"post"}}"#, 400, "Malformed document ID"),
        (#"{"createIfNotExists":{"_id":"a..b","_type":"post"}}"#, 400, "Malformed document ID"),
        (#"{"createIfNotExists":{"_id":"a"}}"#, 400, "missing the attribute"),
        (#"{"patch":{"id":"none","set":{}}}"#, 409, "documentNotFoundError"),
        (#"{"patch":{"id":"author-ada","ifRevisionID":"x","set":{}}}"#, 409, "unexpected revision ID"),
        (#"{"patch":{"id":"author-ada","set":{"_type":"x"}}}"#, 400, "reserved attribute"),
        (#"{"delete":{"id":"author-bo"}}"#, 409, "cannot be deleted as there are references to it from"),
        (#"{"create":{"_id":"x","_type":"post","author":{"_ref":"nobody"}}}"#, 409, "references non-existent document"),
        (#"{"explode":{}}"#, 400, "Unknown mutation type"),
    ])
    func whatIsWrongIsSaid(mutation: String, status: Int, words: String) async throws {
        try await with { dataset, client async throws in
            SeededDataset.fill(dataset)
            let before = dataset.documents
            let answer = try mutate(mutation, client)
            #expect(answer.status == status && answer.body.contains(words), "\(answer)")
            #expect(dataset.documents == before)
            #expect(
                try mutate(#"{"create":{"_type":"post","author":{"_ref":"nobody","_weak":true}}}"#, client).status
                    == 200
            )
        }
    }

    @Test func gatesAndLimitsHaveTheirOwnShape() async throws {
        try await with { dataset, client async throws in
            let wrong = "X-Sanity-Project-ID: zp7mbokg\r\nAuthorization: Bearer wrong\r\n"
            let answer = try client.send("GET", "/users/me", extraHeaders: wrong)
            #expect(answer.body == #"{"statusCode":401,"error":"Unauthorized","message":"Session not found"}"#)
            #expect(try client.send("GET", "/users/me", extraHeaders: Self.headers).status == 200)
            #expect(try client.send("POST", "/data/query/other", "{}", extraHeaders: Self.headers).status == 404)
            let large = String(repeating: "x", count: 4_000_000)
            #expect(try mutate("\"\(large)\"", client).body.contains("Request body exceeds limit of 4000000 bytes"))
            #expect(try mutate("", client, options: "?visibility=soon").status == 400)
            dataset.setLimit(mutationsPerSecond: 1)
            let statuses = try (1...2).map { _ in try mutate("", client).status }
            #expect(statuses == [200, 429])
            dataset.setLimit(mutationsPerSecond: nil)
            dataset.setWriteAccess(false)
            #expect(try mutate("", client).status == 403)
        }
    }

    @Test func exportsAreDocumentsALineInParts() async throws {
        try await with { dataset, client async throws in
            SeededDataset.fill(dataset, posts: 3)
            let whole = try client.send("GET", "/data/export/production?types=post,author", extraHeaders: Self.headers)
            #expect(whole.headers["content-type"] == "application/x-ndjson")
            #expect(whole.body.split(separator: "\n").count == 7)
            dataset.setExportSize(2)
            let part = try client.send("GET", "/data/export/production?nextCursor=", extraHeaders: Self.headers)
            #expect(part.body.hasSuffix("{\"nextCursor\":\"author-bo\"}\n"))
            dataset.breakOffExport(after: 1, glued: true)
            let broken = try client.send("GET", "/data/export/production", extraHeaders: Self.headers)
            #expect(
                broken.body.hasSuffix(#"{"error":{"description":"The export was cut off by the database"}}"# + "\n")
            )
            #expect(broken.body.split(separator: "\n").count == 2)
        }
    }

    @Test func numbersAreCountedKeysMadeAndDocumentsShown() async throws {
        try await with { dataset, client async throws in
            dataset.put("a", type: "post", [("n", "2"), ("list", #"[{"x":1},{"_key":"k","x":2}]"#)])
            let shown = try mutate(
                #"{"patch":{"id":"a","inc":{"n":3},"set":{"more":[{"y":1}]}}}"#,
                client,
                options: "?returnDocuments=true&autoGenerateArrayKeys=true"
            )
            #expect(shown.body.contains(#""operation":"update","document":{"_createdAt":"#), "\(shown.body)")
            #expect(dataset.document("a")?["n"] == "5" && dataset.document("a")?.keylessCount == 0)
            #expect(try mutate(#"{"patch":{"id":"a","dec":{"n":0.5}}}"#, client).status == 200)
            #expect(dataset.document("a")?["n"] == "4.5")
            let refused = try mutate(#"{"patch":{"id":"a","inc":{"more":1}}}"#, client)
            #expect(refused.status == 400 && refused.body.contains("is not a number"))
        }
    }

    @Test func documentsAreDeletedByQueryAllOrNone() async throws {
        try await with { dataset, client async throws in
            SeededDataset.fill(dataset, posts: 4)
            let authors = #"{"delete":{"query":"*[_type == $t]","params":{"t":"author"}}}"#
            #expect(try mutate(authors, client).status == 409)
            #expect(dataset.documents.count == 8)
            let posts = #"{"delete":{"query":"*[_type == $t]","params":{"t":"post"}}}"#
            #expect(try mutate("\(posts),\(authors)", client, options: "?dryRun=true").status == 200)
            #expect(dataset.documents.count == 8)
            let deleted = try mutate("\(posts),\(authors)", client)
            #expect(deleted.status == 200 && deleted.body.contains(#"{"id":"author-cy","operation":"delete"}"#))
            #expect(dataset.documents.isEmpty)
            #expect(try mutate(#"{"delete":{"query":"*[_type"}}"#, client).body.contains("queryParseError"))
        }
    }

    @Test func aTransactionThatIsRefusedHalfWayLeavesEverythingAsItWas() async throws {
        try await with { dataset, client async throws in
            SeededDataset.fill(dataset, posts: 3)
            let before = dataset.documents
            let refused = try mutate(
                #"{"patch":{"id":"post-000001","set":{"title":"x"}}},{"delete":{"id":"post-000002"}},"#
                    + #"{"createOrReplace":{"_id":"n","_type":"post"}},{"patch":{"id":"none","set":{}}}"#,
                client,
                transaction: #""transactionId":"t1","#
            )
            #expect(refused.status == 409 && dataset.documents == before)
            // Its name is free as before.
            #expect(try mutate("", client, transaction: #""transactionId":"t1","#).status == 200)
            #expect(try mutate("", client, options: "?transactionId=t1").status == 409)
        }
    }

    @Test func whatIsReferredToKeepsItsTypeAndNothingGrowsBeyondMeasure() async throws {
        try await with { dataset, client async throws in
            SeededDataset.fill(dataset, posts: 3)
            let other = try mutate(#"{"createOrReplace":{"_id":"author-ada","_type":"page"}}"#, client)
            #expect(other.status == 409 && other.body.contains("cannot change"))
            let deep = String(repeating: #"{"a":"#, count: 20) + "1" + String(repeating: "}", count: 20)
            let nested = try mutate(#"{"create":{"_id":"d","_type":"t","x":\#(deep)}}"#, client)
            #expect(nested.status == 400 && nested.body.contains("20 levels"))
            let wide = (0...1000).map { "\"f\($0)\":1" }.joined(separator: ",")
            let many = try mutate(#"{"create":{"_id":"w","_type":"t",\#(wide)}}"#, client)
            #expect(many.status == 400 && many.body.contains("1000 attributes"))
            // The same attribute of many elements is one.
            let list = (0...1000).map { _ in #"{"x":1}"# }.joined(separator: ",")
            #expect(try mutate(#"{"create":{"_id":"l","_type":"t","list":[\#(list)]}}"#, client).status == 200)
        }
    }

    @Test func theOrdersThatAreKeptAreThoseThatAreSorted() async throws {
        try await with { dataset, client async throws in
            for (index, id) in ["c", "a", "d", "b"].enumerated() {
                dataset.setTime("2025-05-02T20:44:4\(index / 2)Z")
                dataset.put(id, type: "post", [("n", "\(index)")])
            }
            let times = #"{"type":"post","since":"2025-05-02T20:44:40Z","last":"a","n":2}"#
            let keyset =
                "*[_type == $type && _updatedAt >= $since && (_updatedAt > $since || _id > $last)] "
                + "| order(_updatedAt asc, _id asc) [0...$n]{_id}"
            #expect(try query(keyset, client, parameters: times).body.contains(#"[{"_id":"c"},{"_id":"b"}]"#))
            let byID = try query("*[_id > 'a'] | order(_id asc) [0...2]{_id}", client).body
            #expect(byID.contains(#"[{"_id":"b"},{"_id":"c"}]"#), "\(byID)")
            #expect(try query("*[_id == 'd']{n}", client).body.contains(#"[{"n":2}]"#))
            // A change moves it.
            dataset.setTime("2025-05-02T20:44:50Z")
            dataset.put("c", type: "post", [])
            #expect(try query(keyset, client, parameters: times).body.contains(#"[{"_id":"b"},{"_id":"d"}]"#))
            dataset.remove("b")
            #expect(try query(keyset, client, parameters: times).body.contains(#"[{"_id":"d"},{"_id":"c"}]"#))
        }
    }
}
