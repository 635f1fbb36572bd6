import FerryCore
import FerryJSON

/// Pages by number whose size the service sets: they touch without overlapping.
///
/// A row that is deleted on a page already read moves all that follow one place forward, and the first row of the next
/// page to where nobody looks any more. So the table is read again until two scans in a row find the same records on
/// the same pages: as no identifier is used twice, whatever was deleted in the first scan is missing from a page of the
/// second. What no later scan has to say anew is read, but not given again.
struct FixedPages: Paginator {
    private let numbering: PageNumbering
    private let size: Int?

    /// How often the table is read at most; the scan is then over, but not taken for complete.
    static let maximumPasses = 5
    /// How many pages' hashes are remembered; records of pages beyond are given again.
    static let maximumHashes = 2048
    /// How often a page may be one that was there before: a table that grows at its head repeats some.
    static let maximumRepeats = 8

    init(_ numbering: PageNumbering, size: Int?) {
        self.numbering = numbering
        self.size = size
    }

    /// The position of the first page.
    var start: JSONValue { Position().value }

    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        let position = Position(position)
        var page: [String: JSONValue] = ["number": .integer(numbering.first + position.page)]
        page["size"] = size.map { .integer($0) }
        let answer = try await read(PageQuery(page: page, endStatuses: numbering.endStatuses))
        var turn = PageTurn(answer: answer, kept: [], next: nil)
        guard !answer.ids.isEmpty else {
            finish(position, &turn)
            return turn
        }
        var next = position
        if next.cycle.repeats(answer.digest) {
            next.repeats += 1
            guard next.repeats <= Self.maximumRepeats else {
                throw SyncFailure.repeatedPage(
                    "the service gives the same page under several numbers",
                    hint: "see how the description sends '${page.number}', and whether the service knows more pages "
                        + "than it has"
                )
            }
        }
        if !next.note(answer.digest) { turn.kept = Array(answer.ids.indices) }
        next.page += 1
        next.rows += answer.ids.count
        guard next.rows == answer.total else {
            turn.next = next.value
            return turn
        }
        // One page with everything on it is one moment's.
        if next.page == 1 { return turn }
        finish(next, &turn)
        return turn
    }

    /// Decides at the end of a scan whether another one is needed.
    private func finish(_ position: Position, _ turn: inout PageTurn) {
        guard position.page > 0, !numbering.isSettled, position.rolling != position.lastRolling else { return }
        guard position.pass < Self.maximumPasses else {
            turn.isConclusive = false
            return
        }
        turn.next = position.again.value
    }
}

extension FixedPages {
    /// Where a scan stands.
    struct Position: Sendable, Equatable {
        /// Pages read in this scan.
        var page = 0
        /// Records on them.
        var rows = 0
        /// Which scan this is, from 1.
        var pass = 1
        /// Hash of the identifiers of all pages read in this scan, in order.
        var rolling: UInt64 = 0
        /// That of the scan before.
        var lastRolling: UInt64 = 0
        /// Hash of each page's identifiers, of this scan and of the one before.
        var hashes: [UInt64] = []
        var lastHashes: [UInt64] = []
        /// Notices pages that come in circles.
        var cycle = CycleDetector()
        /// How many pages of this scan were there before.
        var repeats = 0

        /// Takes a page's hash; returns whether the scan before found the same records there.
        mutating func note(_ digest: UInt64) -> Bool {
            rolling = [rolling, digest].withUnsafeBytes { RecordHash.of($0).low }
            if hashes.count < FixedPages.maximumHashes { hashes.append(digest) }
            return page < lastHashes.count && lastHashes[page] == digest
        }

        /// The start of the next scan.
        var again: Position {
            Position(pass: pass + 1, lastRolling: rolling, lastHashes: hashes)
        }
    }
}

extension FixedPages.Position {
    init(_ value: JSONValue?) {
        guard let value = value?["fixed"], let page = value["page"]?.integer, 0..<1 << 40 ~= page,
            let rows = value["rows"]?.integer, let pass = value["pass"]?.integer,
            let rolling = HexDigits.numbers(in: value["rolling"]?.string), rolling.count == 2,
            let hashes = HexDigits.numbers(in: value["hashes"]?.string),
            let lastHashes = HexDigits.numbers(in: value["last"]?.string), let cycle = CycleDetector(value["cycle"]),
            let repeats = value["repeats"]?.integer
        else {
            self.init()
            return
        }
        self.init(
            page: page,
            rows: rows,
            pass: pass,
            rolling: rolling[0],
            lastRolling: rolling[1],
            hashes: hashes,
            lastHashes: lastHashes,
            cycle: cycle,
            repeats: repeats
        )
    }

    var value: JSONValue {
        .object([
            .init(
                key: "fixed",
                value: .object([
                    .init(key: "page", value: .integer(page)),
                    .init(key: "rows", value: .integer(rows)),
                    .init(key: "pass", value: .integer(pass)),
                    .init(key: "rolling", value: .string(HexDigits.text(of: [rolling, lastRolling]))),
                    .init(key: "hashes", value: .string(HexDigits.text(of: hashes))),
                    .init(key: "last", value: .string(HexDigits.text(of: lastHashes))),
                    .init(key: "cycle", value: cycle.value),
                    .init(key: "repeats", value: .integer(repeats)),
                ])
            )
        ])
    }
}
