import FerryCore
import FerryJSON

/// Pages of which each says how to ask for the next: by a token, or by an address on the same host.
///
/// What such pages promise of records that come and go meanwhile is the service's. That they come to an end is not left
/// to it: a token, an address or a page that was there before is a failure, however long the circle is.
struct ServerPages: Paginator {
    /// What an answer gives.
    enum Kind: Sendable {
        /// A token for the next request.
        case token
        /// The next request's address.
        case address
    }

    let kind: Kind
    /// What a page without records means that says how to go on.
    let empty: EmptyPage

    /// How many pages in a row may be empty.
    static let maximumEmptyPages = 1000

    func turn(
        at position: JSONValue?,
        from lowest: JSONValue?,
        reading read: (PageQuery) async throws -> PageAnswer
    ) async throws -> PageTurn {
        var position = Position(position)
        let asked = position.next
        let answer = try await read(query(for: asked))
        let kept = Array(answer.ids.indices)
        guard let next = try next(after: answer) else { return PageTurn(answer: answer, kept: kept, next: nil) }
        if answer.ids.isEmpty {
            // The same once more, with nothing: there is nothing new yet.
            guard next != asked, empty == .more else { return PageTurn(answer: answer, kept: kept, next: nil) }
            position.emptyPages += 1
            guard position.emptyPages <= Self.maximumEmptyPages else {
                throw SyncFailure.repeatedPage(
                    "the service gave \(Self.maximumEmptyPages) pages in a row without a record, each with another next",
                    hint: "if an empty page is its end of data, say so in the description: 'empty: end'"
                )
            }
        } else {
            position.emptyPages = 0
            guard !position.pages.repeats(answer.digest) else {
                throw SyncFailure.repeatedPage(
                    "the service gives a page again that was there before",
                    hint: "see whether the description sends what the page before gave, and where the service "
                        + "expects it"
                )
            }
        }
        let digest = Array(next.serialized.utf8).withUnsafeBytes { RecordHash.of($0).low }
        guard !position.tokens.repeats(digest) else {
            throw SyncFailure.repeatedPage(
                "the service says that a page is next that was there before",
                hint: "it goes round in circles; nothing was lost, but the scan cannot go on"
            )
        }
        position.next = next
        return PageTurn(answer: answer, kept: kept, next: position.value)
    }

    private func query(for next: JSONValue?) -> PageQuery {
        guard let next else { return PageQuery() }
        switch kind {
        case .token: return PageQuery(page: ["token": next])
        case .address: return PageQuery(target: next.string)
        }
    }

    /// Whether a value says that nothing comes next.
    private static func isNothing(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        case .bool, .number: false
        }
    }

    /// What the answer gives for the next request; `nil` when it gives nothing.
    private func next(after answer: PageAnswer) throws -> JSONValue? {
        guard let next = answer.next, !Self.isNothing(next) else { return nil }
        switch next {
        case _ where kind == .token: return next
        case .string(let reference): return .string(try PageAddress.next(reference, after: answer.url))
        default:
            throw SyncFailure(
                .contract,
                .contractShape,
                "where the next page's address should be stands something else",
                hint: "see where the description looks for it"
            )
        }
    }
}

extension ServerPages {
    /// Where a scan stands.
    private struct Position {
        /// What the page before gave: a token, or a path and query.
        var next: JSONValue?
        /// Notices tokens that come in circles.
        var tokens = CycleDetector()
        /// Notices pages that do.
        var pages = CycleDetector()
        var emptyPages = 0

        init(_ value: JSONValue?) {
            guard let value, let next = value["next"], let tokens = CycleDetector(value["tokens"]),
                let pages = CycleDetector(value["pages"]), let emptyPages = value["empty"]?.integer
            else { return }
            self.next = next
            self.tokens = tokens
            self.pages = pages
            self.emptyPages = emptyPages
        }

        var value: JSONValue {
            .object([
                .init(key: "next", value: next ?? .null),
                .init(key: "tokens", value: tokens.value),
                .init(key: "pages", value: pages.value),
                .init(key: "empty", value: .integer(emptyPages)),
            ])
        }
    }
}
