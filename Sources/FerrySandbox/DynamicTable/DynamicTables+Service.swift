import NIOHTTP1
import Synchronization

extension DynamicTables: SandboxService {
    private static let prefix = ["api", "dynamic-table", "integration"]

    var serviceName: SandboxServiceName { .dynamicTable }

    var held: String {
        let tables = collections.map { collection in
            "{\"collection\":\(jsonLiteral(collection)),\"count\":\(count(of: collection)),"
                + "\"digest\":\"\(digest(of: collection) ?? "")\"}"
        }
        return "[\(tables.joined(separator: ","))]"
    }

    func owns(_ request: SandboxRequest) -> Bool { request.segments.starts(with: Self.prefix) }

    func respond(to request: SandboxRequest) -> SandboxResponse {
        let segments = request.segments
        guard segments.count >= 6, let table = table(segments[5]) else { return .refusal(404, "Table not found") }
        return table.state.withLock { state in
            guard state.definition.agentID == segments[3], state.definition.configurationID == segments[4] else {
                return .refusal(404, "Table not found")
            }
            guard state.accepts(request) else { return .refusal(401, "The API key is not valid for this table") }
            let rest = segments.dropFirst(6)
            switch (request.method, rest.count, rest.first) {
            case ("GET", 0, _): return state.list(request)
            case ("POST", 1, "bulk"): return state.insert(request)
            case ("PUT", 1, "bulk"): return state.update(request)
            case ("DELETE", 1, "bulk"): return state.delete(request)
            case ("GET", 1, let id?): return state.get(id: id)
            case (_, 0, _), (_, 1, _): return .refusal(405, "The method \(request.method) is not allowed here")
            default: return .refusal(404, "Not found")
            }
        }
    }

    func logName(for request: SandboxRequest) -> String {
        let segments = request.segments
        return segments.count >= 6 ? segments[5] : serviceName.rawValue
    }

    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void {
        let edit = try TableEdit(json)
        return { edit.apply(to: self) }
    }
}

extension TableState {
    fileprivate func accepts(_ request: SandboxRequest) -> Bool {
        let sent = request.headers["X-Secret-Key"]
        guard sent.count == 1, !request.refusesKey else { return false }
        return sent[0] == definition.secondarySecret
            || (sent[0] == definition.primarySecret && !request.refusesPrimaryKey)
    }

    /// One literal per column, `nil` where the data says nothing; columns that the table lacks are passed over.
    func values(of data: SandboxRow.Data) -> [ArraySlice<UInt8>?] {
        var values = [ArraySlice<UInt8>?](repeating: nil, count: definition.columns.count)
        for (column, json) in data {
            if let index = columnIndexes[column] { values[index] = Array(json.utf8)[...] }
        }
        return values
    }

    func publicRow(_ row: StoredRow) -> SandboxRow {
        var data: SandboxRow.Data = []
        for (index, column) in definition.columns.enumerated() {
            guard let literal = row.literal(index) else { continue }
            data.append((column.name, String(decoding: literal, as: UTF8.self)))
        }
        return SandboxRow(id: row.id, rowNumber: row.rowNumber, data: data)
    }

    /// The rows' data whatever their ids, numbers and order: the hashes of all rows added up.
    var digest: String {
        var sum: UInt64 = 0
        for row in rows {
            var hash = FowlerNollVoHash()
            for (index, name) in memberNames.enumerated() {
                guard let literal = row.literal(index) else { continue }
                hash.combine(name)
                hash.combine(literal)
                hash.combine([0])
            }
            sum &+= hash.value
        }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The 64-bit hash of Fowler, Noll and Vo: the same in every process, unlike the standard library's.
struct FowlerNollVoHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(of bytes: some Sequence<UInt8>) {
        combine(bytes)
    }

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
}
