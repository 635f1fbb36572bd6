import FerryCore
import FerryJSON

/// Pages that begin after the last record of the one before, in the order of some fields of which the last is unique.
///
/// Records that come and go elsewhere move nothing: what stays is read once. One that changes its place in the order is
/// read again where it goes to. The end is an empty page, or, where pages repeat the record they begin after, one with
/// nothing else on it.
struct KeysetPages: Paginator {
    private let keyset: Keyset
    private let size: Int
    /// What stands for the last record's values on the first page.
    private let start: [JSONValue?]
    /// Whether the scan's cursor is the first field of the order, so that the first page begins there.
    private let beginsAtCursor: Bool
    private let fields: RecordFields

    init(_ keyset: Keyset, size: Int, start: [JSONValue?], cursor: FieldPath?) {
        self.keyset = keyset
        self.size = max(size, keyset.bound == .closed ? 2 : 1)
        self.start = start
        beginsAtCursor = cursor != nil && keyset.order.first == cursor
        fields = RecordFields(keyset.order)
    }

    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        var position = Position(position, fields: keyset.order.count)
        var last = position.last ?? start
        if position.last == nil, beginsAtCursor, let lowest { last[0] = lowest }
        let answer = try await page(after: last, size: &position.size, reading: read)
        var kept = Array(answer.ids.indices)
        guard let end = kept.last else { return PageTurn(answer: answer, kept: [], next: nil) }
        let ends = try fields.values(of: [0, end], in: answer.index)
        if let known = position.last, ends[0] == known {
            guard keyset.bound == .closed else {
                throw SyncFailure.repeatedPage(
                    "the service gives the record again that a page was to begin after",
                    hint: "if its pages begin with that record, say so in the description: 'bound: closed'"
                )
            }
            kept.removeFirst()
        }
        guard !kept.isEmpty else { return PageTurn(answer: answer, kept: [], next: nil) }
        for (path, value) in zip(keyset.order, ends[1]) where value?.isNull ?? true {
            throw JSONFailure(message: "a record has nothing at '\(path)', by which the pages are ordered", offset: 0)
        }
        position.last = ends[1]
        guard !position.places.repeats(Self.digest(ends[1])) else {
            throw SyncFailure.repeatedPage(
                "the service gives a page again that was there before",
                hint: "see whether it keeps to the order of \(keyset.order.map { "'\($0)'" }.joined(separator: ", ")), "
                    + "and begins after '${page.last.…}'"
            )
        }
        return PageTurn(answer: answer, kept: kept, next: position.value)
    }

    /// Asks for a page; for half of it, and so on, where it is too much for the service.
    ///
    /// - Parameter size: the size that the service has taken, where it did not take the usual one; it is the scan's then.
    private func page(
        after last: [JSONValue?],
        size reduced: inout Int?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageAnswer {
        while true {
            let size = min(reduced ?? self.size, self.size)
            let query = PageQuery(page: ["size": .integer(size), "last": Self.object(keyset.order, last)])
            do {
                return try await read(query)
            } catch let failure as SyncFailure where failure.kind == .batchTooLarge && size >= 4 {
                reduced = size / 2
            }
        }
    }

    /// The hash of a place in the order.
    private static func digest(_ values: [JSONValue?]) -> UInt64 {
        let text = JSONValue.array(values.map { $0 ?? .null }).serialized
        return Array(text.utf8).withUnsafeBytes { RecordHash.of($0).low }
    }

    /// The values as one object, so that `${page.last.a.b}` leads to that of the field `a.b`.
    private static func object(_ order: [FieldPath], _ values: [JSONValue?]) -> JSONValue {
        var object = JSONValue.object([])
        for (path, value) in zip(order, values) {
            guard let value else { continue }
            object.set(value, at: path.segments[...])
        }
        return object
    }
}

extension KeysetPages {
    /// Where a scan stands.
    private struct Position {
        /// The last record's values.
        var last: [JSONValue?]?
        /// How many records a page may have, where the service does not take the usual number.
        var size: Int?
        /// Notices places that come in circles.
        var places = CycleDetector()

        init(_ value: JSONValue?, fields: Int) {
            guard case .array(let last)? = value?["last"], last.count == fields,
                let places = CycleDetector(value?["places"])
            else { return }
            self.last = last
            self.places = places
            size = value?["size"]?.integer
        }

        var value: JSONValue {
            var members: [JSONValue.Member] = [
                .init(key: "last", value: .array((last ?? []).map { $0 ?? .null })),
                .init(key: "places", value: places.value),
            ]
            if let size { members.append(.init(key: "size", value: .integer(size))) }
            return .object(members)
        }
    }
}

extension JSONValue {
    /// Puts a value into an object, making those on the way.
    fileprivate mutating func set(_ value: JSONValue, at path: ArraySlice<FieldPath.Segment>) {
        guard case .name(let name)? = path.first else {
            self = value
            return
        }
        var members: [Member] = []
        if case .object(let own) = self { members = own }
        let index = members.firstIndex { $0.key.utf8.elementsEqual(name.utf8) }
        var child = index.map { members[$0].value } ?? .object([])
        child.set(value, at: path.dropFirst())
        if let index {
            members[index].value = child
        } else {
            members.append(Member(key: name, value: child))
        }
        self = .object(members)
    }
}
