import FerryCore

/// How a push knows a row again that it has mapped before.
///
/// A link's mark is a hash of all that is read of the row, mixed with the hash of the payload that the service
/// has taken. It fits as long as neither the row, nor the mapping and its transforms, nor what the service is known to hold
/// has changed: the row need not be mapped to see that there is nothing to send.
struct InputMarks: Sendable {
    /// The hashes of what is read, row by row.
    private let inputs: [UInt64]

    /// The marks' beginnings for the rows of a page.
    init(of page: LocalPage, plan: EntityPlan) {
        if page.digests.isEmpty {
            let columns = plan.push.inputs.count
            let ids = page.ids.hashes
            inputs = ids.indices.map { row in
                RecordImage.exact(row, columns: columns, of: page.records, seed: plan.pushFingerprint ^ ids[row])
            }
        } else {
            inputs = Self.inputs(page.digests, plan)
        }
    }

    /// - Parameter digests: the rows' digests, as their store makes them.
    init(_ digests: [UInt64], plan: EntityPlan) {
        inputs = Self.inputs(digests, plan)
    }

    private static func inputs(_ digests: [UInt64], _ plan: EntityPlan) -> [UInt64] {
        digests.map { $0 ^ plan.pushFingerprint }
    }

    private init(_ inputs: [UInt64]) {
        self.inputs = inputs
    }

    /// The mark of a row that makes the payload; never 0.
    func mark(_ row: Int, payload: RecordHash) -> UInt64 {
        let mark = inputs[row] ^ payload.low
        return mark == 0 ? 1 : mark
    }

    /// Whether a row still makes the payload that its link knows.
    func fits(_ row: Int, _ link: Link) -> Bool {
        link.exists && !link.payloadHash.isMark && link.payloadHash != .unknown
            && link.inputMark == mark(row, payload: link.payloadHash)
    }

    /// The marks of some rows.
    func selecting(_ rows: [Int]) -> InputMarks { InputMarks(rows.map { inputs[$0] }) }
}
