import FerryCore

/// What a pull makes of some records of a page: a row for each.
struct MappedRecords: Sendable {
    /// The remote values.
    private(set) var extracted: ExtractedValues
    /// What the mapping has made of them.
    private(set) var mapped: MappedBatch
    private let seed: UInt64
    /// The hashes of the mapped values, row after row.
    private var images: [UInt64]

    /// Maps the values of some records.
    init(_ extracted: ExtractedValues, plan: EntityPlan) async {
        self.extracted = extracted
        mapped = await plan.pull.mapInTurns(extracted.records, ids: nil)
        seed = plan.pull.fingerprint
        images = []
        images.reserveCapacity(mapped.records.cells.count)
        // Both ways, rows are compared with what the table gives back, which has only null.
        RecordImage.append(allOf: mapped.records, tellsMissing: !plan.isTwoWay, to: &images)
    }

    /// Whether every record could be read and mapped.
    var isClean: Bool { extracted.problems.isEmpty && mapped.isClean }

    /// The hash of a row as its link keeps it.
    func localHash(of row: Int) -> RecordHash {
        let columns = columns(of: row)
        return images.withUnsafeBytes { bytes in
            RecordHash.of(
                UnsafeRawBufferPointer(rebasing: bytes[columns.lowerBound * 8..<columns.upperBound * 8]),
                seed: seed
            )
        }
    }

    /// The hashes of a row's values, a missing one's like that of `null`.
    func fields(of row: Int) -> [UInt64] {
        images[columns(of: row)].map { $0 == RecordImage.missing ? RecordImage.null : $0 }
    }

    /// Adds the records of a later page; both must be clean.
    mutating func append(_ next: MappedRecords) {
        // Both batches are over the bytes that were read: they are copied once.
        let page = mapped.records.page + next.mapped.records.page
        extracted.records = extracted.records.joined(to: next.extracted.records, over: page)
        mapped = mapped.joined(to: next.mapped, over: page)
        images += next.images
    }

    private func columns(of row: Int) -> Range<Int> {
        let count = mapped.records.columnCount
        return row * count..<(row + 1) * count
    }
}
