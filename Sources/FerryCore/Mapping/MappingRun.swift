/// A batch that is being mapped, some rows at a time.
struct MappingRun {
    private let plan: MappingPlan
    private let ids: PackedStrings?
    private let columnCount: Int
    private let cells: [Cell]
    private let rows: Int
    private var row = 0
    private var worker: MappingWorker
    private var identifiers: [Cell]
    private var failures: [Int: MappingFailure] = [:]

    init(_ plan: MappingPlan, _ batch: consuming RecordBatch, ids: PackedStrings?) {
        // Constants and identifiers alone read no column, and a batch without columns counts no rows.
        rows = batch.columnCount == 0 ? ids?.count ?? 0 : batch.count
        var records = RecordBatch(columnCount: plan.outputs.count, page: batch.page)
        records.cells = [Cell](repeating: .missing, count: rows * plan.outputs.count)
        records.arena = batch.arena
        columnCount = batch.columnCount
        cells = batch.cells
        batch.arena = []  // so that growing the shared arena does not copy it
        worker = MappingWorker(records: records)
        identifiers = plan.givesIdentifier ? [Cell](repeating: .missing, count: rows) : []
        self.plan = plan
        self.ids = ids
    }

    /// Maps up to `count` rows more.
    ///
    /// - Returns: whether there are more.
    mutating func advance(by count: Int) -> Bool {
        let end = row + min(count, rows - row)
        while row < end {
            map()
            row += 1
        }
        return row < rows
    }

    consuming func finish() -> MappedBatch {
        MappedBatch(
            records: worker.records,
            identifiers: identifiers,
            failures: failures,
            refusals: worker.refusals.sorted { $0.key < $1.key }.map(\.value)
        )
    }

    private mutating func map() {
        for copy in plan.copies { worker.records[row, copy.to] = cells[row * columnCount + copy.from] }
        for place in plan.works {
            let step = plan.steps[place]
            let input: Cell =
                switch step.input {
                case .column(let column): cells[row * columnCount + column]
                case .constant(let constant): worker.store(constant)
                case .identifier: worker.storeIdentifier(ids, row: row)
                }
            do throws(MappingFailure) {
                let output = try worker.run(step, at: place, on: input, row: row)
                switch step.output {
                case .column(let column): worker.records[row, column] = output
                case .identifier: identifiers[row] = output
                }
            } catch {
                failures[row] = error
                break
            }
        }
    }
}
