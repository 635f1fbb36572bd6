import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Search Console as the sandbox plays it: days that are revised, refusals of all kinds, and sitemaps.
@Suite struct SearchConsoleTests {
    private static let site = "sc-domain:example.com"
    private static let other = "https://www.example.com/"

    /// The day that it was so many days ago in California.
    private static func day(_ ago: Int) -> String {
        zone.map { CalendarDay(at: Date(), in: $0).adding(days: -ago).text } ?? ""
    }

    private static let zone = try? TimeZoneRules(named: "America/Los_Angeles")

    private static func row(_ query: String, clicks: Int = 1, impressions: Int = 40) -> SearchRow {
        SearchRow(query: query, page: "https://www.example.com/\(query)", clicks: clicks, impressions: impressions)
    }

    private static let searches = """
          - type: search
            resource: search_analytics
            deletes: propagate
            field_mappings:
              - { source: fields.site, target: siteUrl, direction: pull }
              - { source: fields.type, target: type, direction: pull }
              - { source: fields.day, target: date, direction: pull }
              - { source: fields.query, target: query, direction: pull }
              - { source: fields.clicks, target: clicks, direction: pull }
              - { source: fields.ctr, target: ctr, direction: pull }
        """

    private static func with(
        sites: [String] = [site],
        settings: String = "",
        type: String = "google_search_console",
        entities: String = searches,
        _ body: (FerryWorld) async throws -> Void
    ) async throws {
        try await FerryWorld.with { world async throws in
            let console = world.sandbox.searchConsole
            for site in sites { console.addSite(site) }
            console.setFirstIncompleteDate(day(2))
            try write(sites: sites, settings: settings, type: type, entities: entities, in: world)
            try await body(world)
        }
    }

    private static func write(
        sites: [String],
        settings: String = "",
        type: String = "google_search_console",
        entities: String = searches,
        in world: FerryWorld
    ) throws {
        let key = try world.folder.write(world.sandbox.searchConsole.keyFile(at: world.sandbox.baseURL), to: "key.json")
        try world.write(
            integration: "search",
            """
            type: \(type)
            config:
              base_url: "\(world.sandbox.baseURL)/google_search_console"
              key_file: { file: \(key) }
              site_urls: [\(sites.map { "\"\($0)\"" }.joined(separator: ", "))]
              since: "\(day(6))"
              requests_per_second: 1000
              \(settings)
            entities:
            \(entities)
            """
        )
    }

