/// A Loops team as somebody who has just signed up would have it.
public enum SeededTeam {
    /// Adds two mailing lists, a few properties and transactional e-mails.
    public static func fill(_ team: LoopsTeam) {
        team.add(LoopsList(id: "demo-news", name: "News"))
        team.add(LoopsList(id: "demo-offers", name: "Offers"))
        team.addProperty("planName", type: "string")
        team.addProperty("signedUpAt", type: "date")
        team.addProperty("orders", type: "number")
        for (id, name) in [("demo-welcome", "Welcome"), ("demo-receipt", "Receipt")] {
            team.addTransactionalEmail(id: id, name: name, lastUpdated: "2025-06-29 07:47:39.370000+00:00")
        }
    }
}
