public import FerryCore

/// How one value moves, as the Integrations API document has it.
///
/// `source`, `target` and `transform` are the document's keys; those after them are Ferry's own. The document knows
/// one transform by its name, so `transform` is the name of the first, and `transforms` has the whole list with
/// options where there are several or there are options.
public struct FieldMappingDetails: Codable, Sendable, Equatable {
    /// The local path; empty for a constant.
    public var source: String
    /// The remote path.
    public var target: String
    /// The name of the first transform; `null` for none.
    public var transform: String?
    /// All transforms as a file writes them, such as `["trim", {"slugify": {"max_length": 40}}]`.
    ///
    /// `null` where `transform` says it all.
    public var transforms: JSONValue?
    /// The entity type whose fields these are.
    public var entity: String

    /// The mapping as the file declares it.
    public init(_ mapping: FieldMapping, entity: String) {
        source = mapping.source?.description ?? ""
        target = mapping.target.description
        transform = mapping.transforms.first?.name
        self.entity = entity
        if mapping.transforms.count > 1 || mapping.transforms.contains(where: { !$0.options.isNull }) {
            transforms = .array(
                mapping.transforms.map { reference in
                    guard !reference.options.isNull else { return .string(reference.name) }
                    return .object([JSONValue.Member(key: reference.name, value: reference.options)])
                }
            )
        }
    }
}
