import Testing

@testable import ferryctl

@Suite struct ScheduleKindTests {
    @Test(arguments: [
        ("*/15 * * * *", ScheduleKind.cron), ("@daily", .cron), ("0 9 * * mon-fri", .cron), ("0 0 30 2 *", .cron),
        ("0 0 0 * * *", .cron), ("@reboot", .cron), ("1h 30m", .every), ("90", .every), ("2 weeks", .every),
        ("10 minuets", .every), ("daily", .calendar), ("Mon..Fri 09:00", .calendar), ("12:00", .calendar),
        ("*:0/5", .calendar), ("2026-*-01 00:00", .calendar), ("@1395716396", .calendar),
    ])
    func anExpressionIsWhatItLooksLike(text: String, kind: ScheduleKind) {
        #expect(ScheduleKind.guess(text) == kind)
    }
}
