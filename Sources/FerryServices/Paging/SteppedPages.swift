import FerryCore

/// Pages by offset of records that do not move while they are read: each begins where the one before ended, however many
/// records were asked for, and the end is an empty page.
struct SteppedPages: Paginator {
    /// Records asked for.
    let size: Int
    /// How often in a row the same records may come: where many are equal, a small page may happen to have the same.
    static let maximumRepeats = 8

    init(size: Int) {
        self.size = max(size, 1)
    }

    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        let offset = max(0, position?["offset"]?.integer ?? 0)
        let answer = try await read(PageQuery(page: ["offset": .integer(offset), "size": .integer(size)]))
        guard !answer.ids.isEmpty else { return PageTurn(answer: answer, kept: [], next: nil) }
        // Whatever their order: some services keep none among equals.
        let digest = answer.ids.reduce(0, &+)
        let isRepeated = HexDigits.numbers(in: position?["digest"]?.string)?.first == digest
        let repeats = isRepeated ? (position?["repeats"]?.integer ?? 0) + 1 : 0
        guard repeats <= Self.maximumRepeats else {
            throw SyncFailure.repeatedPage(
                "the service gives the same records whatever number of them is skipped",
                hint: "see how the description sends '${page.offset}'"
            )
        }
        let isLast = offset + answer.ids.count == answer.total
        return PageTurn(
            answer: answer,
            kept: Array(answer.ids.indices),
            next: isLast
                ? nil
                : .object([
                    .init(key: "offset", value: .integer(offset + answer.ids.count)),
                    .init(key: "digest", value: .string(HexDigits.text(of: digest))),
                    .init(key: "repeats", value: .integer(repeats)),
                ])
        )
    }
}
