import Synchronization

extension SearchConsole {
    /// Edits what was searched, day by day; properties; or sitemaps.
    ///
    /// `revokeTokens` ends all tokens, `deleteKey` the account's key.
    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void {
        let edit = try RecordEdit(
            json,
            resources: ["search_analytics", "sites", "sitemaps"],
            others: ["revokeTokens", "deleteKey"]
        )
        guard json["rotateKey"] == nil else { throw Refusal(400, "The account's key is deleted, with deleteKey") }
        let changes: @Sendable (inout SearchConsoleState) -> Void
        switch edit.resource {
        case "sites": changes = try sites(edit)
        case "sitemaps": changes = try sitemaps(edit)
        default: changes = try days(edit)
        }
        let (revokes, deletes) = (json["revokeTokens"]?.boolean == true, json["deleteKey"]?.boolean == true)
        return {
            self.state.withLock { state in
                changes(&state)
                if revokes { state.tokens = [:] }
                if deletes { state.isKeyDeleted = true }
            }
        }
    }

    private func days(_ edit: RecordEdit) throws(Refusal) -> @Sendable (inout SearchConsoleState) -> Void {
        guard edit.deletes.isEmpty, edit.deletesFirst == 0 else {
            throw Refusal(400, "A day's rows are replaced as a whole: an upsert without rows deletes them")
        }
        var days: [SearchSlice: [SearchRow]] = [:]
        for record in edit.upserts {
            let slice = SearchSlice(
                site: try record.text("siteUrl"),
                type: record["type"]?.string ?? "web",
                day: try record.text("date")
            )
            var rows: [SearchRow] = []
            for row in try record.list("rows") {
                rows.append(
                    SearchRow(
                        query: try row.text("query"),
                        page: try row.text("page"),
                        country: row["country"]?.string ?? "nor",
                        device: row["device"]?.string ?? "DESKTOP",
                        clicks: row["clicks"]?.integer ?? 1,
                        impressions: row["impressions"]?.integer ?? 10,
                        position: row["position"]?.double ?? 4.25
                    )
                )
            }
            days[slice] = rows
        }
        return { [days] state in state.rows.merge(days) { $1 } }
    }

    private func sites(_ edit: RecordEdit) throws(Refusal) -> @Sendable (inout SearchConsoleState) -> Void {
        var sites: [SearchConsoleSite] = []
        for record in edit.upserts {
            let level = record["permissionLevel"]?.string ?? "siteOwner"
            sites.append(SearchConsoleSite(url: try record.text("siteUrl"), level: level))
        }
        return { [sites] state in
            for site in sites {
                if state.sites.contains(where: { $0.url == site.url }) {
                    state.setLevel(site.level, of: site.url)
                } else {
                    state.sites.append(site)
                }
            }
            state.sites.removeAll { edit.deletes.contains($0.url) }
            state.sites.removeFirst(min(edit.deletesFirst, state.sites.count))
        }
    }

    private func sitemaps(_ edit: RecordEdit) throws(Refusal) -> @Sendable (inout SearchConsoleState) -> Void {
        guard edit.deletesFirst == 0 else { throw Refusal(400, "Sitemaps are deleted by their paths") }
        var sitemaps: [(site: String, path: String)] = []
        for record in edit.upserts { sitemaps.append((try record.text("siteUrl"), try record.text("path"))) }
        return { [sitemaps] state in
            for (site, path) in sitemaps { state.addSitemap(path, to: site) }
            for url in state.sites.map(\.url) {
                for path in edit.deletes { _ = state.removeSitemap(path, from: url) }
            }
        }
    }
}
