import FerryCore

/// The options of one transform as a file gives them, read with errors that name the valid ones.
struct TransformOptions {
    private let transform: String
    private let value: JSONValue
    /// How deeply JSON may nest that a transform makes.
    let maximumJSONDepth: Int

    init(_ reference: TransformReference, maximumJSONDepth: Int) {
        self.init(reference.name, reference.options, maximumJSONDepth: maximumJSONDepth)
    }

    private init(_ transform: String, _ value: JSONValue, maximumJSONDepth: Int) {
        self.transform = transform
        self.value = value
        self.maximumJSONDepth = maximumJSONDepth
    }

    /// The options with a value that was given by itself, as in `truncate: 80`, under its name.
    func named(_ key: String) -> TransformOptions {
        switch value {
        case .string, .number: TransformOptions(transform, [key: value], maximumJSONDepth: maximumJSONDepth)
        default: self
        }
    }

    /// An option of any kind, if it is given.
    func any(_ key: String) -> JSONValue? { value[key] }

    /// The failure of an option that the transform cannot do without.
    func missing(_ key: String, _ expected: String) -> TransformReferenceError {
        .invalidOptions("'\(transform)' needs the option '\(key)': \(expected)")
    }

    /// An option that is a string or a list of at least one.
    func texts(_ key: String, _ expected: String) throws(TransformReferenceError) -> [String]? {
        guard let option = value[key] else { return nil }
        if let text = option.string { return [text] }
        guard case .array(let elements) = option, !elements.isEmpty else { throw invalid(key, expected) }
        var texts: [String] = []
        for element in elements {
            guard let text = element.string else { throw invalid(key, expected) }
            texts.append(text)
        }
        return texts
    }

    /// Refuses anything but an object whose keys are all in `valid`.
    ///
    /// `null` and an empty object are no options.
    func allow(_ valid: [String]) throws(TransformReferenceError) {
        switch value {
        case .null: return
        case .object(let members):
            guard let unknown = members.first(where: { !valid.contains($0.key) }) else { return }
            throw failure("has no option '\(unknown.key)'", valid)
        default:
            throw failure(valid.isEmpty ? "was given a value" : "takes its options by name, as an object", valid)
        }
    }

    /// An option that is on or off.
    func flag(_ key: String, default standard: Bool) throws(TransformReferenceError) -> Bool {
        guard let option = value[key] else { return standard }
        guard let flag = option.bool else { throw invalid(key, "true or false") }
        return flag
    }

    /// An option that is a whole number from 1 on.
    func count(_ key: String) throws(TransformReferenceError) -> Int? {
        guard let option = value[key] else { return nil }
        guard let count = option.integer, count > 0 else { throw invalid(key, "a whole number from 1 on") }
        return count
    }

    /// An option that is a string, which `isValid` judges.
    func text(
        _ key: String,
        default standard: String,
        _ expected: String,
        isValid: (String) -> Bool
    ) throws(TransformReferenceError) -> String {
        guard let option = value[key] else { return standard }
        guard let text = option.string, isValid(text) else { throw invalid(key, expected) }
        return text
    }

    /// The failure of an option that is something else than `expected`.
    func invalid(_ key: String, _ expected: String) -> TransformReferenceError {
        .invalidOptions("the option '\(key)' of '\(transform)' must be \(expected)")
    }

    private func failure(_ problem: String, _ valid: [String]) -> TransformReferenceError {
        let names = valid.map { "'\($0)'" }.joined(separator: ", ")
        return .invalidOptions(
            "'\(transform)' \(problem); " + (valid.isEmpty ? "it takes no options" : "its options are \(names)")
        )
    }
}
