import FoundationEssentials

/// Properties as somebody who tries Search Console would have them.
public enum SeededSearchConsole {
    /// Adds two properties with what was searched in the last two weeks, of which two days are not final, and a sitemap.
    ///
    /// - Parameter count: how many rows there are of all days of both properties.
    public static func fill(_ service: SearchConsole, rows count: Int = 84) {
        let now = Int(Date.now.timeIntervalSince1970)
        let sites = ["sc-domain:example.com", "https://www.example.com/"]
        for site in sites { service.addSite(site) }
        service.addSitemap("https://www.example.com/sitemap.xml", to: sites[1])
        service.setFirstIncompleteDate(day(2, before: now))
        let words = ["shoes", "red shoes", "shoe shop"]
        for ago in 1...14 {
            for (index, site) in sites.enumerated() {
                let slice = (ago - 1) * sites.count + index
                let size = max(count, 0) * (slice + 1) / 28 - max(count, 0) * slice / 28
                let rows = (0..<size).map { place in
                    SearchRow(
                        query: place < words.count ? words[place] : "shoes \(place)",
                        page: "https://www.example.com/\(place == 2 ? "" : "shoes")",
                        clicks: (ago * 7 + place * 3 + index) % 9,
                        impressions: 40 + ago * (place % 100 + 1)
                    )
                }
                service.setRows(rows, of: site, on: day(ago, before: now))
            }
        }
    }

    /// The day that it was so many days ago in California, as far as winter time tells.
    public static func day(_ days: Int, before seconds: Int) -> String {
        let number = (seconds - 8 * 3600) / 86_400 - days
        // Years that begin in March have their leap day last (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let shifted = number + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let date = [
            era * 400 + year + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9,
            dayOfYear - (153 * month + 2) / 5 + 1,
        ]
        return date.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
    }
}
