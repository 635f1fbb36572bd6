import FerryCore
import Foundation
import Synchronization

/// Which seeds are played, and how.
///
/// `FERRY_SIMULATION_SEED=n` replays one and prints its story, `FERRY_SOAK=1` plays thousands of random ones.
enum SimulationSeeds {
    /// How many histories are played at a time: twice the cores of the smallest machine, since each waits for its
    /// ledger's thread half of the time.
    static let parallelHistories = 4

    private static let environment = ProcessInfo.processInfo.environment
    private static let soakHistories = 10_000

    /// Histories that ended in a violation once, each for a reason of its own.
    static let mended: [Direction: [UInt64]] = [
        .push: [
            940_147_315, 940_147_957, 940_148_239, 940_149_292, 940_149_461, 2_777_782_722, 2_777_783_869,
            2_777_784_005, 2_048_437, 935_525_252, 3_608_269_641, 3_608_269_525, 2_519_734_878,
            2_152_629_600, 3_612_233_909, 114_442_512, 692_046_955,
            692_047_294, 553_197_638, 2_844_694_287, 3_166_297_033, 982_426_590, 4_230_424_791,
            173_381_544, 3_349_036_743, 3_259_434_671,
        ],
        .pull: [3_606_734_393, 714_202_672, 623_939_299, 2_504_197_350, 2_364_999_533, 1_875_807_102],
    ]

    /// The one seed that is to be replayed.
    static let replayed = environment["FERRY_SIMULATION_SEED"].flatMap { UInt64($0) }

    /// The seeds of a test.
    static func seeds(first: UInt64, count: Int) -> [UInt64] {
        if let replayed { return [replayed] }
        let isSoak = environment["FERRY_SOAK"].map { !$0.isEmpty && $0 != "0" } ?? false
        let count = environment["FERRY_SIMULATION_COUNT"].flatMap { Int($0) } ?? (isSoak ? soakHistories : count)
        let start = isSoak ? UInt64.random(in: 1...UInt64(UInt32.max)) : first
        return (0..<count).map { start + UInt64($0) }
    }

    /// Plays the histories of all seeds, on threads that they fill.
    static func play(_ direction: Direction, seeds: [UInt64]) async -> [History.Outcome] {
        let work = Work(seeds)
        await withTaskGroup { group in
            for _ in 0..<min(parallelHistories, seeds.count) {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        let thread = Thread {
                            while let seed = work.next() { work.finish(History.play(direction, seed: seed)) }
                            continuation.resume()
                        }
                        thread.stackSize = 8 << 20
                        thread.start()
                    }
                }
            }
        }
        return work.outcomes
    }

    private final class Work: Sendable {
        private let state: Mutex<(seeds: [UInt64], outcomes: [History.Outcome])>

        init(_ seeds: [UInt64]) {
            state = Mutex((seeds.reversed(), []))
        }

        var outcomes: [History.Outcome] { state.withLock { $0.outcomes }.sorted { $0.seed < $1.seed } }
        func next() -> UInt64? { state.withLock { $0.seeds.popLast() } }
        func finish(_ outcome: History.Outcome) { state.withLock { $0.outcomes.append(outcome) } }
    }
}