    /// The days that were asked for, as the last two digits of each query's start and its first row.
    private func queries(_ world: FerryWorld) -> [String] {
        world.sandbox.searchConsole.requests.filter {
            $0.path.hasSuffix("/query") && !$0.body.contains(#""dimensions":["date"]"#)
        }
        .map { "\($0.json["startDate"]?.string ?? "") \($0.json["startRow"]?.integer ?? -1)" }
    }

    private func rows(_ world: FerryWorld, _ columns: String = "day, query, clicks") throws -> [String] {
        try world.rows(world.store, "SELECT \(columns) FROM search ORDER BY site, type, day, query")
    }

    // MARK: What was searched

    @Test func finalDaysArePulledOneByOneAndAgainOnlyTheLastOfThem() async throws {
        try await Self.with(settings: "page_size: 2") { world async throws in
            let console = world.sandbox.searchConsole
            let words = ["shoes", "an|odd% one", "hats"]
            // The one with the most clicks comes first: where there are as many, the order is nobody's.
            let rows = words.enumerated().map { Self.row($1, clicks: 5 - $0) }
            console.setRows(rows, of: Self.site, on: Self.day(4))
            console.setRows([Self.row("shoes")], of: Self.site, on: Self.day(1))
            let first = try await world.once("search", .pull).job
            #expect(first.state == .succeeded && first.progress.created == 3, "\(first)")
            let day = Self.day(4)
            #expect(
                try self.rows(world) == ["\(day)|an|odd% one|4", "\(day)|hats|3", "\(day)|shoes|5"]
            )
            #expect(try self.rows(world, "DISTINCT site, type") == ["\(Self.site)|web"])
            #expect(try self.rows(world, "ctr").last == "0.125")
            // Six days ago to three days ago; each to an empty page.
            let days = (3...6).reversed().map { Self.day($0) }
            #expect(
                queries(world) == ["\(days[0]) 0", "\(days[1]) 0"] + [0, 2, 3].map { "\(days[2]) \($0)" } + [
                    "\(days[3]) 0"
                ]
            )
            let second = try await world.once("search", .pull).job
            #expect(second.state == .succeeded && second.progress.unchanged == 3 && second.progress.updated == 0)
            #expect(
                Set(queries(world).suffix(6).map { $0.prefix(10) })
                    == Set((3...6).map { Self.day($0)[...] })
            )
            // A day becomes final: it is pulled, and the one that is now longest ago is not.
            console.setFirstIncompleteDate(Self.day(1))
            console.setRows([Self.row("boots")], of: Self.site, on: Self.day(2))
            let before = queries(world).count
            #expect(try await world.once("search", .pull).job.progress.created == 1)
            #expect(
                Set(queries(world).dropFirst(before).map { String($0.prefix(10)) }) == Set((2...6).map(Self.day))
            )
            _ = try await world.once("search", .pull).job
            #expect(queries(world).last?.hasPrefix(Self.day(2)) == true)
            #expect(!queries(world).suffix(6).contains { $0.hasPrefix(Self.day(6)) })
        }
    }

    @Test func whatGoogleRevisesIsRevisedAndWhatItTakesBackGoes() async throws {
        try await Self.with { world async throws in
            let console = world.sandbox.searchConsole
            console.setRows(["a", "b", "c"].map { Self.row($0) }, of: Self.site, on: Self.day(4))
            console.setRows([Self.row("a")], of: Self.site, on: Self.day(3))
            #expect(try await world.once("search", .pull).job.progress.created == 4)
            console.setRows(
                [Self.row("a", clicks: 9), Self.row("c"), Self.row("d")],
                of: Self.site,
                on: Self.day(4)
            )
            let job = try await world.once("search", .pull).job
            #expect(job.state == .succeeded && job.progress.updated == 1 && job.progress.created == 1, "\(job)")
            #expect(job.progress.deleted == 1 && job.progress.unchanged == 2)
            let day = Self.day(4)
            #expect(try rows(world) == ["\(day)|a|9", "\(day)|c|1", "\(day)|d|1", "\(Self.day(3))|a|1"])
            // A day without rows is one whose rows are gone.
            console.setRows([], of: Self.site, on: day)
            #expect(try await world.once("search", .pull).job.progress.deleted == 3)
        }
    }

    /// Rows with as many clicks come in another order each time: what slips from page to page is not taken for gone.
    @Test func rowsThatSlipBetweenPagesAreNotDeleted() async throws {
        try await Self.with(settings: "page_size: 2") { world async throws in
            let console = world.sandbox.searchConsole
            console.setRows((1...9).map { Self.row("w\($0)") }, of: Self.site, on: Self.day(4))
            var seen = 0
            for _ in 1...6 {
                let job = try await world.once("search", .pull).job
                #expect(job.state == .succeeded && job.progress.deleted == 0, "\(job)")
                seen += job.progress.created
            }
            #expect(try rows(world, "query").count == seen && seen > 4)
        }
    }

    @Test func daysThatAreNotFinalArePulledWhereThatIsWanted() async throws {
        try await Self.with(settings: "provisional: true") { world async throws in
            let console = world.sandbox.searchConsole
            console.setRows([Self.row("a")], of: Self.site, on: Self.day(1))
            #expect(try await world.once("search", .pull).job.progress.created == 1)
            console.setRows([Self.row("a", clicks: 5), Self.row("b")], of: Self.site, on: Self.day(1))
            let job = try await world.once("search", .pull).job
            #expect(job.progress.updated == 1 && job.progress.created == 1, "\(job)")
            let states = world.sandbox.searchConsole.requests.filter { $0.body.contains("startRow") }
                .map { "\($0.json["startDate"]?.string ?? "") \($0.json["dataState"]?.string ?? "")" }
            #expect(Set(states).contains("\(Self.day(1)) all") && Set(states).contains("\(Self.day(3)) final"))
            #expect(!states.contains("\(Self.day(1)) final"))
        }
    }

    @Test func aPullThatIsKilledWithinADayEndsRight() async throws {
        try await Self.with(settings: "page_size: 2") { world async throws in
            let console = world.sandbox.searchConsole
            let day = Self.day(5)
            console.setRows((1...6).map { Self.row("w\($0)", clicks: 10 - $0) }, of: Self.site, on: day)
            #expect(try await world.once("search", .pull).job.progress.created == 6)
            console.setRows(
                (1...7).filter { $0 != 1 }.map { Self.row("w\($0)", clicks: 10 - $0) },
                of: Self.site,
                on: day
            )
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000), path: "/query", nth: 5))
            let pull = try world.startOnce("search", .pull)
            try await eventually("a page of the day is being waited for") { world.sandbox.faults.fired != [0] }
            pull.send(SIGKILL)
            _ = try await pull.end()
            world.sandbox.faults.clear()
            // Among what has been seen already, and among what has not.
            console.setRows([3, 4, 5, 8].map { Self.row("w\($0)", clicks: 10 - $0) }, of: Self.site, on: day)
            let job = try await world.once("search", .pull).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(try rows(world, "query") == ["w3", "w4", "w5", "w8"])
        }
    }

    @Test(arguments: ["reset", "status", "cut", "close"])
    func aDayIsWholeThroughFaults(_ fault: String) async throws {
        try await Self.with(settings: "page_size: 3") { world async throws in
            let console = world.sandbox.searchConsole
            console.setRows((1...8).map { Self.row("w\($0)", clicks: 20 - $0) }, of: Self.site, on: Self.day(4))
            let action: FaultAction =
                switch fault {
                case "reset": .reset(afterEffect: true)
                case "status": .status(503)
                case "cut": .truncatedJSON
                default: .close()
                }
            // Each request goes wrong once, the token's among them, before it goes right.
            for nth in [1, 3, 5, 8] {
                world.sandbox.faults.add(FaultRule(action, path: "google_search_console", nth: nth))
            }
            var job = try await world.once("search", .pull).job
            // Half an answer is no answer that Ferry waits for: it says so, and the next job goes on.
            while job.state == .failed, fault == "cut", job.error?.code == "contract.unexpected_answer" {
                job = try await world.once("search", .pull).job
            }
            #expect(job.state == .succeeded, "\(job)")
            #expect(try rows(world, "query") == (1...8).map { "w\($0)" })
            #expect(try await world.once("search", .pull).job.progress.unchanged == 8)
        }
    }

    // MARK: Parts

    @Test func aPropertyOfSomebodyElseIsLeftOutAndTheOthersGoOn() async throws {
        try await Self.with { world async throws in
            let console = world.sandbox.searchConsole
            console.addForeignSite(Self.other)
            console.setRows([Self.row("a")], of: Self.site, on: Self.day(3), type: "image")
            try Self.write(sites: [Self.other, Self.site], settings: "types: [web, image]", in: world)
            let (job, exitCode) = try await world.once("search", .pull)
            #expect(job.state == .partial && exitCode == 6 && job.progress.created == 1, "\(job)")
            #expect(job.error?.code == "service.refused")
            #expect(job.error?.message.contains("'\(Self.other), web' could not be read") == true)
            #expect(job.error?.message.contains("nor could 1 more") == true)
            #expect(job.notes.count == 2)
            // As soon as it may be read, it is, from the start.
            console.setLevel("siteFullUser", of: Self.other)
            console.setRows([Self.row("b")], of: Self.other, on: Self.day(6))
            let next = try await world.once("search", .pull).job
            #expect(next.state == .succeeded && next.progress.created == 1, "\(next)")
            console.setLevel(nil, of: Self.other)
            console.setLevel(nil, of: Self.site)
            #expect(try await world.once("search", .pull).job.state == .failed)
            #expect(try rows(world, "query") == ["b", "a"])
        }
    }

    @Test func aPropertyThatIsAddedIsPulledFromTheStart() async throws {
        try await Self.with { world async throws in
            let console = world.sandbox.searchConsole
            console.setRows([Self.row("a")], of: Self.site, on: Self.day(3))
            #expect(try await world.once("search", .pull).job.progress.created == 1)
            console.addSite(Self.other)
            console.setRows([Self.row("b")], of: Self.other, on: Self.day(6))
            try Self.write(sites: [Self.site, Self.other], in: world)
            let job = try await world.once("search", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 1 && job.progress.unchanged == 1, "\(job)")
            #expect(console.requests.contains { $0.path.contains("/sites/https%3A%2F%2Fwww.example.com%2F/") })
        }
    }

    @Test func aPropertyThatNobodyHasIsAMistakeInTheFile() async throws {
        try await Self.with { world async throws in
            try Self.write(sites: ["sc-domain:exmaple.com"], in: world)
            let job = try await world.once("search", .pull).job
            #expect(job.state == .failed && job.error?.code == "service.not_found", "\(job)")
            _ = try await world.startDaemon()
            let test = try await world.ferryctl("test", "search")
            #expect(test.exitCode == 1 && (test.output + test.errors).contains("'sc-domain:exmaple.com'"), "\(test)")
            try Self.write(sites: [Self.site], in: world)
            _ = try await world.ferryctl("reload")
            #expect(try await world.ferryctl("test", "search").exitCode == 0)
            world.sandbox.searchConsole.setLevel("SITE_UNVERIFIED_USER", of: Self.site)
            #expect(try await world.ferryctl("test", "search").exitCode == 1)
        }
    }

    // MARK: Quotas and tokens

    @Test func aQuotaThatIsUsedUpIsWaitedForAndNoRefusal() async throws {
        try await Self.with { world async throws in
            world.sandbox.searchConsole.setRows([Self.row("a")], of: Self.site, on: Self.day(3))
            let spent = [
                #"{"error":{"code":403,"message":"Busy.","errors":[{"message":"Busy.","domain":"usageLimits","reason":"quotaExceeded"}]}}"#,
                #"{"error":{"code":403,"message":"Search Analytics load quota exceeded. Learn about usage limits."}}"#,
                #"{"error":{"code":403,"message":"Quota exceeded for quota metric 'Queries'."}}"#,
            ]
            for (index, body) in spent.enumerated() {
                world.sandbox.faults.add(
                    FaultRule(.status(403, retryAfter: "1", body: body), path: "/query", nth: index + 1)
                )
            }
            let job = try await world.once("search", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 1 && job.progress.retries == 3, "\(job)")
        }
    }

    /// A description of one's own, which is the built-in one with other waits.
    @Test func aQuotaThatStaysUsedUpPutsTheRestOff() async throws {
        try await Self.with(type: "impatient") { world async throws in
            let text = try await Program.run(
                "ferryctl",
                ["services", "show", "google_search_console", "--yaml"],
                in: world.folder
            ).output
            try world.folder.write(
                text.replacing("service: google_search_console", with: "service: impatient")
                    .replacing("waits: [1m, 15m]", with: "waits: [1s, 1s]"),
                to: "etc/services/impatient.yaml"
            )
            let console = world.sandbox.searchConsole
            console.setRows([Self.row("a")], of: Self.site, on: Self.day(5))
            console.setRows([Self.row("b")], of: Self.site, on: Self.day(3))
            // The probe and the first two days are within it.
            console.setQuota(perMinute: 4)
            let (job, _) = try await world.once("search", .pull)
            #expect(job.state == .partial && job.error?.code == "service.rate_limited", "\(job)")
            #expect(job.progress.created == 1 && job.progress.deleted == 0)
            #expect(job.error?.hint?.contains("goes on from there") == true)
            console.setQuota(perMinute: nil)
            let next = try await world.once("search", .pull).job
            #expect(next.state == .succeeded && next.progress.created == 1, "\(next)")
            #expect(try rows(world, "query") == ["a", "b"])
        }
    }

    @Test func aTokenIsSharedRenewedAndNotAskedForInVain() async throws {
        try await Self.with { world async throws in
            let console = world.sandbox.searchConsole
            console.setRows([Self.row("a")], of: Self.site, on: Self.day(3))
            _ = try await world.startDaemon()
            #expect(try await world.sync("search", .pull).state == .succeeded)
            #expect(try await world.sync("search", .pull).state == .succeeded)
            #expect(console.tokenCount == 1)
            console.revokeTokens()
            #expect(try await world.sync("search", .pull).state == .succeeded)
            #expect(console.tokenCount == 2)
            // A token that is used up after a second is renewed before each request.
            console.setTokenLifetime(1)
            console.revokeTokens()
            #expect(try await world.sync("search", .pull).state == .succeeded)
            console.deleteKey()
            console.revokeTokens()
            let asked = console.requests.filter { $0.path.hasSuffix("/token") }.count
            let job = try await world.sync("search", .pull)
            #expect(job.state == .failed && job.error?.code == "auth.rejected", "\(job)")
            #expect(job.error?.message.contains("Invalid JWT Signature.") == true)
            #expect(console.requests.filter { $0.path.hasSuffix("/token") }.count == asked + 1)
        }
    }

    // MARK: Properties and sitemaps

    private static let lists = """
          - type: property
            resource: sites
            key: url
            deletes: propagate
            field_mappings:
              - { source: fields.url, target: siteUrl, direction: pull }
              - { source: fields.level, target: permissionLevel, direction: pull }
          - type: feed
            resource: sitemaps
            deletes: propagate
            field_mappings:
              - { source: fields.site, target: siteUrl, direction: pull }
              - { source: fields.url, target: path, direction: pull }
              - { source: fields.errors, target: errors, transform: to_number, direction: pull }
              - { source: fields.submitted, target: "contents[0].submitted", transform: to_number, direction: pull }
        """

    @Test func propertiesAndSitemapsArePulledAsTheyAre() async throws {
        try await Self.with(sites: [Self.site, Self.other], entities: Self.lists) { world async throws in
            let console = world.sandbox.searchConsole
            let feed = "https://www.example.com/sitemap.xml?a=1&b=ä"
            // The same one in two properties is two.
            for site in [Self.site, Self.other] { console.addSitemap(feed, to: site) }
            let job = try await world.once("search", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 4, "\(job)")
            #expect(
                try world.rows(
                    world.store,
                    "SELECT site, url, errors, submitted, typeof(submitted) FROM feed ORDER BY site"
                )
                    == ["\(Self.other)|\(feed)|0|10|integer", "\(Self.site)|\(feed)|0|10|integer"]
            )
            #expect(try world.rows(world.store, "SELECT url, level FROM property ORDER BY url").count == 2)
            console.removeSitemap(feed, from: Self.site)
            console.setLevel(nil, of: Self.other)
            // While a property cannot be read, nothing is said of what is gone.
            let partial = try await world.once("search", .pull).job
            #expect(partial.state == .partial && partial.progress.deleted == 1, "\(partial)")
            #expect(try world.rows(world.store, "SELECT count(*) FROM feed") == ["2"])
            console.setLevel("siteOwner", of: Self.other)
            #expect(try await world.once("search", .pull).job.progress.deleted == 1)
            #expect(try world.rows(world.store, "SELECT site FROM feed") == [Self.other])
        }
    }

    private static let sitemaps = """
          - type: sitemap
            resource: sitemaps
            key: url
            deletes: propagate
            field_mappings:
              - { source: fields.url, target: path, direction: push }
        """

    @Test func sitemapsAreSubmittedOnceAndWithdrawn() async throws {
        try await Self.with(
            sites: [Self.site, Self.other],
            settings: "site_url: \"\(Self.other)\"",
            entities: Self.sitemaps
        ) { world async throws in
            let console = world.sandbox.searchConsole
            // One that is there already is submitted again, which changes nothing.
            console.addSitemap("https://www.example.com/stays.xml", to: Self.other)
            let text = try String(contentsOfFile: "\(world.configuration)/integrations/search.yaml", encoding: .utf8)
            try world.write(integration: "search", "store: shop\n" + text)
            let feeds = ["https://www.example.com/a.xml", "https://www.example.com/b.xml?x=1/2&y=%20"]
            try world.writeShop(
                "CREATE TABLE sitemap (url TEXT PRIMARY KEY);"
                    + feeds.map { "INSERT INTO sitemap VALUES ('\($0)');" }.joined()
                    + "INSERT INTO sitemap VALUES ('a.xml'), ('https://www.example.com/stays.xml');"
            )
            let job = try await world.once("search", .push).job
            // What is no address is set aside in Google's words.
            #expect(job.state == .partial && job.progress.created == 3 && job.progress.quarantined == 1, "\(job)")
            #expect(job.error?.message.contains("Invalid sitemap URL 'a.xml'.") == true)
            #expect(console.sitemaps(of: Self.other).count == 3 && console.sitemaps(of: Self.site).isEmpty)
            try world.writeShop("DELETE FROM sitemap WHERE url = 'a.xml'")
            let puts = { console.requests.filter { $0.method == "PUT" } }
            let sent = puts().count
            #expect(
                puts().allSatisfy {
                    $0.bodyBytes == 0
                        && $0.path.hasPrefix(
                            "/google_search_console/webmasters/v3/sites/https%3A%2F%2Fwww.example.com%2F/sitemaps/"
                        )
                }
            )
            #expect(try await world.once("search", .push).job.progress.unchanged == 3)
            #expect(puts().count == sent)
            // One that somebody has withdrawn already is as good as withdrawn.
            console.removeSitemap(feeds[0], from: Self.other)
            try world.writeShop("DELETE FROM sitemap WHERE url NOT LIKE '%stays.xml'")
            let last = try await world.once("search", .push).job
            #expect(last.state == .succeeded && last.progress.deleted == 2, "\(last)")
            #expect(console.sitemaps(of: Self.other) == ["https://www.example.com/stays.xml"])
        }
    }

    @Test func nothingElseCanBePushedAndSitemapsGoOneWay() async throws {
        try await Self.with(
            entities: Self.searches.replacing(", direction: pull", with: "")
        ) { world async throws in
            let file = "\(world.configuration)/integrations/search.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try world.write(integration: "search", "schedule: { push: { every: 1h } }\n" + text)
            let check = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(check.exitCode == 3, "\(check)")
            let said = check.output + check.errors
            #expect(said.contains("'google_search_console' cannot push its resource 'search_analytics'"), "\(said)")
            try Self.write(
                sites: [Self.site],
                entities: Self.sitemaps.replacing(", direction: push", with: ""),
                in: world
            )
            let both = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(both.exitCode == 3 && (both.output + both.errors).contains("'sitemaps' goes one way"), "\(both)")
        }
    }
}
