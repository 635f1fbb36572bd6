import FerrySandbox
import Foundation
import Testing

/// Many records of everything: made, listed and changed in a time that grows with their number, not with its square.
@Suite(.timeLimit(.minutes(testMinutes * 5))) struct SizeTests {
    private static let count = 100_000

    @Test func allServicesTakeManyRecordsAndGiveThemPageByPage() async throws {
        let sandbox = try await Sandbox.start()
        let client = LoopbackClient(port: sandbox.port ?? 0, path: "", key: nil)
        var mark = ContinuousClock.now
        // Reported, not asserted: how fast a machine is says nothing about the sandbox.
        func report(_ what: String) {
            print("\(what) in \(ContinuousClock.now - mark)")
            mark = .now
        }
        SandboxSeeds.fill(sandbox, records: Self.count)
        report("\(Self.count) records of six services")
        #expect(sandbox.tables.count(of: "products") == Self.count)
        sandbox.wiserows.setLimit(requestsPerMinute: nil)
        sandbox.sanity.setLimit(mutationsPerSecond: nil)
        sandbox.posthog.setLimit(queriesPerMinute: nil)
        sandbox.loops.setLimit(requestsPerSecond: nil)

        let wiserows = "Authorization: Bearer ds_demo_key\r\n"
        var entities: Set<Substring> = []
        for offset in stride(from: 0, to: Self.count + 1, by: 200) {
            let page = try client.send(
                "GET",
                "/wiserows/api/v1/entities?entityTypeId=et_post&limit=200&offset=\(offset)",
                extraHeaders: wiserows
            ).body
            entities.formUnion(page.matches(of: /"id":"(ent_[0-9a-f]+)"/).map(\.output.1))
        }
        #expect(entities.count == Self.count)
        report("\(Self.count) entities by offset")
        for id in entities.prefix(500) {
            let changed = try client.send(
                "PATCH",
                "/wiserows/api/v1/entities/\(id)",
                #"{"fields":{"title":"x"}}"#,
                extraHeaders: wiserows
            )
            #expect(changed.status == 200)
        }
        report("500 changes of entities")

        let sanity = "X-Sanity-Project-ID: zp7mbokg\r\nAuthorization: Bearer skDemoToken\r\n"
        var (last, documents) = ("", 0)
        repeat {
            let page = try client.send(
                "POST",
                "/sanity/v2025-02-19/data/query/production?returnQuery=false",
                #"{"query":"*[_type == $t && _id > $last] | order(_id asc) [0...5000]{_id}","params":{"t":"post","last":"\#(last)"}}"#,
                extraHeaders: sanity
            ).body
            let ids = page.matches(of: /"_id":"([a-z0-9-]+)"/).map(\.output.1)
            documents += ids.count
            last = ids.last.map(String.init) ?? ""
        } while !last.isEmpty
        #expect(documents == Self.count)
        report("\(Self.count) documents by keyset")
        for number in 1...100 {
            let changed = try client.send(
                "POST",
                "/sanity/v2025-02-19/data/mutate/production",
                #"{"mutations":[{"patch":{"id":"post-000001","set":{"n":\#(number)}}},{"delete":{"id":"none"}}]}"#,
                extraHeaders: sanity
            )
            #expect(changed.status == 200)
        }
        report("100 transactions")

        let posthog = "Authorization: Bearer phx_demo_personal_key\r\n"
        var (since, lastID, events) = ("1970-01-01 00:00:00.000000", "", 0)
        while true {
            let page = try client.send(
                "POST",
                "/posthog/app/api/projects/42/query/",
                #"{"query":{"kind":"HogQLQuery","query":"select timestamp, uuid from events where timestamp >= toDateTime64({since}, 6, 'UTC') and (timestamp > toDateTime64({since}, 6, 'UTC') or toString(uuid) > {last}) order by timestamp asc, toString(uuid) asc limit 5000","values":{"since":"\#(since)","last":"\#(lastID)"}},"refresh":"force_blocking"}"#,
                extraHeaders: posthog
            ).body
            let rows = page.matches(of: /\["([^"]+)Z","([^"]+)"\]/).map { ($0.output.1, $0.output.2) }
            guard let row = rows.last else { break }
            events += rows.count
            (since, lastID) = (String(row.0.replacing("T", with: " ")), String(row.1))
        }
        #expect(events == Self.count)
        report("\(Self.count) events by keyset")

        let loops = "Authorization: Bearer demo-loops-key\r\n"
        for number in 1...500 {
            let found = try client.send(
                "PUT",
                "/loops/api/v1/contacts/update",
                #"{"email":"customer-\#(number)@shop.example","orders":1}"#,
                extraHeaders: loops
            )
            #expect(found.status == 200)
        }
        #expect(sandbox.loops.contacts.count == Self.count)
        report("500 upserts of contacts")
        await sandbox.stop()
    }
}
