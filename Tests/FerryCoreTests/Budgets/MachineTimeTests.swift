import FerryCore
import Testing

struct MachineTimeTests {
    @Test func asksTheWallClockOnlyAcrossARestartOfTheMachine() {
        let earlier = MachineTime(wall: 1_000_000, boot: "a", uptime: 5000)
        // Set forward by hours, and back: a minute has passed.
        #expect(MachineTime(wall: 99_000_000, boot: "a", uptime: 65_000).milliseconds(since: earlier) == 60_000)
        #expect(MachineTime(wall: 0, boot: "a", uptime: 65_000).milliseconds(since: earlier) == 60_000)
        #expect(MachineTime(wall: 1_060_000, boot: "b", uptime: 100).milliseconds(since: earlier) == 60_000)
        #expect(MachineTime(wall: 0, boot: "b", uptime: 100).milliseconds(since: earlier) == 0)
        #expect(MachineTime(wall: 1_060_000).milliseconds(since: MachineTime(wall: 1_000_000)) == 60_000)
        #expect(MachineTime(wall: .max).milliseconds(since: MachineTime(wall: .min)) == 0)
    }
}
