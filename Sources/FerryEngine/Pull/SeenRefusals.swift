/// The records that a scan has seen among those that are set aside: all others that are set aside do not exist any more.
struct SeenRefusals {
    /// So many at most, since a scan's memory must not grow with the table.
    private static let limit = 10_000

    private var ids: Set<String> = []
    private var isOverfull = false

    /// Notes that a record exists.
    mutating func insert(_ id: String) {
        if ids.count < Self.limit {
            ids.insert(id)
        } else {
            isOverfull = true
        }
    }

    /// Whether a record surely was not seen.
    func lacks(_ id: String) -> Bool { !isOverfull && !ids.contains(id) }
}
