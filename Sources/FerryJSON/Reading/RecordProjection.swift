public import FerryCore

/// Extracts the values at several paths from records of a page.
///
/// Made once per job: the paths are compiled into a tree that one walk through each record follows.
public struct RecordProjection: Sendable {
    private let paths: [FieldPath]
    private let trie: PathTrie

    /// A projection with one column per path, in that order.
    public init(_ paths: [FieldPath]) {
        self.paths = paths
        trie = PathTrie(paths)
    }

    /// Extracts one row per range of `records`.
    ///
    /// The page must have been checked, by ``PageReader/index(_:)`` or ``JSONText/isValid(_:maximumDepth:)``: what no
    /// path leads to is skipped without being looked into. Bytes that were not checked never lead outside the page,
    /// but may give a row's values wrongly.
    ///
    /// Names are compared by their UTF-8 bytes, and of repeated members the last counts. Values stay slices of the
    /// page; only strings with escapes are resolved into the batch's arena. A string that UTF-8 cannot represent is
    /// reported in the result's `problems`.
    ///
    /// - Throws: ``JSONFailure`` when a range does not lie in the page or does not hold one JSON value.
    public func extract(_ records: [Range<Int>], from page: [UInt8]) throws(JSONFailure) -> ExtractedRecords {
        do throws(Fault) {
            return try extractRows(records, from: page)
        } catch {
            throw error.failure
        }
    }

    private func extractRows(_ records: [Range<Int>], from page: [UInt8]) throws(Fault) -> ExtractedRecords {
        guard page.count <= Int(UInt32.max) else { throw Fault(.tooLarge, at: 0) }
        var cells = [Cell](repeating: .missing, count: records.count * paths.count)
        var extracted = ExtractedRecords(batch: RecordBatch(columnCount: paths.count, page: page), problems: [:])
        guard !records.isEmpty else { return extracted }
        try page.withUnsafeBufferPointer { bytes throws(Fault) in
            guard let base = bytes.baseAddress else { throw Fault(.outsidePage, at: 0) }
            try cells.withUnsafeMutableBufferPointer { cells throws(Fault) in
                try trie.withView { view throws(Fault) in
                    let scanner = ByteScanner(base: base, end: 0, isTrusted: true, maximumDepth: .max)
                    let visitor = CellVisitor(scanner: scanner, cells: cells)
                    var walker = PathWalker(scanner: scanner, trie: view, visitor: visitor)
                    for (row, record) in records.enumerated() {
                        guard record.lowerBound >= 0, record.upperBound <= bytes.count else {
                            throw Fault(.outsidePage, at: record.lowerBound)
                        }
                        let scanner = ByteScanner(
                            base: base,
                            end: record.upperBound,
                            isTrusted: true,
                            maximumDepth: .max
                        )
                        walker.scanner = scanner
                        walker.visitor.begin(row: row * paths.count)
                        let end = try walker.value(0, at: scanner.skipSpace(record.lowerBound), depth: 0)
                        try scanner.expectEnd(end)
                        finish(row, &walker.visitor, base, &extracted.problems)
                        guard walker.visitor.arena.count <= Int(UInt32.max) else {
                            throw Fault(.tooLarge, at: record.lowerBound)
                        }
                    }
                    extracted.batch.arena = walker.visitor.arena
                }
            }
        }
        extracted.batch.cells = cells
        return extracted
    }

    /// Copies the cells of equal paths and puts the row's problems into words.
    @inline(__always)
    private func finish(
        _ row: Int,
        _ visitor: inout CellVisitor,
        _ base: UnsafePointer<UInt8>,
        _ problems: inout [Int: String]
    ) {
        for column in paths.indices where trie.primary[column] != column {
            visitor.copy(trie.primary[column], to: column)
        }
        guard !visitor.surrogates.isEmpty else { return }
        problems[row] = visitor.surrogates.sorted { $0.column < $1.column }.map { surrogate in
            // The unescaper found six bytes there.
            let escape = String(
                decoding: UnsafeBufferPointer(start: base + surrogate.offset, count: 6),
                as: UTF8.self
            )
            return "the string at '\(paths[surrogate.column])' holds a lone surrogate escape (\(escape))"
        }.joined(separator: "; ")
    }
}

/// The rows that a projection extracted.
public struct ExtractedRecords: Sendable {
    /// One row per record, one column per path.
    public var batch: RecordBatch
    /// Rows that hold a value which cannot be represented, each with a sentence that names the field.
    ///
    /// Such a value's cell is missing.
    public var problems: [Int: String]
}

/// Writes what a walk finds into a row of cells.
struct CellVisitor: PathVisitor {
    let scanner: ByteScanner
    let cells: UnsafeMutableBufferPointer<Cell>
    var arena: [UInt8] = []
    /// The current row's strings that UTF-8 cannot represent.
    var surrogates: [(column: Int, offset: Int)] = []
    private var row = 0

    init(scanner: ByteScanner, cells: UnsafeMutableBufferPointer<Cell>) {
        self.scanner = scanner
        self.cells = cells
    }

    /// Goes to the row whose first cell is at `row`.
    @inline(__always)
    mutating func begin(row: Int) {
        self.row = row
        if !surrogates.isEmpty { surrogates = [] }
    }

    @inline(__always)
    mutating func copy(_ source: Int, to column: Int) {
        cells[row + column] = cells[row + source]
    }

    @inline(__always)
    mutating func found(_ target: Int, _ kind: ValueKind, _ range: Range<Int>, hasEscapes: Bool) throws(Fault) {
        if !surrogates.isEmpty { surrogates.removeAll { $0.column == target } }
        switch kind {
        case .string where hasEscapes:
            cells[row + target] = try unescape(target, range)
        case .number, .string, .json:
            cells[row + target] = Cell(kind: kind, isInArena: false, offset: range.lowerBound, count: range.count)
        case .missing, .null, .false, .true:
            cells[row + target] = Cell(kind)
        }
    }

    @inline(__always)
    mutating func forget(_ target: Int) {
        if !surrogates.isEmpty { surrogates.removeAll { $0.column == target } }
        cells[row + target] = .missing
    }

    private mutating func unescape(_ target: Int, _ range: Range<Int>) throws(Fault) -> Cell {
        let offset = arena.count
        do throws(Fault) {
            try scanner.unescape(range, into: &arena)
        } catch  where error.reason == .loneSurrogate {
            surrogates.append((target, error.offset))
            return .missing
        }
        return Cell(kind: .string, isInArena: true, offset: offset, count: arena.count - offset)
    }
}
