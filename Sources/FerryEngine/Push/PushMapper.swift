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

    /// Notes how many of a page's rows had to be mapped: those of the next ones are mapped ahead if most had.
    func note(mapped: Int, of count: Int) {
        isWorthwhile.store(2 * mapped > count, ordering: .relaxed)
    }

    /// What a push makes of a page's rows.
    func map(_ page: LocalPage) async -> MappedRows {
        await MappedRows(page, plan: plan, layout: layout, isCompared: isCompared)
    }

    /// A page that has not been mapped.
    func marked(_ page: LocalPage) -> PushPage {
        PushPage(page: page, marks: InputMarks(of: page, plan: plan), made: nil)
    }

    /// Passes pages on until there are no more, or nobody takes them.
    func run(from pages: BoundedChannel<LocalPage>, to mapped: BoundedChannel<PushPage>) async {
        do {
            while let page = try await pages.next() {
                let made = isWorthwhile.load(ordering: .relaxed) ? await map(page) : nil
                let marks = InputMarks(of: page, plan: plan)
                guard await mapped.send(PushPage(page: page, marks: marks, made: made)) else { return pages.abandon() }
            }
            mapped.finish()
        } catch {
            mapped.finish(throwing: error)
        }
    }
}
