/// How one value moves between a local field and a remote one.
public struct FieldMapping: Sendable {
    /// What happens to a row when a transform refuses the value.
    public enum ErrorPolicy: String, Sendable, Codable, CaseIterable {
        /// The row is set aside (quarantine); the job goes on.
        case failRow = "fail_row"
        /// The destination gets null.
        case null
        /// The destination is left alone.
        case skipField = "skip_field"
    }

    /// The local path, rooted at the entity (`{id, type, fields}`), for both directions.
    ///
    /// `nil` with a constant.
    public var source: FieldPath?
    /// The remote path, rooted where the service description says, for both directions.
    public var target: FieldPath
    /// The transforms that the moving value goes through, in order.
    public var transforms: [TransformReference]
    /// The form that the remote record has the value in, if it is one of its own.
    public var form: ValueForm?
    /// What stands in for a missing value.
    public var defaultValue: JSONValue?
    /// The value that always moves, whatever the source holds.
    public var constant: JSONValue?
    /// Whether a row without the value is refused.
    public var isRequired: Bool
    /// What happens when a transform refuses the value.
    public var onError: ErrorPolicy
    /// The ways the file allows; `nil` when it does not say.
    public var direction: FlowDirection?

    /// A mapping.
    public init(
        source: FieldPath?,
        target: FieldPath,
        transforms: [TransformReference] = [],
        form: ValueForm? = nil,
        defaultValue: JSONValue? = nil,
        constant: JSONValue? = nil,
        isRequired: Bool = false,
        onError: ErrorPolicy = .failRow,
        direction: FlowDirection? = nil
    ) {
        self.source = source
        self.target = target
        self.transforms = transforms
        self.form = form
        self.defaultValue = defaultValue
        self.constant = constant
        self.isRequired = isRequired
        self.onError = onError
        self.direction = direction
    }
}

/// A form that values have in a remote record, such as an object around a text: put on as the last thing of a push,
/// taken off as the first of a pull, so that nothing else sees it.
public struct ValueForm: Sendable, Equatable {
    /// The transform that puts it on.
    public var pushed: TransformReference
    /// The transform that takes it off; `nil` where the form is kept.
    public var pulled: TransformReference?

    /// A form.
    public init(pushed: TransformReference, pulled: TransformReference?) {
        self.pushed = pushed
        self.pulled = pulled
    }
}

/// A transform as a file names it: compiled once per job by the catalogue.
public struct TransformReference: Sendable, Equatable {
    /// The transform's name, such as `slugify`.
    public var name: String
    /// Its options; `.null` for none.
    public var options: JSONValue

    /// A reference.
    public init(name: String, options: JSONValue = .null) {
        self.name = name
        self.options = options
    }
}
