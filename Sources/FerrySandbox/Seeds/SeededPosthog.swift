/// A PostHog project as a small shop would have it.
public enum SeededPosthog {
    /// Adds three persons and a week of their events.
    public static func fill(_ project: PosthogProject) {
        for number in 1...3 {
            project.addPerson(
                id: "0190c3a0-0000-7000-8000-10000000000\(number)",
                distinctID: "user-\(number)",
                [("plan", number == 1 ? "\"pro\"" : "\"free\"")]
            )
        }
        project.capture(
            (1...21).map { number in
                PosthogEvent(
                    uuid: "0190c3a0-0000-7000-8000-0000000000\(number < 10 ? "0" : "")\(number)",
                    event: number.isMultiple(of: 3) ? "order placed" : "page viewed",
                    distinctID: "user-\(number % 3 + 1)",
                    timestamp: "2026-11-0\(number % 7 + 1)T10:00:00.5Z",
                    properties: number.isMultiple(of: 3) ? "{\"amount\":\(number).5}" : "{\"path\":\"/\(number)\"}"
                )
            }
        )
    }
}
