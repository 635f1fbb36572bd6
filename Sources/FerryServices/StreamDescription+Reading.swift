import FerryCore

extension Pagination {
    /// What leads from page to page, with the settings of an integration.
    ///
    /// - Parameter cursor: the field of the stream's cursor, if it has one.
    func paginator(in scope: TemplateScope, cursor: FieldPath?) -> any Paginator {
        switch self {
        case .none: SinglePage()
        case .offset(let size): OffsetPaginator(size: scope.integer(size) ?? 100)
        case .steps(let size): SteppedPages(size: scope.integer(size) ?? 100)
        case .page(let numbering): NumberedPages(numbering, size: numbering.size.map { scope.integer($0) ?? 100 })
        case .token(_, let empty): ServerPages(kind: .token, empty: empty)
        case .next(_, let empty): ServerPages(kind: .address, empty: empty)
        case .keyset(let keyset):
            KeysetPages(
                keyset,
                size: scope.integer(keyset.size) ?? 100,
                start: keyset.order.indices.map { keyset.start[$0].flatMap { scope.value($0) } },
                cursor: cursor
            )
        }
    }
}

extension StreamDescription {
    /// What reads only what has changed, if the stream can.
    func streamCursor(in scope: TemplateScope) -> StreamCursor? {
        cursor.map { cursor in
            StreamCursor(
                cursor,
                start: cursor.start.flatMap { scope.value($0) },
                fingerprint: fingerprint(cursor, in: scope),
                isPagedByCursor: isPagedByCursor
            )
        }
    }

    /// A text for all that decides what the days of a stream hold, but for the parts that are read.
    func dayFingerprint(in scope: TemplateScope) -> String {
        var text = "\(days?.zone ?? "")"
        var templates = [form?.zipped?.names, days?.start].compactMap(\.self)
        if case .named(let names)? = form?.identity { templates.append(names) }
        if let request { templates += [request.path] + (request.query + request.headers).map(\.value) }
        let added = (form?.added ?? []).flatMap(\.value.references)
        let references = templates.flatMap(\.references) + (request?.body?.references ?? []) + added
        return fingerprint(text: &text, of: references, in: scope)
    }

    private func fingerprint(
        text: inout String,
        of references: [(scope: Template.Scope, path: [String])],
        in scope: TemplateScope
    ) -> String {
        let names = Set(references.filter { $0.scope == .settings }.compactMap(\.path.first))
        for name in names.sorted() { text += "|\(name)=\(scope.settings[name]?.compactText ?? "")" }
        return HexDigits.text(of: Array(text.utf8).withUnsafeBytes { RecordHash.of($0).low })
    }

    private var isPagedByCursor: Bool {
        guard case .keyset(let keyset) = pagination else { return false }
        return keyset.order.first == cursor?.field
    }

    /// A text for all that decides which records a request gives: a cursor of other ones says nothing about these.
    private func fingerprint(_ cursor: CursorDescription, in scope: TemplateScope) -> String {
        var text = "\(id)|\(cursor.field)|\(cursor.type.rawValue)"
        var templates: [Template] = []
        if let request { templates = [request.path] + (request.query + request.headers).map(\.value) }
        let documents = [request?.body, cursor.start].compactMap(\.self)
        return fingerprint(
            text: &text,
            of: templates.flatMap(\.references) + documents.flatMap(\.references),
            in: scope
        )
    }
}
