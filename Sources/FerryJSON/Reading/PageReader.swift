public import FerryCore

/// Finds the records of a response body, which it checks from the first byte to the last on the way.
///
/// Made once per resource; reading a page needs one pass and no allocation per record but the index's own growth.
public struct PageReader: Sendable {
    private let records: [FieldPath]
    private let id: FieldPath
    private let values: [FieldPath]
    private let listTrie: PathTrie
    private let recordTrie: PathTrie
    private let maximumDepth: Int
    private let mayOmitRecords: Bool

    /// A reader of pages whose records stand in the array at one of the paths `records`: the first that leads to an
    /// array counts.
    ///
    /// `id` and `hashed` are rooted in the record, the further `values` that are asked for (such as the next page's
    /// token) in the body. A document with more than `maximumDepth` nested objects and arrays is refused. With
    /// `mayOmitRecords`, an object that has nothing where the records stand is a page without any.
    public init(
        records: [FieldPath],
        id: FieldPath,
        hashed: FieldPath,
        values: [FieldPath] = [],
        maximumDepth: Int = JSONDepth.standard,
        mayOmitRecords: Bool = false
    ) {
        self.mayOmitRecords = mayOmitRecords
        self.records = records
        self.id = id
        self.values = values
        self.maximumDepth = maximumDepth
        listTrie = PathTrie(records + values)
        recordTrie = PathTrie([id, hashed])
    }

    /// Finds the records of `page`.
    ///
    /// The whole page must be valid JSON (RFC 8259) in well-formed UTF-8. Where a member is repeated, the last counts.
    /// A byte order mark at the start is ignored. A record's identifier must be a number or a string that is not
    /// empty. A record without a value at `hashed` is hashed whole.
    ///
    /// - Throws: ``JSONFailure`` that says where the page breaks off or goes wrong, what stands where the records
    ///   should be, or which record has no identifier.
    public func index(_ page: [UInt8]) throws(JSONFailure) -> PageIndex {
        let found: (lists: [RecordList], values: [RecordVisitor.Capture])
        do throws(Fault) {
            found = try readLists(page)
        } catch {
            throw error.failure
        }
        let lists = found.lists
        for path in records.indices {
            let list = lists[listTrie.primary[path]]
            guard list.state == .array else { continue }
            if let problem = list.problem { throw problem.failure(id: id) }
            return PageIndex(
                page: page,
                records: list.records,
                ids: list.ids,
                hashed: list.hashed,
                values: try values(of: found.values, in: page)
            )
        }
        let isOmitted = mayOmitRecords && lists.allSatisfy { $0.state == .missing }
        if isOmitted, try JSONText.opening(of: page, maximumDepth: maximumDepth) == "{" {
            return PageIndex(
                page: page,
                records: [],
                ids: PackedStrings(),
                hashed: [],
                values: try values(of: found.values, in: page)
            )
        }
        throw noList(lists)
    }

    private func values(
        of captures: [RecordVisitor.Capture],
        in page: [UInt8]
    ) throws(JSONFailure) -> [JSONValue?] {
        var found: [JSONValue?] = []
        for target in listTrie.primary.dropFirst(records.count) {
            // A path that is also one to records leads to no single value.
            guard target >= records.count, captures[target - records.count].kind != .missing else {
                found.append(nil)
                continue
            }
            let range = captures[target - records.count].tokenRange
            found.append(try JSONValue(parsing: Array(page[range]), maximumDepth: maximumDepth))
        }
        return found
    }

    private func readLists(
        _ page: [UInt8]
    ) throws(Fault) -> (lists: [RecordList], values: [RecordVisitor.Capture]) {
        // Cells count offsets in 32 bits.
        guard page.count <= Int(UInt32.max) else { throw Fault(.tooLarge, at: 0) }
        return try page.withUnsafeBufferPointer { bytes throws(Fault) in
            guard let base = bytes.baseAddress else { throw Fault(.unexpectedEnd, at: 0) }
            let scanner = ByteScanner(base: base, end: bytes.count, isTrusted: false, maximumDepth: maximumDepth)
            return try listTrie.withView { lists throws(Fault) in
                try recordTrie.withView { record throws(Fault) in
                    let visitor = RecordListVisitor(
                        scanner: scanner,
                        recordTrie: record,
                        hashedTarget: recordTrie.primary[1],
                        lists: Array(repeating: RecordList(), count: records.count),
                        values: Array(repeating: RecordVisitor.Capture(), count: values.count)
                    )
                    var walker = PathWalker(scanner: scanner, trie: lists, visitor: visitor)
                    let end = try walker.value(0, at: scanner.documentStart, depth: 0)
                    try scanner.expectEnd(end)
                    return (walker.visitor.lists, walker.visitor.values)
                }
            }
        }
    }

    /// Says what stands where the records should be.
    private func noList(_ lists: [RecordList]) -> JSONFailure {
        let found = records.indices.map { path in
            switch lists[listTrie.primary[path]].state {
            case .missing: "nothing at '\(records[path])'"
            case .array: "an array at '\(records[path])'"
            case .other(let kind): "\(kind == .json ? "an object" : kind.name) at '\(records[path])'"
            }
        }
        return JSONFailure(
            message: "the answer holds no list of records: found \(found.joined(separator: ", "))",
            offset: 0
        )
    }
}
