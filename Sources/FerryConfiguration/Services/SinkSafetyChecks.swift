import FerryCore

// What a write reveals that would do something else than it is there for.
extension ServiceChecks {
    func checkSafety(
        of write: SinkShape.WriteDraft,
        _ operation: WriteOperation,
        isUpsert: Bool,
        _ report: inout Report
    ) {
        let name = isUpsert ? "upsert" : operation.rawValue
        if write.request?.method == .get {
            report.error(
                .configUnsafeService,
                at: write.position,
                "'\(name)' is a GET request, which changes nothing",
                hint: "see what the service's documentation says: POST, PUT, PATCH or DELETE"
            )
        }
        // What could not be read may be what was meant.
        if write.request?.template != nil, write.batch == nil || !write.items.isEmpty {
            checkContent(of: write, operation, name, &report)
        }
        if let into = write.batch?.into, into.value.segments.contains(where: \.isIndex) {
            report.error(
                .configInvalidPath,
                at: into.position,
                "'into' is where a list stands in an object: it has names only, no numbers",
                hint: "write it like rows or data.rows"
            )
        }
        if let repeated = write.repeatedStatuses,
            let both = repeated.value.first(where: { (write.goneStatuses ?? []).contains($0) })
        {
            report.error(
                .configInvalidValue,
                at: repeated.position,
                "the status \(both) is among 'gone' as well as 'repeated'",
                hint: "remove it from one of the two"
            )
        }
    }

    /// Checks that a request says which record is meant, and what it is to become.
    private func checkContent(
        of write: SinkShape.WriteDraft,
        _ operation: WriteOperation,
        _ name: String,
        _ report: inout Report
    ) {
        let references = (write.request?.references ?? []).flatMap(\.value) + write.items.flatMap(\.value.references)
        let used = Set(references.filter { $0.scope == .record }.compactMap(\.path.first))
        let place = write.batch == nil ? "the request's 'body'" : "the batch's 'item'"
        if name != "create", name != "upsert", !used.contains("id") {
            report.error(
                .configUnsafeService,
                at: write.position,
                "'\(name)' does not send '${record.id}': the service could not tell which record is meant",
                hint: write.batch == nil
                    ? "add it to the request's 'path' (as ${path(record.id)}), 'query' or 'body'"
                    : "add it to \(place)"
            )
        }
        // Where the natural key is the identifier, there may be nothing to a record but that.
        if operation != .delete, !used.contains("fields"), name != "upsert" || !used.contains("id") {
            report.error(
                .configUnsafeService,
                at: write.position,
                "'\(name)' sends nothing of the record",
                hint: "put \"${record.fields}\" into \(place)"
            )
        }
    }
}

extension FieldPath.Segment {
    fileprivate var isIndex: Bool {
        if case .index = self { return true }
        return false
    }
}
