import FerryCore

/// A page of local rows with what a push makes of them.
struct MappedRows: Sendable {
    /// The rows; one way without their values, which nobody needs any more.
    let page: LocalPage
    /// The payloads.
    let mapped: MappedBatch
    /// The hashes of the payloads' fields.
    let images: [RecordImage]
    /// The payloads' hashes.
    let hashes: [RecordHash]
    /// Both ways: the hashes of the local values that links remember; else empty.
    let locals: [[UInt64]]

    /// Maps a page.
    ///
    /// - Parameter isCompared: whether the service's records are compared before they are overwritten.
    init(_ page: consuming LocalPage, plan: EntityPlan, layout: PushLayout, isCompared: Bool) async {
        let rows = 0..<page.ids.count
        let locals = plan.isTwoWay ? rows.map { layout.agreedFields(of: $0, in: page) } : []
        let values = plan.isTwoWay ? page.records : page.takeRecords()
        let mapped = await plan.push.mapInTurns(values, ids: page.ids)
        let images = rows.map { RecordImage(of: $0, in: mapped.records) }
        hashes = rows.map { row in
            var image = images[row]
            if !isCompared {
                // One way, a missing field is told from `null`: what was left out when a record was adopted or changed may
                // have a value there still.
                for column in image.fields.indices where mapped.records[row, column].kind == .missing {
                    image.fields[column] = RecordImage.missing
                }
            }
            return plan.payloadHash(image)
        }
        self.locals = locals
        self.page = page
        self.mapped = mapped
        self.images = images
    }
}

extension LocalPage {
    /// Takes the values off, so that whoever has them is alone with them and may add to their bytes.
    fileprivate mutating func takeRecords() -> RecordBatch {
        defer { records = RecordBatch(columnCount: records.columnCount) }
        return records
    }
}

/// A page of local rows on its way to the service.
struct PushPage: Sendable {
    let ids: PackedStrings
    let marks: InputMarks
    var rows: Rows

    /// What was read of the rows.
    enum Rows: Sendable {
        /// All of it.
        case read(LocalPage)
        /// What a push makes of them.
        case mapped(MappedRows)
        /// Nothing but their digests.
        ///
        /// - Parameter start: where the page begins.
        case digested(start: ScanPosition?)
    }
}

/// What was read of a table.
enum ReadRows: Sendable {
    /// Rows.
    case page(LocalPage)
    /// Their digests.
    ///
    /// - Parameter start: where they begin.
    case digests(RowDigests, start: ScanPosition?)
}
