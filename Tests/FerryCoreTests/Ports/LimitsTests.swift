import FerryCore
import Testing

@Suite struct FailureLimitTests {
    @Test func bearsAsManyRowsAsItSays() {
        #expect(!FailureLimit.rows(5).isExceeded(failed: 5, of: 5))
        #expect(FailureLimit.rows(5).isExceeded(failed: 6, of: 1_000_000))
        #expect(FailureLimit.rows(0).isExceeded(failed: 1, of: 1))
        #expect(!FailureLimit.rows(0).isExceeded(failed: 0, of: 0))
    }

    @Test func bearsTheShareOfTheRowsReadThatItSays() {
        #expect(!FailureLimit.share(0.05).isExceeded(failed: 50, of: 1000))
        #expect(FailureLimit.share(0.05).isExceeded(failed: 51, of: 1000))
        #expect(!FailureLimit.share(1).isExceeded(failed: 1000, of: 1000))
    }

    @Test func takesAShareOfTheFirstFewRowsForNothing() {
        #expect(!FailureLimit.share(0.05).isExceeded(failed: 10, of: 10))
        #expect(FailureLimit.share(0.05).isExceeded(failed: 11, of: 11))
        #expect(FailureLimit.share(0).isExceeded(failed: 11, of: 0))
    }
}

@Suite struct DeleteGuardTests {
    @Test func stopsWhatIsMoreThanBothBounds() {
        let bounds = DeleteGuard()
        #expect(!bounds.stops(deletes: 10, of: 10))
        #expect(bounds.stops(deletes: 11, of: 50))
        #expect(!bounds.stops(deletes: 11, of: 55))
        #expect(!bounds.stops(deletes: 200, of: 1000))
        #expect(bounds.stops(deletes: 201, of: 1000))
    }

    @Test func stopsTheDeletionOfEverything() {
        #expect(DeleteGuard().stops(deletes: 1000, of: 1000))
        #expect(!DeleteGuard(share: 1, count: 10).stops(deletes: 1000, of: 1000))
        #expect(DeleteGuard(share: 0, count: 0).stops(deletes: 1, of: 1000))
        #expect(!DeleteGuard(share: 0, count: 0).stops(deletes: 0, of: 0))
    }
}
