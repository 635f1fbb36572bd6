import FerryCore
import FerryTesting
import Foundation
import Synchronization

/// A remote service in memory: one table of records, with whatever rules its traits say.
///
/// It is the service itself: networks that lose answers and processes that die in the middle of a request stand before
/// it (``FaultySink``).
final class SimulatedService: Sendable {
    struct Record: Sendable {
        let id: String
        /// Its place in the order in which records were made, which is that of the pages.
        let sequence: Int
        fileprivate(set) var fields: Fields
        /// Whether it was made by others than Ferry.
        var isForeign: Bool
        /// Whether the request that made it landed after its sender had given up.
        var isLate = false
    }

    /// A request whose answer nobody waits for any more.
    struct LateRequest: Sendable {
        let number: Int
        let request: WriteRequest
        let count: Int
    }

    private struct State {
        var records: [Record] = []
        var nextNumber = 1
        /// What became of the records of creates, by idempotency key and position.
        var answers: [String: WriteResult] = [:]
        var late: [LateRequest] = []
        var lateCount = 0
        /// Writes that changed something.
        var version = 0
    }

    let traits: ServiceTraits
    private let clock: SimulatedClock
    private let trace: Trace
    private let state = Mutex(State())

    init(_ traits: ServiceTraits, clock: SimulatedClock, trace: Trace) {
        self.traits = traits
        self.clock = clock
        self.trace = trace
    }

    static let naturalKey = "sku"

    /// Why the service (and the store) does not take a record; `nil` if it does.
    static func refusal(of fields: Fields) -> String? {
        for name in ["title", "name"] {
            if let text = fields[name]?.string, text.lowercased().hasPrefix("bad") { return "'\(text)' is bad" }
        }
        return nil
    }

    /// The records now, in the order of the pages.
    var records: [Record] { state.withLock { $0.records } }

    /// Changes when a write of anybody does.
    var version: Int { state.withLock { $0.version } }

    // MARK: Other people

    @discardableResult
    func insert(_ fields: Fields) -> String {
        state.withLock { state in Self.insert(fields, isForeign: true, isLate: false, into: &state) }
    }

    func change(_ id: String, _ change: (inout Fields) -> Void) {
        state.withLock { state in
            guard let index = state.records.firstIndex(where: { $0.id == id }) else { return }
            change(&state.records[index].fields)
            state.version += 1
        }
    }

    /// Brings a record back that was removed, at its old place.
    func restore(_ fields: Fields, id: String) {
        state.withLock { state in
            let record = Record(id: id, sequence: Int(id.dropFirst()) ?? 0, fields: fields, isForeign: true)
            let place = state.records.firstIndex { $0.sequence > record.sequence } ?? state.records.endIndex
            state.records.insert(record, at: place)
            state.version += 1
        }
    }

    func remove(_ id: String) {
        state.withLock { state in
            state.records.removeAll { $0.id == id }
            state.version += 1
        }
    }

    private static func insert(_ fields: Fields, isForeign: Bool, isLate: Bool, into state: inout State) -> String {
        let id = "r\(state.nextNumber)"
        state.records.append(
            Record(id: id, sequence: state.nextNumber, fields: fields, isForeign: isForeign, isLate: isLate)
        )
        state.nextNumber += 1
        state.version += 1
        return id
    }

    // MARK: Requests

    /// Does what a write request says, in full or its first `count` records only.
    ///
    /// - Throws: ``SyncFailure`` when the service refuses it as a whole.
    func land(_ request: WriteRequest, count: Int? = nil, isLate: Bool = false) throws -> [WriteResult] {
        try state.withLock { state in
            guard request.count <= traits.hiddenLimit else {
                throw SyncFailure(.batchTooLarge, .serviceBatchTooLarge, "more than \(traits.hiddenLimit) records")
            }
            var copy = state
            var results: [WriteResult] = []
            for index in 0..<min(count ?? request.count, request.count) {
                results.append(apply(request, at: index, isLate: isLate, to: &copy))
            }
            if let failure = traits.failure(for: results) { throw failure }
            state = copy
            // What creates change by mistake is looked at when it could have been made right.
            if request.operation != .delete, traits.creation != .upsert { checkDoubles(in: state) }
            return results
        }
    }

