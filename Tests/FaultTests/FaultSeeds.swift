import FerryTesting
import Foundation
import Testing

/// Which seeds the fault suite runs.
///
/// `FERRY_FAULT_SEED=n` replays the round of one seed, `FERRY_SOAK=1` runs hundreds of rounds of random seeds.
enum FaultSeeds {
    /// How many rounds run at a time: as many as the smallest machine has cores.
    static let parallelRounds = 2

    private static let environment = ProcessInfo.processInfo.environment
    private static let soakRounds = 200
    private static let chunkSize = 10

    /// Whether hundreds of rounds of thousands of rows are asked for.
    static var isSoak: Bool { environment["FERRY_SOAK"].map { !$0.isEmpty && $0 != "0" } ?? false }

    /// The seeds of a test, in chunks that run one after the other.
    static func chunks(first: UInt64, count: Int) -> [[UInt64]] {
        if let seed = environment["FERRY_FAULT_SEED"].flatMap({ UInt64($0) }) { return [[seed]] }
        let seeds =
            isSoak
            ? (0..<soakRounds).map { _ in UInt64.random(in: 0...UInt64(UInt32.max)) }
            : (0..<count).map { first + UInt64($0) }
        return stride(from: 0, to: seeds.count, by: chunkSize).map { start in
            Array(seeds[start..<min(start + chunkSize, seeds.count)])
        }
    }

    /// Runs `round` for every seed, ``parallelRounds`` at a time.
    static func run(_ seeds: [UInt64], _ round: @escaping @Sendable (UInt64) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, seed) in seeds.enumerated() {
                if index >= parallelRounds { try await group.next() }
                group.addTask {
                    do {
                        try await round(seed)
                    } catch {
                        Issue.record("FERRY_FAULT_SEED=\(seed): \(error)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
