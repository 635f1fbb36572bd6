import FerrySandbox
import Foundation
import Testing

@Suite struct PageSpeedTests {
    @Test func pagesThroughATableSeeingEveryRowOnce() async throws {
        try await withSandbox(rows: SeededProducts.rows(count: 5_000)) { _, client async throws in
            let start = ContinuousClock.now
            var bytes = 0
            var ids: [String] = []
            while true {
                let answer = try client.get("?take=1000&skip=\(ids.count)&sortColumn=sku&sortDirection=asc")
                let page = answer.objects.compactMap { $0["id"] as? String }
                if page.isEmpty { break }
                ids += page
                bytes += answer.body.utf8.count
            }
            // Reported, not asserted: how fast a machine is says nothing about the sandbox.
            print("5 pages of 1,000 rows, \(bytes / 5_000) bytes each, in \(ContinuousClock.now - start)")
            #expect(ids.count == 5_000)
            #expect(Set(ids).count == 5_000)
        }
    }
}
