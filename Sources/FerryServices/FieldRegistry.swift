import FerryCore
import FerryHTTP
import FerryJSON
import Synchronization

/// The fields that a service must know before records can have them: what is missing is made when the first value comes.
final class FieldRegistry: Sendable {
    /// A field that the service does not know.
    struct Field: Hashable {
        let name: String
        let type: String
    }

    private let service: HTTPService
    private let description: FieldsDescription
    /// The columns that may be such fields, with their names.
    private let columns: [(index: Int, name: String)]
    /// The names that the service knows; `nil` as long as it was not asked.
    private let known = Mutex<Set<String>?>(nil)

    /// A registry for sinks of the given fields; `nil` where settings say that no field is to be made.
    init?(service: HTTPService, description: FieldsDescription, fields: [FieldPath]) {
        let scope = TemplateScope(settings: service.settings)
        if let condition = description.condition, scope.text(condition) != "true" { return nil }
        self.service = service
        self.description = description
        columns = fields.enumerated().compactMap { index, path in
            guard case .name(let name)? = path.segments.first, !description.exceptions.contains(name) else {
                return nil
            }
            return (index, name)
        }
    }

    /// The fields that records have and the service does not know.
    ///
    /// - Throws: ``SyncFailure``.
    func missing(for records: RecordBatch) async throws -> [Field] {
        let before = known.withLock { $0 }
        let wanted = fields(of: records, except: before ?? [])
        guard !wanted.isEmpty else { return [] }
        let now: Set<String>
        if let before { now = before } else { now = try await list() }
        return wanted.filter { !now.contains($0.name) }
    }

    /// Makes the fields that records have and the service does not know.
    ///
    /// - Throws: ``SyncFailure``, of kind `config` where the service refuses a field.
    func make(for records: RecordBatch) async throws {
        for field in try await missing(for: records) {
            var scope = TemplateScope(settings: service.settings)
            scope.field = ["name": .string(field.name), "type": .string(field.type)]
            do {
                _ = try await service.send(description.create, scope: scope, body: nil, isWrite: true)
            } catch var failure as SyncFailure {
                // Nothing of the batch has been sent, and a field that was made after all is listed then.
                failure.effect = .none
                guard failure.kind == .record else { throw failure }
                guard try await list().contains(field.name) else { throw refused(field, failure.message) }
            }
            known.withLock { _ = $0?.insert(field.name) }
        }
    }

    private func refused(_ field: Field, _ message: String) -> SyncFailure {
        SyncFailure(
            .config,
            .serviceRefused,
            "\(service.description.title) does not know the field '\(field.name)', and refuses to be given it: \(message)",
            hint: "map to a field that there is, or add it at the service"
        )
    }

    /// The names that the service knows.
    private func list() async throws -> Set<String> {
        let response = try await service.send(
            description.list,
            scope: TemplateScope(settings: service.settings),
            body: nil,
            isWrite: false
        )
        let answer: JSONValue
        do throws(JSONFailure) {
            answer = try JSONValue(parsing: response.body, maximumDepth: service.maximumDepth)
        } catch {
            throw service.contractFailure(error, of: response.body)
        }
        let lists = description.records.lazy.compactMap { path -> [JSONValue]? in
            guard case .array(let elements)? = answer.value(at: path) else { return nil }
            return elements
        }
        guard let elements = lists.first else {
            throw service.contractFailure(
                JSONFailure(message: "it has no list of fields", offset: 0),
                of: response.body
            )
        }
        let names = Set(elements.compactMap { $0.value(at: description.name)?.string })
        known.withLock { $0 = names }
        return names
    }

    /// The fields that have a value in some record, with the type of the first.
    private func fields(of records: RecordBatch, except known: Set<String>) -> [Field] {
        columns.compactMap { index, name in
            guard !known.contains(name) else { return nil }
            let kinds = (0..<records.count).lazy.map { records[$0, index].kind }
            switch kinds.first(where: { $0 != .missing && $0 != .null }) {
            case .string: return Field(name: name, type: "string")
            case .number: return Field(name: name, type: "number")
            case .true, .false: return Field(name: name, type: "boolean")
            // What has no such type is the service's to refuse.
            default: return nil
            }
        }
    }
}
