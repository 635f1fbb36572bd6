import FerryCore
import Logging
import Synchronization
import Testing

@testable import FerryDaemon

/// Lines that come again and again.
@Suite struct RepeatLimiterTests {
    @Test func theSameWarningIsWrittenFiveTimesAMinuteAndTheOthersAreCounted() {
        let log = RecordedLog()
        for _ in 0..<20 { log.logger.warning("the disk is full") }
        #expect(log.texts == Array(repeating: "the disk is full", count: 5))
        log.advance(by: .seconds(60))
        log.logger.warning("the disk is full")
        #expect(log.texts.dropFirst(5) == ["left out 15 times within a minute: the disk is full", "the disk is full"])
        #expect(log.lines[5].level == .warning)
        #expect(log.lines[5].event == .linesLeftOut)
    }

    @Test func otherLinesAndOtherIntegrationsAreNoRepeats() {
        let log = RecordedLog()
        for number in 0..<20 { log.logger.warning("row \(number)") }
        #expect(log.texts.count == 20)
        for _ in 0..<5 {
            log.logger.error("it failed", metadata: [LogField.integration: "a"])
            log.logger.error("it failed", metadata: [LogField.integration: "b"])
        }
        #expect(log.texts.count == 30)
    }

    @Test func theOneLineOfAJobIsNeverLeftOut() {
        let log = RecordedLog()
        for _ in 0..<20 { log.logger.info("pull succeeded: read 3") }
        #expect(log.texts.count == 20)
    }

    @Test func whatWasLeftOutIsSaidByWhateverIsLoggedNext() {
        let log = RecordedLog()
        for _ in 0..<6 { log.logger.error("it failed", metadata: [LogField.integration: "a"]) }
        log.advance(by: .seconds(61))
        log.logger.notice("something else")
        #expect(log.texts.suffix(2) == ["left out once within a minute: [a] it failed", "something else"])
        #expect(log.lines[5].values[LogField.integration] == "a")
    }

    @Test func whatWasLeftOutIsSaidBeforeTheDaemonIsGone() {
        let log = RecordedLog()
        for _ in 0..<7 { log.logger.error("it failed") }
        log.logger.notice("stopped", metadata: [LogField.event: "\(NotableEvent.daemonStopped.rawValue)"])
        #expect(log.texts.suffix(2) == ["stopped", "left out 2 times within a minute: it failed"])
    }

    @Test func moreDifferentLinesThanAreRememberedAreAllWritten() {
        let log = RecordedLog()
        for number in 0..<1000 { log.logger.warning("row \(number)") }
        for _ in 0..<10 { log.logger.warning("row 999") }
        #expect(log.texts.count == 1010)
    }
}

/// A log into a list, by a clock that is set by hand.
private final class RecordedLog: Sendable {
    private let time = Mutex(ContinuousClock.now)
    private let written = Mutex<[LogLine]>([])
    private let limiter = Mutex<RepeatLimiter?>(nil)

    var logger: Logger {
        let limiter = limiter.withLock { kept in
            let limiter = kept ?? RepeatLimiter(now: { [unowned self] in time.withLock { $0 } })
            kept = limiter
            return limiter
        }
        let log = DaemonLog(level: .info, limiter: limiter) { [unowned self] line in
            written.withLock { $0.append(line) }
        }
        return Logger(label: "test") { _ in log }
    }

    func advance(by span: Duration) { time.withLock { $0 += span } }
    var lines: [LogLine] { written.withLock { $0 } }
    var texts: [String] { lines.map(\.text) }
}
