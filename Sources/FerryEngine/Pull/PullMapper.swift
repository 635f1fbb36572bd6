import FerryCore
import Synchronization

/// Maps pages while earlier ones are written, where most of their records will turn out to have changed.
final class PullMapper: Sendable {
    private let plan: EntityPlan
    private let isWorthwhile = Atomic(false)

    init(_ plan: EntityPlan) {
        self.plan = plan
    }

    /// Notes how many of a page's records had changed: those of the next ones are mapped ahead if most had.
    func note(changed: Int, of count: Int) {
        isWorthwhile.store(2 * changed > count, ordering: .relaxed)
    }

    /// Passes pages on until there are no more, or nobody takes them.
    func run(from pages: BoundedChannel<RemotePage>, to mapped: BoundedChannel<MappedPage>) async {
        do {
            while let page = try await pages.next() {
                guard await mapped.send(MappedPage(page, made: await made(of: page))) else { return pages.abandon() }
            }
            mapped.finish()
        } catch {
            mapped.finish(throwing: error)
        }
    }

    /// - Returns: `nil` also where the values cannot be read: it may be that nobody needs them.
    private func made(of page: RemotePage) async -> MappedRecords? {
        guard isWorthwhile.load(ordering: .relaxed), page.count > 0,
            let values = try? page.extract(Array(0..<page.count))
        else { return nil }
        return await MappedRecords(values, plan: plan)
    }
}
