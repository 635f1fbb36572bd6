import FerryCore
import FerryJSON

/// Makes one page of an answer that is a JSON document a line.
///
/// The records are the documents that have an identifier. Another document may say how to go on; one that has an error
/// says that the service has broken off, and so does one that is glued to a line which was only half written by then.
struct LineDocuments: Sendable {
    /// Where the page keeps the records.
    static let records = FieldPath(segments: [.name("records")])
    /// Where the page keeps the last document that is no record.
    static let other = FieldPath(segments: [.name("other")])

    /// An answer that the service has broken off.
    struct BrokenOff: Error {
        /// What it says of that.
        let document: JSONValue
    }

    private let error: FieldPath
    private let fields: RecordProjection
    private let maximumDepth: Int

    init(id: FieldPath, error: FieldPath, maximumDepth: Int) {
        self.error = error
        fields = RecordProjection([id, error])
        self.maximumDepth = maximumDepth
    }

    /// The page: an object with the records, and the last document that is none.
    ///
    /// - Parameter before: how many lines of the answer come before these; `nil` when this is its last one.
    /// - Throws: ``BrokenOff``; `JSONFailure` when a line is no JSON.
    func page(from body: [UInt8], before: Int? = 0) throws -> [UInt8] {
        let lines = Self.lines(of: body)
        for line in lines {
            let validity = body[line].withUnsafeBytes { JSONText.validity(of: $0, maximumDepth: maximumDepth) }
            guard validity != .valid else { continue }
            if let document = glued(to: body[line]) { throw BrokenOff(document: document) }
            let above = body[..<line.lowerBound].count { $0 == UInt8(ascii: "\n") }
            let name = before.map { "line \($0 + above + 1)" } ?? "its last line"
            throw JSONFailure(
                message: validity == .tooDeep ? "\(name) is nested too deeply" : "\(name) is no JSON, or not all of it",
                offset: line.lowerBound,
                isTooDeep: validity == .tooDeep
            )
        }
        let cells = try fields.extract(lines, from: body).batch
        var page = Array(#"{"records":["#.utf8)
        page.reserveCapacity(body.count + 64)
        var other: Range<Int>?
        var isFirst = true
        for (row, line) in lines.enumerated() {
            guard Self.isNothing(cells[row, 0]) else {
                if !isFirst { page.append(UInt8(ascii: ",")) }
                isFirst = false
                page.append(contentsOf: body[line])
                continue
            }
            guard Self.isNothing(cells[row, 1]) else {
                throw BrokenOff(document: try JSONValue(parsing: Array(body[line]), maximumDepth: maximumDepth))
            }
            other = line
        }
        page.append(contentsOf: #"],"other":"#.utf8)
        page.append(contentsOf: other.map { body[$0] } ?? Array("null".utf8)[...])
        page.append(UInt8(ascii: "}"))
        return page
    }

    private static func isNothing(_ cell: Cell) -> Bool { cell.kind == .missing || cell.kind == .null }

    /// Where the lines stand that hold something.
    private static func lines(of body: [UInt8]) -> [Range<Int>] {
        body.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let first = line.firstIndex(where: { $0 > 0x20 }), let last = line.lastIndex(where: { $0 > 0x20 })
            else {
                return nil
            }
            return first..<last + 1
        }
    }

    /// The document with an error that ends a line which is not JSON as a whole.
    private func glued(to line: ArraySlice<UInt8>) -> JSONValue? {
        guard case .name(let name)? = error.segments.first else { return nil }
        let opening = Array("{\(JSONValue.string(name).serialized):".utf8)
        var end = line.endIndex
        while let start = line[..<end].lastRange(of: opening) {
            if let document = try? JSONValue(parsing: Array(line[start...]), maximumDepth: maximumDepth),
                !(document.value(at: error)?.isNull ?? true)
            {
                return document
            }
            end = start
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// Where the last occurrence of `bytes` begins.
    fileprivate func lastRange(of bytes: [UInt8]) -> Int? {
        guard count >= bytes.count else { return nil }
        return stride(from: endIndex - bytes.count, through: startIndex, by: -1).first { start in
            self[start] == bytes[0] && self[start..<start + bytes.count].elementsEqual(bytes)
        }
    }
}
