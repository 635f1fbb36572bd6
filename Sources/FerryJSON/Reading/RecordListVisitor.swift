import FerryCore

/// What one of a page's alternative paths to the records led to.
struct RecordList {
    enum State: Equatable {
        case missing
        case array
        case other(ValueKind)
    }

    /// A record whose identifier cannot be used.
    struct Problem {
        var record: Int
        var kind: ValueKind
        var isLoneSurrogate: Bool
        var offset: Int

        func failure(id: FieldPath) -> JSONFailure {
            let what =
                switch kind {
                case .missing: "has no identifier at '\(id)'"
                case .string where isLoneSurrogate:
                    "has an identifier at '\(id)' with a lone surrogate escape, which UTF-8 cannot represent"
                case .string: "has an empty string as its identifier at '\(id)'"
                default: "has \(kind.name) instead of an identifier at '\(id)'"
                }
            return JSONFailure(message: "record \(record) of the page \(what)", offset: offset)
        }
    }

    var state = State.missing
    var records: [Range<Int>] = []
    var ids = PackedStrings()
    var hashed: [Range<Int>] = []
    /// The first record without a usable identifier: reported only if this list turns out to be the one that counts,
    /// and the document to be whole.
    var problem: Problem?
}

/// Reads the arrays at the paths that may lead to the records, and remembers where further values stand.
struct RecordListVisitor: PathVisitor {
    let scanner: ByteScanner
    let recordTrie: TrieView
    let hashedTarget: Int
    var lists: [RecordList]
    /// What the targets after those of `lists` lead to.
    var values: [RecordVisitor.Capture]

    mutating func found(_ target: Int, _ kind: ValueKind, _ range: Range<Int>, hasEscapes: Bool) throws(Fault) {
        guard target < lists.count else {
            values[target - lists.count] = RecordVisitor.Capture(kind: kind, range: range, hasEscapes: hasEscapes)
            return
        }
        lists[target] = RecordList(state: .other(kind))
    }

    mutating func forget(_ target: Int) {
        guard target < lists.count else {
            values[target - lists.count] = RecordVisitor.Capture()
            return
        }
        lists[target] = RecordList()
    }

    mutating func readArray(_ target: Int, at start: Int, depth: Int) throws(Fault) -> Int? {
        guard target < lists.count else { return nil }
        guard depth < scanner.maximumDepth else { throw Fault(.tooDeep, at: start) }
        var list = RecordList(state: .array)
        // Taken out, so that the list is not copied while it grows.
        lists[target] = RecordList()
        let visitor = RecordVisitor(hashedTarget: hashedTarget)
        var walker = PathWalker(scanner: scanner, trie: recordTrie, visitor: visitor)
        var offset = scanner.skipSpace(start + 1)
        if scanner.peek(offset) == Byte.closeBracket {
            lists[target] = list
            return offset + 1
        }
        while true {
            walker.visitor = visitor
            let end = try walker.value(0, at: offset, depth: depth + 1)
            list.append(offset..<end, walker.visitor, scanner)
            offset = scanner.skipSpace(end)
            switch scanner.peek(offset) {
            case Byte.comma:
                offset = scanner.skipSpace(offset + 1)
            case Byte.closeBracket:
                lists[target] = list
                return offset + 1
            default:
                throw scanner.unexpected(.expectedCommaOrEnd, at: offset)
            }
        }
    }
}

/// Remembers where a record's identifier and its hashed part stand.
struct RecordVisitor: PathVisitor {
    struct Capture {
        var kind = ValueKind.missing
        var range = 0..<0
        var hasEscapes = false

        /// The value's bytes with the quotation marks of a string.
        var tokenRange: Range<Int> {
            kind == .string ? range.lowerBound - 1..<range.upperBound + 1 : range
        }
    }

    /// 1, or 0 if the identifier is also what is hashed.
    let hashedTarget: Int
    var id = Capture()
    var other = Capture()

    init(hashedTarget: Int) {
        self.hashedTarget = hashedTarget
    }

    var hashed: Capture { hashedTarget == 0 ? id : other }

    mutating func found(_ target: Int, _ kind: ValueKind, _ range: Range<Int>, hasEscapes: Bool) throws(Fault) {
        let capture = Capture(kind: kind, range: range, hasEscapes: hasEscapes)
        if target == 0 { id = capture } else { other = capture }
    }

    mutating func forget(_ target: Int) {
        if target == 0 { id = Capture() } else { other = Capture() }
    }
}

extension RecordList {
    /// Adds one record.
    fileprivate mutating func append(_ record: Range<Int>, _ visitor: RecordVisitor, _ scanner: ByteScanner) {
        records.append(record)
        let hashedPart = visitor.hashed
        hashed.append(hashedPart.kind == .missing ? record : hashedPart.tokenRange)
        let id = visitor.id
        switch id.kind {
        case .string where id.hasEscapes:
            var bytes: [UInt8] = []
            do throws(Fault) {
                try scanner.unescape(id.range, into: &bytes)
                ids.append(bytes: bytes)
            } catch {
                // Scanned before: of all that can be wrong with an escape only this is left.
                refuse(record, id, isLoneSurrogate: true)
            }
        case .string where !id.range.isEmpty, .number:
            ids.append(
                bytes: UnsafeBufferPointer(start: scanner.base + id.range.lowerBound, count: id.range.count)
            )
        default:
            refuse(record, id, isLoneSurrogate: false)
        }
    }

    private mutating func refuse(_ record: Range<Int>, _ id: RecordVisitor.Capture, isLoneSurrogate: Bool) {
        guard problem == nil else { return }
        problem = Problem(
            record: records.count,
            kind: id.kind,
            isLoneSurrogate: isLoneSurrogate,
            offset: id.kind == .missing ? record.lowerBound : id.range.lowerBound
        )
    }
}
