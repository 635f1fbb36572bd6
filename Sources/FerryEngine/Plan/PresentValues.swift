import FerryCore

/// Reads what the fields that a push would change hold at the service now, for the records that are listed.
///
/// A link keeps hashes only. A service that gives single records is asked for one at a time, another is read page by
/// page; what is not found stays unknown.
struct PresentValues {
    let source: any RecordSource
    let fields: [FieldPath]
    let control: JobControl

    /// The most pages that are read to find them.
    private static let pages = 100

    /// Completes the listed changes.
    ///
    /// - Throws: ``SyncFailure`` when the service cannot be read; what was found until then is kept.
    func fill(_ writes: inout [PlannedWrite]) async throws {
        var wanted: [[UInt8]: Int] = [:]
        for (index, write) in writes.enumerated() {
            if let remoteID = write.remoteID { wanted[Array(remoteID.utf8)] = index }
        }
        if source.canGet || source.canFind {
            for index in wanted.values.sorted() {
                try control.check()
                guard let page = try await single(writes[index]) else { continue }
                try take(from: page, wanted: &wanted, into: &writes)
            }
            return
        }
        var position: PagePosition?
        for _ in 0..<Self.pages where !wanted.isEmpty {
            try control.check()
            let page = try await source.page(at: position)
            try take(from: page, wanted: &wanted, into: &writes)
            guard let next = page.next else { return }
            position = next
        }
    }

    private func single(_ write: PlannedWrite) async throws -> RemotePage? {
        if source.canGet { return try await source.get(write.remoteID ?? "") }
        guard let value = write.matchValue else { return nil }
        return try await source.find(MatchValue.value(of: value))
    }

    private func take(
        from page: RemotePage,
        wanted: inout [[UInt8]: Int],
        into writes: inout [PlannedWrite]
    ) throws {
        let rows = (0..<page.count).filter { wanted[Array(page.ids.bytes[page.ids.range(at: $0)])] != nil }
        guard !rows.isEmpty else { return }
        let values = try page.extract(rows).records
        for (row, index) in rows.enumerated() {
            let key = Array(page.ids.bytes[page.ids.range(at: index)])
            guard let place = wanted.removeValue(forKey: key) else { continue }
            writes[place].fields = writes[place].fields.compactMap { field in
                guard let column = fields.firstIndex(where: { $0.description == field.path }) else { return field }
                let cell = values[row, column]
                // A service that takes whole records only is sent what it has, too.
                guard RecordImage.hash(cell, of: values) != field.hash else { return nil }
                var field = field
                field.old = .known(PlannedValue(cell, of: values))
                return field
            }
        }
    }
}
