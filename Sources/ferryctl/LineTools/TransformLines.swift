import FerryCore
import FerryJSON
import Glibc

/// `ferryctl transform --ndjson`: applies to each line's value the transforms that the line names.
struct TransformLines: LineTool {
    static let members = ["transform", "value"]

    // Whoever makes up a new transform for every line must not fill the memory with them.
    private static let cacheLimit = 1000

    /// Pipelines by the kind and the text of what names them, or why they could not be compiled.
    private var known: [[UInt8]: Result<TransformPipeline, LineFailure>] = [:]
    private var buffers = TransformPipeline.Buffers()
    // Most lines name what the line before named.
    private var lastName: [UInt8] = []
    private var lastKind = ValueKind.missing
    private var last: Result<TransformPipeline, LineFailure> = .failure(LineFailure(.requestInvalid, ""))

    mutating func answer(row: Int, of batch: RecordBatch, into output: inout [UInt8]) throws(LineFailure) {
        let (name, value) = (batch[row, 0], batch[row, 1])
        guard name.kind != .missing else { throw LineFailure(.requestInvalid, "the member 'transform' is missing") }
        guard value.kind != .missing else { throw LineFailure(.requestInvalid, "the member 'value' is missing") }
        let pipeline = try pipeline(for: name, in: batch).get()
        let kind =
            value.isInArena
            ? try pipeline.apply(value.kind, batch.arena.span.extracting(value.range), using: &buffers)
            : try pipeline.apply(value.kind, batch.page.span.extracting(value.range), using: &buffers)
        if kind == .missing { return LineText.append("{\"missing\":true}", to: &output) }
        LineText.append("{\"value\":", to: &output)
        LineText.append(kind, buffers.output, to: &output)
        LineText.append("}", to: &output)
    }

    private mutating func pipeline(for name: Cell, in batch: RecordBatch) -> Result<TransformPipeline, LineFailure> {
        let isLast = batch.withBytes(of: name) { bytes in
            name.kind == lastKind && lastName.withUnsafeBytes { Self.areEqual($0, bytes) }
        }
        if isLast { return last }
        lastKind = name.kind
        lastName = batch.withBytes(of: name) { Array($0) }
        let key = [lastKind.rawValue] + lastName
        if let pipeline = known[key] {
            last = pipeline
            return pipeline
        }
        if known.count == Self.cacheLimit { known = [:] }
        do throws(LineFailure) {
            last = .success(try TransformPipeline(Self.references(lastKind, lastName)))
        } catch {
            last = .failure(error)
        }
        known[key] = last
        return last
    }

    private static func references(_ kind: ValueKind, _ text: [UInt8]) throws(LineFailure) -> [TransformReference] {
        switch kind {
        case .string: return [TransformReference(name: String(decoding: text, as: UTF8.self))]
        case .json:
            let value: JSONValue
            do throws(JSONFailure) {
                value = try JSONValue(parsing: text)
            } catch {
                throw LineFailure(.configInvalidTransform, "the transform cannot be read: \(error.message)")
            }
            return try TransformPipeline.references(value)
        default: return try TransformPipeline.references(.null)
        }
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let start = left.baseAddress, let other = right.baseAddress else { return true }
        return memcmp(start, other, left.count) == 0
    }
}
