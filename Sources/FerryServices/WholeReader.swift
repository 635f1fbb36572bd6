import FerryCore
import FerryJSON

/// Reads all of a stream's records in the way that is there for that, an answer at a time.
struct WholeReader: Sendable {
    private let service: HTTPService
    private let description: WholeDescription
    private let reader: StreamReader
    private let paginator: any Paginator

    /// A reader; `nil` where there is no such way, or none with these settings.
    init?(service: HTTPService, stream: StreamDescription, scope: TemplateScope) {
        guard let whole = stream.whole, whole.conditions.allSatisfy({ scope.settings[$0.setting] == $0.value }) else {
            return nil
        }
        self.service = service
        description = whole
        reader = StreamReader(service: service, stream: stream, whole: whole)
        paginator = whole.pagination.paginator(in: scope, cursor: nil)
    }

    /// Reads the answer at a position.
    ///
    /// - Throws: ``SyncFailure``, of kind `batchTooLarge` when it is larger than any answer may be.
    func turn(at position: JSONValue?) async throws -> PageTurn {
        let scope = TemplateScope(settings: service.settings)
        var turn = try await paginator.turn(at: position, from: nil) { query in
            try await reader.read(description.request, query, scope: scope)
        }
        let ids = turn.answer.index.ids
        turn.kept.removeAll { place in
            ids.withBytes(at: place) { id in description.skippedPrefixes.contains { id.starts(with: $0.utf8) } }
        }
        return turn
    }
}
