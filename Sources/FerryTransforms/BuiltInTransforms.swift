public import FerryCore

/// The transforms that come with Ferry.
///
/// A transform is one type in a file of its own and one row in the table below.
public struct BuiltInTransforms: TransformCatalog {
    private struct Row: Sendable {
        let name: String
        let compile: @Sendable (TransformOptions) throws(TransformReferenceError) -> any Transform

        init(
            _ name: String,
            _ compile: @escaping @Sendable (TransformOptions) throws(TransformReferenceError) -> any Transform
        ) {
            self.name = name
            self.compile = compile
        }
    }

    private static let rows: [Row] = [
        Row("as_reference", AsReference.init),
        Row("as_slug", AsSlug.init),
        Row("camel_case", CamelCase.init),
        Row("capitalize", Capitalize.init),
        Row("collapse_whitespace", CollapseWhitespace.init),
        Row("date", DateConversion.init),
        Row("first", First.init),
        Row("html_to_markdown", HTMLToMarkdown.init),
        Row("join", Join.init),
        Row("json_decode", JSONDecode.init),
        Row("json_encode", JSONEncode.init),
        Row("kebab_case", KebabCase.init),
        Row("last", Last.init),
        Row("lookup", Lookup.init),
        Row("lowercase", Lowercase.init),
        Row("markdown_to_html", MarkdownToHTML.init),
        Row("markdown_to_portable_text", MarkdownToPortableText.init),
        Row("pascal_case", PascalCase.init),
        Row("pick", Pick.init),
        Row("replace", Replace.init),
        Row("sha256", SHA256.init),
        Row("slugify", Slugify.init),
        Row("snake_case", SnakeCase.init),
        Row("split", Split.init),
        Row("strip_html", StripHTML.init),
        Row("title_case", TitleCase.init),
        Row("to_boolean", ToBoolean.init),
        Row("to_number", ToNumber.init),
        Row("to_string", ToString.init),
        Row("trim", Trim.init),
        Row("truncate", Truncate.init),
        Row("uppercase", Uppercase.init),
        Row("with_keys", WithKeys.init),
    ]

    /// The forms, each with the transform that puts it on and the one that takes it off.
    private static let forms: [(name: String, pushed: String, pulled: TransformReference?)] = [
        ("keyed", "with_keys", nil),
        ("reference", "as_reference", TransformReference(name: "pick", options: .string("_ref"))),
        ("slug", "as_slug", TransformReference(name: "pick", options: .string("current"))),
    ]

    private let maximumJSONDepth: Int

    /// The catalogue; JSON that a transform makes may nest `maximumJSONDepth` deep.
    public init(maximumJSONDepth: Int = JSONDepth.standard) {
        self.maximumJSONDepth = maximumJSONDepth
    }

    /// All names, sorted.
    public var names: [String] { Self.rows.map(\.name) }

    /// Compiles one transform.
    ///
    /// - Throws: ``TransformReferenceError`` when there is none of that name or it does not take such options.
    public func transform(_ reference: TransformReference) throws(TransformReferenceError) -> any Transform {
        guard let row = Self.rows.first(where: { $0.name == reference.name }) else {
            throw .unknownName(reference.name)
        }
        return try row.compile(TransformOptions(reference, maximumJSONDepth: maximumJSONDepth))
    }

    /// The names of all forms, sorted.
    public var formNames: [String] { Self.forms.map(\.name) }

    /// The form that files name so; its options are those of the transform that puts it on.
    ///
    /// - Throws: ``TransformReferenceError`` when there is none of that name or it does not take such options.
    public func form(_ reference: TransformReference) throws(TransformReferenceError) -> ValueForm {
        guard let form = Self.forms.first(where: { $0.name == reference.name }) else {
            throw .unknownName(reference.name)
        }
        let pushed = TransformReference(name: form.pushed, options: reference.options)
        _ = try transform(pushed)
        return ValueForm(pushed: pushed, pulled: form.pulled)
    }
}
