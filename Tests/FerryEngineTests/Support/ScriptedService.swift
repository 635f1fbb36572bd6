import FerryCore
import Synchronization

/// A remote service in memory: one paged table with identifiers and a natural key, a log of what it was asked, and
/// faults for the requests that a test chooses.
final class ScriptedService: RemoteService {
    /// What the service takes and how it behaves.
    struct Traits: Sendable {
        var identity = "https://service.example/table"
        var directions: Set<Direction> = [.pull, .push]
        var pageSize = 100
        var batchSize = 100
        var batchBytes = 1_000_000
        /// The natural key's path, which the service keeps unique.
        var match: String? = "sku"
        var isComplete = true
        /// Whether nothing can have escaped a scan.
        var isConclusive = true
        /// Whether the table only grows at its end, so that a scan can begin where the last one ended.
        var hasCursor = false
        /// The member that a record has that stands for a deleted one.
        var tombstone: String?
        /// What the identifiers of each slice begin with, where the table is read slice by slice.
        var slices: [String] = []
        /// How long a look at all identifiers is good for, if there is such a look.
        var sweepInterval: Duration?
        var scansBeforeDelete = 1
        var canFind = true
        var createIsRepeatable = false
        /// Whether a create of a natural key that exists changes the record that has it.
        var createIsUpsert = false
        /// Whether the natural key is kept unique.
        var isUnique = true
        /// Whether bad records are refused one by one, while the others land.
        var refusesRows = false
        var settlesWithin: Duration = .zero
        var isPartial = true
        /// The operations the service takes.
        var operations: Set<WriteOperation> = [.create, .update, .delete]
    }

    struct State {
        var table = RemoteTable()
        var log: [LoggedRequest] = []
        var isTotalKnown = true
        /// Called with the number of the page request, from 1, before it is answered.
        var beforePage: (@Sendable (Int) throws -> Void)?
        /// The fault of the write with a number, from 1.
        var writeFault: (@Sendable (Int, LoggedRequest) -> WriteFault?)?
        /// Called after a question for a record by its natural key was answered.
        var afterFind: (@Sendable () -> Void)?
        /// Called after a write was answered in full.
        var afterWrite: (@Sendable (Int) -> Void)?
        var pages = 0
        var writes = 0
        /// The slices that the service refuses.
        var refusedSlices: Set<String> = []
    }

    let traits: Traits
    let state = Mutex(State())

    init(_ traits: Traits = Traits()) {
        self.traits = traits
    }

    var identity: String { traits.identity }
    var attention: [String] { [] }
    var traffic: Traffic {
        var traffic = Traffic()
        traffic.requests = state.withLock { $0.log.count }
        return traffic
    }

    func directions(of resource: String) -> Set<Direction> { resource == "rows" ? traits.directions : [] }
    func defaultMatch(of resource: String) -> FieldPath? { traits.match.flatMap { try? FieldPath(parsing: $0) } }
    func check() async throws {}

    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource {
        let source = ScriptedSource(service: self, fields: fields + (match.map { [$0] } ?? []))
        return traits.slices.isEmpty ? source : SlicedSource(inner: source)
    }

    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink {
        ScriptedSink(service: self, fields: fields)
    }
}

/// What goes wrong with a write.
enum WriteFault: Sendable {
    /// Fails, after the first `landing` records were written.
    case fails(SyncFailure, landing: Int = 0)
    /// The process dies in the middle of it, after the first `landing` records were written.
    case dies(landing: Int)
    /// Is done, but acknowledges one record less.
    case miscounts
}

/// A request as the service saw it.
struct LoggedRequest: Sendable {
    enum Kind: Sendable, Equatable { case page, find, write(WriteOperation) }

    var kind: Kind
    /// The records of a write: their fields as JSON values by path; identifiers only for deletes.
    var records: [[String: JSONValue]] = []
    var remoteIDs: [String] = []
    var idempotencyKey = ""

    /// The records' natural keys.
    var keys: [String] { records.compactMap { $0["sku"]?.string } }
}

/// The service's table.
struct RemoteTable: Sendable {
    struct Record: Sendable, Equatable {
        var id: String
        /// The members as the service writes them, in order.
        var members: [(key: String, value: JSONValue)]

        subscript(key: String) -> JSONValue? {
            get { members.first { $0.key == key }?.value }
            set {
                if let index = members.firstIndex(where: { $0.key == key }) {
                    members[index].value = newValue ?? .null
                } else {
                    members.append((key, newValue ?? .null))
                }
            }
        }

        /// The record's bytes.
        var text: String {
            JSONValue.object(members.map { JSONValue.Member(key: $0.key, value: $0.value) }).compactText
        }

        static func == (left: Record, right: Record) -> Bool { left.id == right.id && left.text == right.text }
    }

    var records: [Record] = []
    private var nextNumber = 1

    @discardableResult
    mutating func insert(_ members: [(key: String, value: JSONValue)], id: String? = nil) -> String {
        defer { nextNumber += 1 }
        let id = id ?? "r\(nextNumber)"
        records.append(Record(id: id, members: members))
        return id
    }

    mutating func remove(_ id: String) {
        records.removeAll { $0.id == id }
    }

    mutating func change(_ id: String, _ key: String, to value: JSONValue) {
        guard let index = records.firstIndex(where: { $0.id == id }) else { return }
        records[index][key] = value
    }

    subscript(id: String) -> Record? { records.first { $0.id == id } }

    /// The records with a value of the natural key.
    func with(_ key: String, _ value: JSONValue) -> [Record] { records.filter { $0[key] == value } }
}

extension ScriptedService {
    /// A record's values at `fields`, as a source gives them.
    static func values(_ records: [RemoteTable.Record], at fields: [FieldPath]) -> ExtractedValues {
        var batch = RecordBatch(columnCount: fields.count)
        var problems: [Int: String] = [:]
        for (row, record) in records.enumerated() {
            if record["broken"] != nil { problems[row] = "the value at 'broken' is no text" }
            batch.append(row: fields.map { field in cell(record[field.description], in: &batch) })
        }
        return ExtractedValues(records: batch, problems: problems)
    }

    private static func cell(_ value: JSONValue?, in batch: inout RecordBatch) -> Cell {
        switch value {
        case nil: .missing
        case .null: .null
        case .bool(let value): Cell(value ? .true : .false)
        case .number(let literal): batch.store(Array(literal.utf8), as: .number)
        case .string(let text): batch.store(Array(text.utf8), as: .string)
        case .array, .object: batch.store(Array((value ?? .null).compactText.utf8), as: .json)
        }
    }
}
