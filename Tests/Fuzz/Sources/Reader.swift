import FerryConfiguration
import FerryCore
import FerryJSON
import FerryTransforms

/// What is fed.
enum Reader {
    case json, path, description, socket

    /// The one that is fed in this process; set before the first input.
    nonisolated(unsafe) static var current = Reader.json

    /// Reads an input, and ends the process where what comes of it cannot be right.
    func read(_ bytes: [UInt8]) {
        switch self {
        case .json: readJSON(bytes)
        case .path: readPath(bytes)
        case .description: readDescription(bytes)
        case .socket: FuzzedSocket.shared.send(bytes)
        }
    }

    private static let paths: [FieldPath] = [
        .root, FieldPath(segments: [.name("a")]), FieldPath(segments: [.name("a"), .name("b")]),
        FieldPath(segments: [.name("a"), .index(0)]), FieldPath(segments: [.name("a"), .index(-1), .name("b")]),
        FieldPath(segments: [.name("id")]),
    ]

    /// The reader of pages and that of trees must agree on what is JSON, and on what stands where.
    private func readJSON(_ bytes: [UInt8]) {
        let tree = try? JSONValue(parsing: bytes, maximumDepth: 64)
        if let tree {
            var text: [UInt8] = []
            tree.serialize(into: &text)
            precondition((try? JSONValue(parsing: text)) == tree, "what is written is not what was read")
        }
        let reader = PageReader(
            records: [FieldPath(segments: [.name("rows")]), .root],
            id: FieldPath(segments: [.name("id")]),
            hashed: FieldPath(segments: [.name("a")]),
            values: [FieldPath(segments: [.name("next")])],
            maximumDepth: 64,
            mayOmitRecords: true
        )
        guard let page = try? reader.index(bytes) else { return }
        let projection = RecordProjection(Self.paths)
        guard let found = try? projection.extract(page.records, from: page.page) else {
            preconditionFailure("a page that was read has records that cannot be")
        }
        for (row, range) in page.records.enumerated() where found.problems[row] == nil {
            guard let record = try? JSONValue(parsing: Array(page.page[range]), maximumDepth: 64) else { continue }
            for (column, path) in Self.paths.enumerated() {
                let cell = found.batch[row, column]
                let text = found.batch.string(of: cell)
                switch record.value(at: path) {
                case nil: precondition(cell.kind == .missing, "\(path) is not there")
                case .null: precondition(cell.kind == .null, "\(path) is null")
                case .bool(let value): precondition(cell.kind == (value ? .true : .false), "\(path) is \(value)")
                case .number(let literal): precondition(cell.kind == .number && text == literal, "\(path)")
                case .string(let value):
                    precondition(cell.kind == .string && text.utf8.elementsEqual(value.utf8), "\(path)")
                case .some(let value):
                    precondition(cell.kind == .json && (try? JSONValue(parsing: text)) == value, "\(path)")
                }
            }
        }
    }

    /// A path that is written is the path that was read.
    private func readPath(_ bytes: [UInt8]) {
        guard let path = try? FieldPath(parsing: String(decoding: bytes, as: UTF8.self)) else { return }
        guard let again = try? FieldPath(parsing: path.description) else {
            preconditionFailure("\(path) cannot be read")
        }
        precondition(again == path, "\(path) is read as \(again)")
    }

    /// What is wrong with a description is said, with a place in the file.
    private func readDescription(_ bytes: [UInt8]) {
        let loader = ConfigurationLoader(
            directory: "/nonexistent",
            builtInServices: [("fuzz", String(decoding: bytes, as: UTF8.self))],
            transforms: BuiltInTransforms()
        )
        let loaded = loader.load()
        let diagnostics = loaded.diagnostics.filter { $0.file == "built-in/fuzz.yaml" }
        precondition(!loaded.services.isEmpty || !diagnostics.isEmpty, "nothing was said")
        precondition(diagnostics.allSatisfy { $0.line > 0 && $0.column > 0 && !$0.message.isEmpty }, "\(diagnostics)")
    }
}
