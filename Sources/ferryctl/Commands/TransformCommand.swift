import ArgumentParser
import FerryConfiguration
import FerryCore
import FerryJSON
import FerryTransforms
import Glibc

/// Tries a transform.
struct TransformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transform",
        abstract: "Apply transforms to values, as a field mapping does.",
        discussion: """
            The transforms are \(BuiltInTransforms().names.joined(separator: ", ")).
            Values are strings and come as arguments (after '--' if one begins with a dash), else as the lines of \
            standard input. With --json they are JSON texts, and so are the answers, one in a line. Needs no daemon.
            With --ndjson each line of standard input is {"transform": …, "value": …}, where the transform is a name, \
            {"name": {options}} or a list of these; each line of output is {"value": …} or \
            {"error": {"code": "…", "message": "…"}}.
            Ends with exit code 1 when a transform refuses a value.
            """
    )

    @Argument(help: "The transform, such as slugify, 'slugify:{max_length: 20}' or trim,uppercase.")
    var name: String?
    @Argument(help: "The values (default: the lines of standard input).") var values: [String] = []
    @Flag(help: "Answer one request per line of standard input.") var ndjson = false
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard ndjson else {
            if name == nil {
                throw ValidationError("Which transform? Or say --ndjson, with requests on standard input.")
            }
            return
        }
        if name != nil { throw ValidationError("With --ndjson the transforms come on standard input.") }
    }

    func run() async throws {
        try await options.perform { _, _ in
            guard let name else {
                var engine = LineEngine(TransformLines())
                return try engine.run()
            }
            let pipeline: TransformPipeline
            do throws(LineFailure) {
                pipeline = try TransformPipeline(Self.references(name))
            } catch {
                throw error.command(.usage)
            }
            var trial = TransformTrial(pipeline, isJSON: options.json)
            if values.isEmpty {
                try trial.runLines()
            } else {
                for value in values { trial.apply(Array(value.utf8)) }
            }
            try trial.end()
        }
    }

    private static func references(_ text: String) throws(LineFailure) -> [TransformReference] {
        do throws(TransformArgumentError) {
            return try TransformArgument.parse(text)
        } catch {
            throw LineFailure(.configInvalidTransform, error.message, hint: error.hint)
        }
    }
}

/// Applies transforms to values that people give, one after the other.
private struct TransformTrial {
    private let pipeline: TransformPipeline
    private var buffers = TransformPipeline.Buffers()
    private let isJSON: Bool
    private var output = ByteOutput(descriptor: STDOUT_FILENO)
    private var count = 0
    private var refused = 0

    init(_ pipeline: TransformPipeline, isJSON: Bool) {
        self.pipeline = pipeline
        self.isJSON = isJSON
    }

    /// Transforms the lines of standard input.
    mutating func runLines() throws {
        var buffer = LineBuffer(limit: 64 << 20)
        var isAtEnd = false
        while !isAtEnd {
            let count = buffer.fill(from: STDIN_FILENO)
            guard count >= 0 else { throw InputFile.failure("standard input", errno) }
            isAtEnd = count == 0
            for line in buffer.takeLines(atEnd: isAtEnd) {
                guard case .text(let range) = line else {
                    refuse(LineFailure(.requestInvalid, "the line is longer than 64 MiB"))
                    continue
                }
                let bytes = buffer.bytes[range]
                apply(Array(bytes.last == 0x0D ? bytes.dropLast() : bytes))
            }
            try output.flush()
        }
    }

    /// Transforms one value.
    mutating func apply(_ bytes: [UInt8]) {
        count += 1
        do throws(LineFailure) {
            let value = try read(bytes)
            let kind = try pipeline.apply(value.kind, value.bytes.span, using: &buffers)
            if isJSON {
                LineText.append("{\"value\":", to: &output.bytes)
                LineText.append(kind, buffers.output, to: &output.bytes)
                LineText.append("}", to: &output.bytes)
            } else if kind == .string {
                output.bytes.append(contentsOf: buffers.output)
            } else {
                LineText.append(kind, buffers.output, to: &output.bytes)
            }
            output.bytes.append(0x0A)
        } catch {
            refuse(error)
        }
    }

    /// Writes what is left.
    ///
    /// - Throws: ``ExitStatus`` when a value was refused.
    mutating func end() throws {
        try output.flush()
        if refused > 0 { throw ExitStatus.failed }
    }

    private func read(_ bytes: [UInt8]) throws(LineFailure) -> (kind: ValueKind, bytes: [UInt8]) {
        guard isJSON else {
            guard bytes.withUnsafeBytes(JSONText.isValidUTF8) else {
                throw LineFailure(.requestInvalid, "the value is not UTF-8 text")
            }
            return (.string, bytes)
        }
        do throws(JSONFailure) {
            _ = try JSONValue(parsing: bytes)
            let extracted = try RecordProjection([.root]).extract([0..<bytes.count], from: bytes)
            let cell = extracted.batch[0, 0]
            return (cell.kind, extracted.batch.withBytes(of: cell) { Array($0) })
        } catch {
            throw LineFailure(.requestInvalid, "the value is not JSON: \(error.message)")
        }
    }

    private mutating func refuse(_ failure: LineFailure) {
        refused += 1
        if isJSON {
            failure.append(to: &output.bytes)
            output.bytes.append(0x0A)
            return
        }
        // What was printed before belongs in front of it.
        try? output.flush()
        let numbered = LineFailure(failure.code, "value \(count): \(failure.message)", hint: failure.hint)
        Console(descriptor: STDERR_FILENO).show(numbered.command(.failed).error)
    }
}
