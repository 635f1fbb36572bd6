import FerryCore

/// How much of a plan is listed: so many changes of each kind, and so many bytes in all, whatever the table's size.
struct PlanBudget: Sendable {
    /// The most changes that are listed of each kind and entity type.
    let limit: Int
    /// The bytes that are left for what is listed.
    private var remaining = 8 << 20

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether one more may be listed.
    func allows<Element>(another listing: Listing<Element>) -> Bool {
        listing.listed.count < limit && remaining > 0
    }

    /// Counts something, and lists it if there is room.
    ///
    /// - Returns: its place in the list.
    @discardableResult
    mutating func add<Element>(
        to listing: inout Listing<Element>,
        _ element: @autoclosure () -> Element,
        size: (Element) -> Int
    ) -> Int? {
        listing.count += 1
        guard allows(another: listing) else { return nil }
        let element = element()
        remaining -= size(element) + 64
        listing.listed.append(element)
        return listing.listed.count - 1
    }

    mutating func add(pair: PlannedPair, to listing: inout Listing<PlannedPair>) {
        add(to: &listing, pair) { $0.localID.utf8.count + ($0.remoteID?.utf8.count ?? 0) }
    }

    mutating func add(_ conflict: PlannedConflict, to listing: inout Listing<PlannedConflict>) {
        add(to: &listing, conflict) { conflict in
            conflict.fields.reduce(conflict.localID.utf8.count + conflict.remoteID.utf8.count) { $0 + $1.utf8.count }
        }
    }

    mutating func add(_ record: QuarantinedRecord, to listing: inout Listing<PlannedRefusal>) {
        add(to: &listing, PlannedRefusal(id: record.id, code: record.code, message: record.message)) {
            $0.id.utf8.count + $0.message.utf8.count
        }
    }

    @discardableResult
    mutating func add(_ write: @autoclosure () -> PlannedWrite, to listing: inout Listing<PlannedWrite>) -> Int? {
        add(to: &listing, write()) { write in
            write.fields.reduce(write.localID.utf8.count) { size, field in
                let size = size + 64 + field.path.utf8.count + field.new.size
                guard case .known(let old) = field.old else { return size }
                return size + old.size
            }
        }
    }
}
