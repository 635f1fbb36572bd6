/// A PostHog project as a small shop would have it.
public enum SeededPosthog {
    /// Adds so many events of a week, and a person for every seven of them, three at least.
    public static func fill(_ project: PosthogProject, events count: Int = 21) {
        let persons = max(3, count / 7)
        for number in 1...persons {
            project.addPerson(
                id: "0190c3a0-0000-7000-8000-1000\(padded(number, 8))",
                distinctID: "user-\(number)",
                [("plan", number == 1 ? "\"pro\"" : "\"free\"")]
            )
        }
        project.capture(
            (1...max(count, 1)).prefix(count).map { number in
                let isOrder = number.isMultiple(of: 3)
                // The first ones all happen at ten; of more, each second has some.
                let second = (number - 1) / 21 % 86_400
                let clock = [(10 + second / 3600) % 24, second / 60 % 60, second % 60].map { padded($0, 2) }
                return PosthogEvent(
                    uuid: "0190c3a0-0000-7000-8000-\(padded(number, 12))",
                    event: isOrder ? "order placed" : "page viewed",
                    distinctID: "user-\(number % persons + 1)",
                    timestamp: "2026-11-0\(number % 7 + 1)T\(clock.joined(separator: ":")).5Z",
                    properties: isOrder ? "{\"amount\":\(number).5}" : "{\"path\":\"/\(number)\"}"
                )
            }
        )
    }

    private static func padded(_ number: Int, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
