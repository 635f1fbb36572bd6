/// A Loops team as somebody who has just signed up would have it.
public enum SeededTeam {
    /// Adds two mailing lists, a few properties and transactional e-mails, and so many contacts.
    public static func fill(_ team: LoopsTeam, contacts count: Int = 0) {
        team.add(LoopsList(id: "demo-news", name: "News"))
        team.add(LoopsList(id: "demo-offers", name: "Offers"))
        team.addProperty("planName", type: "string")
        team.addProperty("signedUpAt", type: "date")
        team.addProperty("orders", type: "number")
        for (id, name) in [("demo-welcome", "Welcome"), ("demo-receipt", "Receipt")] {
            team.addTransactionalEmail(id: id, name: name, lastUpdated: "2025-06-29 07:47:39.370000+00:00")
        }
        for number in 1...max(count, 1) where number <= count {
            team.upsert(
                email: "customer-\(number)@shop.example",
                [
                    ("firstName", "\"Customer \(number)\""),
                    ("planName", number.isMultiple(of: 3) ? "\"pro\"" : "\"free\""), ("orders", "\(number % 17)"),
                ]
            )
        }
    }
}
