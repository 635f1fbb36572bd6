import FerryCore

/// One part of a resource that is read part by part.
struct StreamPart: Sendable, Equatable {
    /// What requests can refer to as `${part.…}`.
    let values: [String: JSONValue]
    /// What tells it from the others, and what the identifiers of its records begin with.
    let key: String
    /// What people call it.
    let label: String

    /// All parts of a stream, in order: the combinations of its lists' elements, each once; where there are no lists, one
    /// that is everything.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when a list is empty.
    static func all(of stream: StreamDescription, in scope: TemplateScope) throws -> [StreamPart] {
        var combinations: [[(name: String, value: String)]] = [[]]
        for (name, template) in stream.parts {
            let elements = scope.texts(template)
            guard !elements.isEmpty else {
                let setting = template.references.first?.path.first ?? name
                throw SyncFailure(
                    .config,
                    .configInvalidValue,
                    "'\(setting)' is empty: there is nothing to be read",
                    hint: "add to '\(setting)' in the integration's 'config' what is to be read"
                )
            }
            combinations = combinations.flatMap { combination in elements.map { combination + [(name, $0)] } }
        }
        var seen: Set<String> = []
        return combinations.compactMap { combination in
            let key = IdentifierText.prefix(combination.map(\.value))
            guard seen.insert(key).inserted else { return nil }
            return StreamPart(
                values: Dictionary(combination.map { ($0.name, .string($0.value)) }) { $1 },
                key: key,
                label: combination.map(\.value).joined(separator: ", ")
            )
        }
    }
}

/// The days that a pull reads of a part.
struct DaySpan: Sendable, Equatable {
    /// The day at work.
    var day: CalendarDay
    /// The last day.
    let end: CalendarDay
    /// The last day whose records are final.
    let lastFinal: CalendarDay
}