    private func apply(_ request: WriteRequest, at index: Int, isLate: Bool, to state: inout State) -> WriteResult {
        switch request.operation {
        case .create:
            let fields = request.rows[index]
            if traits.creation == .idempotent, let answer = state.answers["\(request.key)/\(index)"] { return answer }
            if let refusal = Self.refusal(of: fields) { return .refused(refusal) }
            let twin = state.records.firstIndex { $0.hasKey(of: fields) }
            if let twin, traits.creation == .upsert {
                write(fields, to: twin, of: &state)
                return .accepted(remoteID: state.records[twin].id)
            }
            if twin != nil, traits.isUnique { return .refused("duplicate key") }
            let id = Self.insert(fields, isForeign: false, isLate: isLate, into: &state)
            state.answers["\(request.key)/\(index)"] = .accepted(remoteID: id)
            return .accepted(remoteID: id)
        case .update:
            let fields = request.rows[index]
            guard let place = state.records.firstIndex(where: { $0.id == request.remoteIDs[index] }) else {
                return .gone
            }
            if let refusal = Self.refusal(of: fields) { return .refused(refusal) }
            if traits.isUnique,
                state.records.contains(where: { $0.id != request.remoteIDs[index] && $0.hasKey(of: fields) })
            {
                return .refused("duplicate key")
            }
            write(fields, to: place, of: &state)
            return .accepted(remoteID: request.remoteIDs[index])
        case .delete:
            guard let place = state.records.firstIndex(where: { $0.id == request.remoteIDs[index] }) else {
                return .gone
            }
            state.records.remove(at: place)
            state.version += 1
            return .accepted(remoteID: request.remoteIDs[index])
        }
    }

    /// No source row has two records, whatever happens.
    private func checkDoubles(in state: State) {
        var owners: [String: String] = [:]
        for record in state.records {
            guard let serial = record.fields["serial"]?.compactText else { continue }
            if let other = owners.updateValue(record.id, forKey: serial) {
                trace.violation("row \(serial) is at the service twice: \(other) and \(record.id)")
            }
        }
    }

    private func write(_ fields: Fields, to place: Int, of state: inout State) {
        if traits.isPartial {
            state.records[place].fields.merge(fields) { $1 }
        } else {
            state.records[place].fields = fields
        }
        state.version += 1
    }

    // MARK: Late requests

    /// Lets a request land at some later time, when its sender has given up.
    func landLater(_ request: WriteRequest, count: Int, after delay: Duration) {
        let number = state.withLock { state in
            state.lateCount += 1
            state.late.append(LateRequest(number: state.lateCount, request: request, count: count))
            return state.lateCount
        }
        clock.at(clock.now.addingTimeInterval(delay / .seconds(1))) { [weak self] in
            self?.landLate { $0.number == number }
        }
    }

    /// Lets the late requests land that are copies of one that is sent again now.
    func landCopies(of key: String) {
        landLate { $0.request.key == key }
    }

    private func landLate(where isDue: (LateRequest) -> Bool) {
        while true {
            let late = state.withLock { state in
                state.late.firstIndex(where: isDue).map { state.late.remove(at: $0) }
            }
            guard let late else { return }
            let outcome = Result { try land(late.request, count: late.count, isLate: true) }
            trace.note("late: \(late.request) lands -> \(outcome)")
        }
    }
}

extension SimulatedService.Record {
    /// Whether it has the natural key that `fields` gives, if they give one.
    func hasKey(of other: Fields) -> Bool {
        guard let key = other[SimulatedService.naturalKey], !key.isNull else { return false }
        return fields[SimulatedService.naturalKey] == key
    }

    /// The hash of the record as a response holds it.
    var hash: RecordHash { Array(fields.text.utf8).withUnsafeBytes { RecordHash.of($0) } }
}

/// A write as it goes over the wire.
struct WriteRequest: Sendable, CustomStringConvertible {
    let operation: WriteOperation
    let rows: [Fields]
    let remoteIDs: [String]
    let key: String

    init(_ batch: WriteBatch, names: [String]) {
        operation = batch.operation
        key = batch.idempotencyKey
        remoteIDs = batch.operation == .create ? [] : batch.remoteIDs.strings
        rows =
            batch.operation == .delete
            ? [] : (0..<batch.count).map { batch.records.fields($0, names: names) }
    }

    var count: Int { operation == .delete ? remoteIDs.count : rows.count }

    var description: String {
        let records = (0..<count).map { index in
            [
                remoteIDs.indices.contains(index) ? remoteIDs[index] : nil,
                rows.indices.contains(index) ? rows[index].text : nil,
            ]
            .compactMap(\.self).joined(separator: ": ")
        }
        return "\(operation.rawValue) [\(records.joined(separator: "; "))]"
    }
}
