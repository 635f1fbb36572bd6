import FerryCore
import FerryJSON

/// `ferryctl path --ndjson`: finds in each line's value what the line's path leads to.
struct PathLines: LineTool {
    static let members = ["path", "value"]

    private static let cacheLimit = 1000

    private var known: [String: Result<PathProbe, LineFailure>] = [:]

    mutating func answer(row: Int, of batch: RecordBatch, into output: inout [UInt8]) throws(LineFailure) {
        let (path, value) = (batch[row, 0], batch[row, 1])
        guard path.kind != .missing else { throw LineFailure(.requestInvalid, "the member 'path' is missing") }
        guard path.kind == .string else {
            throw LineFailure(.requestInvalid, "the member 'path' must be a string, not \(path.kind.name)")
        }
        guard value.kind != .missing else { throw LineFailure(.requestInvalid, "the member 'value' is missing") }
        let probe = try probe(for: batch.string(of: path)).get()
        if probe.isRoot {
            LineText.append("{\"value\":", to: &output)
            LineText.append(value, of: batch, to: &output)
        } else {
            // Nothing but an object or an array has anything in it.
            guard value.kind == .json, let found = try probe.find(in: batch.page, value.range) else {
                return LineText.append("{\"missing\":true}", to: &output)
            }
            LineText.append("{\"value\":", to: &output)
            LineText.append(found[0, 0], of: found, to: &output)
        }
        LineText.append("}", to: &output)
    }

    private mutating func probe(for path: String) -> Result<PathProbe, LineFailure> {
        if let probe = known[path] { return probe }
        if known.count == Self.cacheLimit { known = [:] }
        let probe: Result<PathProbe, LineFailure>
        do throws(LineFailure) {
            probe = .success(try PathProbe(path))
        } catch {
            probe = .failure(error)
        }
        known[path] = probe
        return probe
    }
}

/// A path, compiled to be looked for.
struct PathProbe {
    /// Whether the path leads to the whole value.
    let isRoot: Bool
    private let projection: RecordProjection

    /// Compiles a path.
    init(_ text: String) throws(LineFailure) {
        do throws(FieldPathError) {
            let path = try FieldPath(parsing: text)
            isRoot = path.segments.isEmpty
            projection = RecordProjection([path])
        } catch {
            throw LineFailure(.configInvalidPath, "'\(text)' is not a path: \(error.message)")
        }
    }

    /// The value in the JSON text at `range`, which must have been checked, as the only cell of a batch.
    ///
    /// - Returns: `nil` when the path leads to nothing.
    func find(in page: [UInt8], _ range: Range<Int>) throws(LineFailure) -> RecordBatch? {
        do throws(JSONFailure) {
            let extracted = try projection.extract([range], from: page)
            if extracted.problems.isEmpty { return extracted.batch[0, 0].kind == .missing ? nil : extracted.batch }
            throw JSONFailure(message: extracted.problems.values.joined(), offset: range.lowerBound)
        } catch {
            throw LineFailure(.requestInvalid, error.message)
        }
    }
}

extension Cell {
    /// Where the bytes stand in the arena or the page.
    var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
}
