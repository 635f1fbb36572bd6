import FerryCore
import Synchronization

/// Maps pages while earlier ones are compared and sent, where most of their rows will turn out to have changed.
final class PushMapper: Sendable {
    private let plan: EntityPlan
    private let layout: PushLayout
    private let isCompared: Bool
    private let isWorthwhile = Atomic(false)

    /// - Parameter isCompared: whether the service's records are compared before they are overwritten.
    init(_ plan: EntityPlan, layout: PushLayout, isCompared: Bool) {
        self.plan = plan
        self.layout = layout
        self.isCompared = isCompared
    }

    /// Whether most rows are expected to have changed.
    var expectsChanges: Bool { isWorthwhile.load(ordering: .relaxed) }

    /// Notes how many of some rows had to be mapped: those of the next pages are mapped ahead if most had.
    func note(mapped: Int, of count: Int) {
        isWorthwhile.store(2 * mapped > count, ordering: .relaxed)
    }

    /// What a push makes of a page's rows.
    func map(_ page: consuming LocalPage) async -> MappedRows {
        await MappedRows(page, plan: plan, layout: layout, isCompared: isCompared)
    }

    /// A page that has not been mapped.
    func marked(_ page: LocalPage) -> PushPage {
        PushPage(ids: page.ids, marks: InputMarks(of: page, plan: plan), rows: .read(page))
    }

    /// Passes pages on until there are no more, or nobody takes them.
    func run(from pages: BoundedChannel<ReadRows>, to mapped: BoundedChannel<PushPage>) async {
        do {
            while let rows = try await pages.next() {
                let page: PushPage
                switch consume rows {
                case .page(let read) where expectsChanges:
                    let (ids, marks) = (read.ids, InputMarks(of: read, plan: plan))
                    page = PushPage(ids: ids, marks: marks, rows: .mapped(await map(read)))
                case .page(let read): page = marked(read)
                case .digests(let digests, let start):
                    let marks = InputMarks(digests.values, plan: plan)
                    page = PushPage(ids: digests.ids, marks: marks, rows: .digested(start: start))
                }
                guard await mapped.send(page) else { return pages.abandon() }
            }
            mapped.finish()
        } catch {
            mapped.finish(throwing: error)
        }
    }
}
