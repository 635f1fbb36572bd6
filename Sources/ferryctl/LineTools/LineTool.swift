import FerryAPI
import FerryCore

/// Answers requests that come as JSON objects, one per line.
protocol LineTool {
    /// The members of a request that mean something; all others are ignored.
    static var members: [String] { get }

    /// Appends the answer, a JSON object, to `output`.
    ///
    /// The batch's columns are ``members``; the request is its row `row`.
    ///
    /// - Throws: ``LineFailure``, which becomes the answer; what was appended is then dropped.
    mutating func answer(row: Int, of batch: RecordBatch, into output: inout [UInt8]) throws(LineFailure)
}

/// A request that gets an error for an answer.
struct LineFailure: Error {
    /// The stable code.
    let code: ErrorCode
    /// One sentence.
    let message: String
    /// What to do about it.
    let hint: String?

    init(_ code: ErrorCode, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The failure of a whole command: its arguments were wrong, or else it did not work.
    func command(_ status: ExitStatus) -> CommandFailure {
        var failure = CommandFailure(ErrorBody(code: code.rawValue, message: message, hint: hint))
        failure.status = status
        return failure
    }

    /// Appends `{"error":{"code":…,"message":…}}`.
    func append(to output: inout [UInt8]) {
        LineText.append("{\"error\":{\"code\":", to: &output)
        LineText.append(string: code.rawValue, to: &output)
        LineText.append(",\"message\":", to: &output)
        LineText.append(string: message + (hint.map { " (\($0))" } ?? ""), to: &output)
        LineText.append("}}", to: &output)
    }
}
