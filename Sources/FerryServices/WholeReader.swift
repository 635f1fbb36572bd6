import FerryCore
import FerryHTTP
import FerryJSON
import FoundationEssentials
import Synchronization

/// Reads all of a stream's records in the way that is there for that: answers of any length, of which each is a page, or
/// several.
///
/// What an answer holds is kept until it is read. It is not kept for another process: a scan that was interrupted in the
/// middle of an answer asks for it again.
struct WholeReader: Sendable {
    private let service: HTTPService
    private let description: WholeDescription
    private let reader: StreamReader
    private let lines: LineDocuments
    private let paginator: any Paginator
    private let held = Held()

    /// An answer, and what it is known by.
    private struct Answer {
        var name: String
        var url: String
        var response: HTTPResponse
        var content: SpooledAnswer
    }

    private final class Held: Sendable {
        private let answer = Mutex<Answer?>(nil)

        /// Hands the answer of that name out.
        func take(_ name: String) -> Answer? {
            answer.withLock { held in
                defer { held = nil }
                return held?.name == name ? held : nil
            }
        }

        func keep(_ answer: Answer) { self.answer.withLock { $0 = answer } }
    }

    /// A reader; `nil` where there is no such way, or none with these settings.
    init?(service: HTTPService, stream: StreamDescription, scope: TemplateScope) {
        guard let whole = stream.whole, whole.conditions.allSatisfy({ scope.settings[$0.setting] == $0.value }) else {
            return nil
        }
        self.service = service
        description = whole
        reader = StreamReader(service: service, stream: stream, whole: whole)
        lines = LineDocuments(id: stream.id, error: whole.error, maximumDepth: service.maximumDepth)
        paginator = whole.pagination.paginator(in: scope, cursor: nil)
    }

    /// Reads what comes at a position.
    ///
    /// - Throws: ``SyncFailure``.
    func turn(at position: JSONValue?) async throws -> PageTurn {
        var place = Place(position)
        var answer = place.answer.flatMap { held.take($0) }
        if answer == nil { place = Place(place.page) }
        var (end, lineCount) = (place.offset, 0)
        var turn = try await paginator.turn(at: place.page, from: nil) { query in
            let known: Answer
            if let answer { known = answer } else { known = try await ask(query) }
            answer = known
            var response = known.response
            response.body = try known.content.lines(from: place.offset)
            end = place.offset + response.body.count
            lineCount = response.body.count { $0 == UInt8(ascii: "\n") }
            return try reader.answer(in: response, from: known.url) { try lines.page(from: $0, before: place.line) }
        }
        if let answer, end < answer.content.length {
            place.line += lineCount
            turn.kept = Array(turn.answer.ids.indices)
            turn.next = place.following(answer.name, end: end)
            held.keep(answer)
        }
        let ids = turn.answer.index.ids
        turn.kept.removeAll { place in
            ids.withBytes(at: place) { id in description.skippedPrefixes.contains { id.starts(with: $0.utf8) } }
        }
        return turn
    }

    /// Asks for an answer, and looks whether it was broken off: nothing of one that was is taken then.
    private func ask(_ query: PageQuery) async throws -> Answer {
        var scope = TemplateScope(settings: service.settings)
        scope.page = query.page
        let url = service.url(of: description.request, scope: scope)
        let content = SpooledAnswer()
        var response: HTTPResponse
        do {
            response = try await service.send(
                description.request,
                to: url,
                scope: scope,
                body: nil,
                isWrite: false,
                receiver: { content.append($0) }
            )
            // Some clients give all of it at once.
            let isKept = response.body.isEmpty || response.body.withUnsafeBytes { content.append($0) }
            if !isKept, let failure = content.failure { throw failure }
        } catch {
            throw content.failure ?? error
        }
        response.body = try content.lastLine() ?? []
        _ = try reader.answer(in: response, from: url) { try lines.page(from: $0, before: nil) }
        response.body = []
        return Answer(name: UUID().uuidString, url: url, response: response, content: content)
    }
}

extension WholeReader {
    /// Where a scan stands: at the start of an answer, or in the middle of one that is held.
    private struct Place {
        /// The paginator's place.
        var page: JSONValue?
        /// The name of the answer.
        var answer: String?
        /// How many bytes of it have been read.
        var offset = 0
        /// How many lines of it have been read.
        var line = 0

        init(_ value: JSONValue?) {
            guard let value, let answer = value["answer"]?.string, let offset = value["offset"]?.integer,
                let line = value["line"]?.integer
            else {
                page = value
                return
            }
            self.answer = answer
            self.offset = offset
            self.line = line
            page = value["page"].flatMap { $0.isNull ? nil : $0 }
        }

        /// The place behind a piece of an answer.
        func following(_ answer: String, end: Int) -> JSONValue {
            .object([
                .init(key: "page", value: page ?? .null),
                .init(key: "answer", value: .string(answer)),
                .init(key: "offset", value: .integer(end)),
                .init(key: "line", value: .integer(line)),
            ])
        }
    }
}
