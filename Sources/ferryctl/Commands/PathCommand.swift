import ArgumentParser
import FerryCore
import FerryJSON
import Glibc

/// Shows what a field path leads to.
struct PathCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Print what a field path leads to in a JSON document.",
        discussion: """
            Paths are those of 'source' and 'target' in field mappings: singular queries of RFC 9535 (JSONPath) with \
            '$.' left out, such as fields.title, fields.tags[0], fields.tags[-1] or fields['odd name']. Needs no daemon.
            With --ndjson each line of standard input is {"path": "…", "value": …}; each line of output is \
            {"value": …}, {"missing": true} or {"error": {"code": "…", "message": "…"}}.
            Ends with exit code 1 when there is no value at the path.
            """
    )

    @Argument(help: "The path.") var path: String?
    @Argument(help: "The file with the document (default: standard input).") var file: String?
    @Flag(help: "Answer one request per line of standard input.") var ndjson = false
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard ndjson else {
            if path == nil { throw ValidationError("Which path? Or say --ndjson, with requests on standard input.") }
            return
        }
        if path != nil { throw ValidationError("With --ndjson the paths come on standard input.") }
    }

    func run() async throws {
        try await options.perform { _, _ in
            guard let path else {
                var engine = LineEngine(PathLines())
                return try engine.run()
            }
            try show(path)
        }
    }

    private func show(_ path: String) throws {
        let probe: PathProbe
        do throws(LineFailure) {
            probe = try PathProbe(path)
        } catch {
            throw error.command(.usage)
        }
        let page = try InputFile.read(file)
        let document = (page.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)..<page.count
        let isValid = page.withUnsafeBytes { JSONText.isValid(UnsafeRawBufferPointer(rebasing: $0[document])) }
        if !isValid {
            let reason = LineText.problem(with: page) ?? "it is nothing that JSON has"
            throw LineFailure(.requestInvalid, "the document is not JSON: \(reason)").command(.failed)
        }
        var output = ByteOutput(descriptor: STDOUT_FILENO)
        do throws(LineFailure) {
            guard let found = try probe.find(in: page, document) else {
                throw LineFailure(.recordMissingField, "there is no value at '\(path)'")
            }
            JSONText.appendCell(found[0, 0], of: found, into: &output.bytes)
        } catch {
            throw error.command(.failed)
        }
        output.bytes.append(0x0A)
        try output.flush()
    }
}
