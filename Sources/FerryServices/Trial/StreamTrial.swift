public import FerryCore
public import FerryHTTP
import FerryJSON

/// Reads pages of a stream and keeps what was asked and answered, for people who describe a service.
///
/// It runs the code that a pull runs. Secrets are in nothing that it gives.
public struct StreamTrial: Sendable {
    /// One page.
    public struct Page: Sendable {
        /// The records' identifiers.
        public var ids: [String]
        /// The records as JSON text, from where the stream's `root` is.
        public var records: [String]
        /// The identifiers of records that the service says are deleted.
        public var deleted: [String]
        /// How many records the service says there are.
        public var total: Int?
    }

    /// The pages that were read.
    public private(set) var pages: [Page] = []
    /// Every request that was made, with what came of it.
    public private(set) var exchanges: [TrialExchange] = []
    /// The request that would be the next one; `nil` at the end of the data.
    public private(set) var next: TrialExchange?
    /// The value at which the next pull would begin, as JSON text, if the stream tells that already.
    public private(set) var cursor: String?
    /// Why no further page could be read.
    public private(set) var failure: SyncFailure?

    /// Reads `count` pages of a stream, or as many as there are.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when there is no such stream, or its service cannot be reached with
    ///   these settings; `CancellationError`.
    public init(
        of stream: String,
        in description: ServiceDescription,
        settings: [String: JSONValue],
        secrets: [String: SecretReference],
        resolver: any SecretResolver,
        client: any HTTPExchanging,
        clock: any WallClock,
        pages count: Int = 1
    ) async throws {
        let recorder = TrialRecorder(client)
        let service = try HTTPService(
            description,
            settings: settings,
            secrets: secrets,
            resolver: resolver,
            client: recorder,
            clock: clock
        )
        let source = try service.source(stream, fields: [.root], match: nil)
        var position: PagePosition?
        do {
            repeat {
                let page = try await source.page(at: position)
                let scrubber = service.scrubber
                pages.append(try Page(page) { scrubber.scrubbed($0) })
                position = page.next
                if let text = page.cursor { cursor = Self.value(ofCursor: text).map { scrubber.scrubbed($0) } }
            } while position != nil && pages.count < count
            if position != nil {
                // The paginator says what it would ask for; nobody is asked.
                recorder.close()
                _ = try? await source.page(at: position)
            }
        } catch let failure as SyncFailure {
            self.failure = failure
        }
        let scrubber = service.scrubber
        exchanges = recorder.exchanges(scrubber)
        next = recorder.unsent(scrubber)
    }

    /// The value in a cursor's text, whose other members are the engine's business.
    private static func value(ofCursor text: String) -> String? {
        (try? JSONValue(parsing: text))?["value"]?.serialized
    }
}

extension StreamTrial.Page {
    fileprivate init(_ page: RemotePage, scrub: (String) -> String) throws {
        let batch = try page.extract(Array(0..<page.count)).records
        ids = page.ids.strings.map(scrub)
        deleted = page.tombstones.strings.map(scrub)
        total = page.total
        records = (0..<page.count).map { row in
            let cell = batch[row, 0]
            let text = batch.string(of: cell)
            switch cell.kind {
            case .missing, .null: return "null"
            case .true: return "true"
            case .false: return "false"
            case .string: return scrub(JSONValue.string(text).serialized)
            case .number, .json: return scrub(text)
            }
        }
    }
}

/// A request as people see it, and what came of it: no secrets.
public struct TrialExchange: Sendable {
    /// What was answered.
    public struct Answer: Sendable {
        /// The status code.
        public var status: Int
        /// The headers.
        public var headers: [HTTPHeader]
        /// The length of the body, in bytes as they came.
        public var bytes: Int
        /// How long it took.
        public var duration: Duration
        /// The beginning of the body.
        public var start: String
    }

    /// The method.
    public var method: String
    /// The address.
    public var url: String
    /// The headers, in order.
    public var headers: [HTTPHeader]
    /// The body.
    public var body: String?
    /// What was answered; `nil` when nothing was.
    public var answer: Answer?
}
