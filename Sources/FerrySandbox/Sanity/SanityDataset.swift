import Synchronization

/// The Sanity service: one dataset of one project, below `/sanity/v2025-02-19` (or any other version of the API).
///
/// Written from the contract of the Content Lake's HTTP API. A query may be no more than ``GROQQuery`` says. As the
/// service does, it keeps times to the second, takes a transaction as a whole or not at all, gives a perspective that
/// depends on the version of the API where none is asked for, refuses to delete what is strongly referred to, and says
/// nothing of documents that are not there when they are to be deleted. Where the documentation is silent it does this:
/// a transaction's identifier that was used before is refused with 409, and so is a patch of a document that is not there.
public final class SanityDataset: Sendable {
    static let prefix = "sanity"
    let clock: SandboxClock
    let state: Mutex<SanityState>
    let limit = SlidingLimit(25, per: .seconds(1))
    let requestLimit = SlidingLimit(500, per: .seconds(1))
    private let log: RequestLog

    init(log: RequestLog) {
        let clock = SandboxClock()
        self.log = log
        self.clock = clock
        state = Mutex(SanityState(clock: clock))
    }

    /// The project's id.
    public var projectID: String { "zp7mbokg" }

    /// The dataset's name.
    public var datasetName: String { "production" }

    /// The token by which requests are made; another one is refused from then on.
    public var token: String {
        get { state.withLock { $0.token } }
        set { state.withLock { $0.token = newValue } }
    }

    /// Whether the token may write, as it may at first.
    public func setWriteAccess(_ mayWrite: Bool) {
        state.withLock { $0.mayWrite = mayWrite }
    }

    /// Whether anybody may query the dataset; who does so without a token sees no identifiers with a dot.
    public func setPublic(_ isPublic: Bool) {
        state.withLock { $0.isPublic = isPublic }
    }

    /// Limits the mutations a second, which are 25 at first; `nil` lifts the limit.
    public func setLimit(mutationsPerSecond: Int?) {
        limit.set(mutationsPerSecond)
    }

    /// Sets the dataset's clock, after RFC 3339; `nil` lets it go with this machine's.
    public func setTime(_ time: String?) {
        state.withLock { $0.time = time }
    }

    /// How many documents an export gives before it has the client come again: 1,000 at first.
    public func setExportSize(_ count: Int) {
        state.withLock { $0.exportSize = count }
    }

    /// Breaks off the next export after so many documents, with an error on a line of its own or glued to half a line.
    public func breakOffExport(after count: Int, glued: Bool = false) {
        state.withLock { $0.breakOff = (count, glued) }
    }

    /// Makes or replaces a document as an editor would; `fields` are JSON literals by name.
    public func put(_ id: String, type: String, _ fields: [(name: String, json: String)]) {
        state.withLock { state in
            var content = SanityValue.object([])
            for (name, json) in fields {
                // What is no JSON is a text.
                content[name] =
                    (try? JSONDocument(Array(json.utf8))).map { SanityValue($0.root) } ?? .literal(jsonLiteral(json))
            }
            state.put(id, type, content, revision: state.nextRevision(), at: state.now)
        }
    }

    /// Removes a document as an editor would.
    public func remove(_ id: String) {
        state.withLock { $0.documents[id] = nil }
    }

    /// All documents, by identifier.
    public var documents: [SanityDocument] { state.withLock { $0.documents.sorted() } }

    /// A document; `nil` when there is none.
    public func document(_ id: String) -> SanityDocument? { state.withLock { $0.documents[id] } }

    /// The identifiers of the transactions that were taken, in order.
    public var transactions: [String] { state.withLock { $0.transactions } }

    /// The requests received, oldest first.
    public var requests: [LoggedRequest] { log.requests.filter { $0.name == "sanity" } }
}

/// What a dataset has.
struct SanityState: Sendable {
    let clock: SandboxClock
    var token = "skDemoToken"
    var mayWrite = true
    var isPublic = false
    var time: String?
    var exportSize = 1000
    var breakOff: (count: Int, glued: Bool)?
    var documents = SanityDocuments()
    private(set) var transactions: [String] = []
    private var used: Set<String> = []
    private var random = SeededGenerator(seed: 13)

    init(clock: SandboxClock) {
        self.clock = clock
    }

    /// The time to the second, after RFC 3339.
    var now: String { time ?? "\(PosthogTime.text(clock.seconds * 1_000_000).prefix(19))Z" }

    mutating func nextRevision() -> String { String(random.nextUUID().filter { $0 != "-" }.prefix(22)) }

    /// Whether there was a transaction of that name; one that was refused has not been.
    func hasTaken(_ transaction: String) -> Bool { used.contains(transaction) }

    /// Remembers a transaction that was made.
    mutating func commit(_ transaction: String) {
        transactions.append(transaction)
        used.insert(transaction)
    }

    /// Makes or replaces a document.
    mutating func put(_ id: String, _ type: String, _ content: SanityValue, revision: String, at time: String) {
        documents[id] = SanityDocument(
            id: id,
            type: type,
            revision: revision,
            createdAt: documents[id]?.createdAt ?? time,
            updatedAt: time,
            content: content
        )
    }
}
