/// The names that stand for whole calendar expressions.
enum CalendarShorthand {
    /// The names, for messages; systemd has a few more spellings.
    static let names = "minutely, hourly, daily, weekly, monthly, quarterly, semiannually, yearly"

    /// What a name stands for, whatever its case; `nil` when it is none.
    static func fields(of name: String) -> CalendarFields? {
        switch name.lowercased() {
        case "minutely": fields(hours: .any, minutes: .any)
        case "hourly": fields(hours: .any)
        case "daily": fields()
        case "weekly": fields(weekdays: 1)
        case "monthly": fields(days: 1)
        case "quarterly": fields(months: [1, 4, 7, 10], days: 1)
        case "semiannually", "semi-annually", "biannually", "bi-annually": fields(months: [1, 7], days: 1)
        // The misspelt one is systemd's own.
        case "yearly", "annually", "anually": fields(months: [1], days: 1)
        default: nil
        }
    }

    private static func fields(
        weekdays: UInt8 = 0,
        months: [Int] = [],
        days: Int? = nil,
        hours: CalendarComponent = CalendarComponent(0),
        minutes: CalendarComponent = CalendarComponent(0)
    ) -> CalendarFields {
        CalendarFields(
            weekdays: weekdays,
            countsFromEnd: false,
            years: .any,
            months: CalendarComponent(months.map { CalendarComponent.Element(start: $0) }),
            days: days.map { CalendarComponent($0) } ?? .any,
            hours: hours,
            minutes: minutes,
            seconds: CalendarComponent(0)
        )
    }
}
