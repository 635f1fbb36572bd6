/// Why a value is not a date that can be moved.
enum DateFlaw: Error {
    /// The text does not look like the format.
    case shape
    /// A number, where the format is made of text.
    case number
    case year, month, day, hour, clockHour, minute, second, leapSecond, offset, weekday
    /// No offset from UTC, and no time zone to read it in.
    case noOffset
    /// Beyond the years that can be written.
    case range

    /// What is wrong, for people; nothing where the format just is another one.
    var reason: String? {
        switch self {
        case .shape, .number: nil
        case .year: "the year lies outside 0001 to 9999"
        case .month: "the month lies outside 1 to 12"
        case .day: "the month has no such day"
        case .hour: "the hour lies outside 0 to 23"
        case .clockHour: "the hour of a clock with 'a' (AM and PM) lies outside 1 to 12"
        case .minute: "the minute lies outside 0 to 59"
        case .second: "the second lies outside 0 to 59"
        case .leapSecond: "it is a leap second (:60), for which Unix time has no number"
        case .offset: "the offset from UTC lies outside -23:59 to +23:59"
        case .weekday: "the weekday is not that of the date"
        case .noOffset: "it has no offset from UTC; if all such texts are of one time zone, name that as 'timezone'"
        case .range: "it lies outside the years 0001 to 9999"
        }
    }
}
