import FerryAPI
import FerryCore
import FerryJSON
import Glibc

/// Has a tool answer every line of an input, in order, whatever is wrong with some of them.
///
/// What is read at once is checked and taken apart at once; answers are written whenever no further whole line has
/// been read, so that a program at the other end of the pipes may wait for each.
struct LineEngine<Tool: LineTool> {
    private var tool: Tool
    private let projection: RecordProjection
    private let limit: Int
    // A value may have 512 levels as everywhere, and the request stands around it.
    private let maximumDepth = 513

    init(_ tool: Tool, limit: Int = 64 << 20) {
        self.tool = tool
        self.limit = limit
        projection = RecordProjection(Tool.members.map { FieldPath(segments: [.name($0)]) })
    }

    /// Answers all lines of `input` on `output`.
    ///
    /// - Throws: ``CommandFailure`` or ``ExitStatus`` when the input cannot be read or the output not be written.
    mutating func run(input: Int32 = STDIN_FILENO, output descriptor: Int32 = STDOUT_FILENO) throws {
        var buffer = LineBuffer(limit: limit)
        var output = ByteOutput(descriptor: descriptor)
        var isFirst = true
        var isAtEnd = false
        while !isAtEnd {
            let count = buffer.fill(from: input)
            guard count >= 0 else { throw InputFile.failure("standard input", errno) }
            isAtEnd = count == 0
            var lines = buffer.takeLines(atEnd: isAtEnd)
            // Some programs put a byte order mark in front of a file.
            if isFirst, let first = lines.first {
                isFirst = false
                lines[0] = Self.withoutMark(first, in: buffer.bytes)
            }
            try answer(lines, in: buffer.bytes, into: &output)
            try output.flush()
        }
    }

    /// Answers `lines`, which stand in `page`.
    private mutating func answer(
        _ lines: [LineBuffer.Line],
        in page: [UInt8],
        into output: inout ByteOutput
    ) throws {
        var requests: [Range<Int>] = []
        var outcomes: [Outcome] = []
        requests.reserveCapacity(lines.count)
        outcomes.reserveCapacity(lines.count)
        for line in lines { outcomes.append(check(line, in: page, &requests)) }
        let extracted: ExtractedRecords
        do {
            extracted = try projection.extract(requests, from: page)
        } catch {
            // The lines have been checked, so there is nothing to find wrong; but a line is never left unanswered.
            let failure = LineFailure(.requestInvalid, error.message)
            for _ in outcomes { Self.append(failure, to: &output.bytes) }
            return
        }
        for outcome in outcomes {
            switch outcome {
            case .failure(let failure): Self.append(failure, to: &output.bytes)
            case .request(let row): answer(row, of: extracted, into: &output.bytes)
            }
            // A short question may have a long answer.
            if output.bytes.count >= 1 << 20 { try output.flush() }
        }
    }

    private mutating func answer(_ row: Int, of extracted: ExtractedRecords, into output: inout [UInt8]) {
        let start = output.count
        do throws(LineFailure) {
            if let problem = extracted.problems[row] { throw LineFailure(.requestInvalid, problem) }
            try tool.answer(row: row, of: extracted.batch, into: &output)
            output.append(0x0A)
        } catch {
            output.removeLast(output.count - start)
            Self.append(error, to: &output)
        }
    }

    private enum Outcome {
        case request(row: Int)
        case failure(LineFailure)
    }

    private func check(_ line: LineBuffer.Line, in page: [UInt8], _ requests: inout [Range<Int>]) -> Outcome {
        guard case .text(let range) = line else {
            return .failure(LineFailure(.requestInvalid, "the line is longer than \(limit >> 20) MiB"))
        }
        let (isValid, first) = page.withUnsafeBytes { bytes -> (Bool, UInt8?) in
            let line = UnsafeRawBufferPointer(rebasing: bytes[range])
            let first = line.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
            guard first == UInt8(ascii: "{") else { return (false, first) }
            return (JSONText.isValid(line, maximumDepth: maximumDepth), first)
        }
        guard first != nil else {
            // Answered like all others: answers and lines can be counted off against each other.
            return .failure(LineFailure(.requestInvalid, "the line is empty"))
        }
        guard isValid else { return .failure(reason(for: page[range])) }
        requests.append(range)
        return .request(row: requests.count - 1)
    }

    /// Says what is wrong with a line that is no request.
    private func reason(for line: ArraySlice<UInt8>) -> LineFailure {
        if let problem = LineText.problem(with: Array(line), maximumDepth: maximumDepth) {
            return LineFailure(.requestInvalid, problem)
        }
        let members = Tool.members.map { "'\($0)'" }.joined(separator: ", ")
        return LineFailure(.requestInvalid, "a request is one JSON object in a line, with the members \(members)")
    }

    private static func append(_ failure: LineFailure, to output: inout [UInt8]) {
        failure.append(to: &output)
        output.append(0x0A)
    }

    private static func withoutMark(_ line: LineBuffer.Line, in page: [UInt8]) -> LineBuffer.Line {
        guard case .text(let range) = line, page[range].starts(with: [0xEF, 0xBB, 0xBF]) else { return line }
        return .text(range.lowerBound + 3..<range.upperBound)
    }
}
