import FerryCore
import Foundation
import Testing

/// Cron expressions against an independent implementation, on the days on which clocks are set.
@Suite struct CronTableTests {
    @Test(arguments: cronTable.split(separator: "\n").map(String.init))
    func runsWhenCronsimDoes(_ row: String) throws {
        let columns = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        try #require(columns.count == 4)
        let expression = try CronExpression(parsing: columns[0])
        let zone = try TimeZoneRules(named: columns[1])
        var date = try #require(RFC3339.parse(columns[2] + ":00Z"))
        for expected in columns[3].split(separator: " ") {
            date = try #require(expression.next(after: date, in: zone))
            #expect(date == RFC3339.parse("\(expected):00Z"))
        }
    }
}
