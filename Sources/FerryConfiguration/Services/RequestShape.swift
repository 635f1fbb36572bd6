import FerryCore

/// A request of a service description.
enum RequestShape {
    struct Draft {
        var host: Positioned<String>?
        var method: RequestMethod?
        var path: Positioned<Template>?
        var query: [(name: Positioned<String>, value: Positioned<Template>)]?
        var headers: [(name: Positioned<String>, value: Positioned<Template>)]?
        var body: Positioned<JSONTemplate>?
        var gzipMinimum: Int?
        var timeout: Duration?
        var budgets: [Positioned<String>]?
        /// Whether there was something that is no request at all, which was reported.
        var isUnreadable = false

        /// The request; `nil` when it lacks something that was reported.
        var template: RequestTemplate? {
            guard let method, let path else { return nil }
            return RequestTemplate(
                host: host?.value,
                method: method,
                path: path.value,
                query: (query ?? []).map { ($0.name.value, $0.value.value) },
                headers: (headers ?? []).map { ($0.name.value, $0.value.value) },
                body: body?.value,
                gzipMinimum: gzipMinimum,
                timeout: timeout ?? .seconds(60),
                budgets: (budgets ?? []).map(\.value)
            )
        }

        /// Every template of the request, and where it stands.
        var references: [Positioned<TemplateReferences>] {
            var all = [path].compactMap(\.self) + (query ?? []).map(\.value) + (headers ?? []).map(\.value)
            all = all.filter { !$0.value.references.isEmpty }
            let document = body.map { Positioned(value: $0.value.references, position: $0.position) }
            return all.map { Positioned(value: $0.value.references, position: $0.position) }
                + [document].compactMap(\.self)
        }
    }

    static var shape: ValueShape<Draft> {
        let templates = NamedShape(value: ValueShape<Template>.template.positioned).shape
        return MappingShape { _ in Draft() }
            .key(
                "host",
                ValueShape.nonEmptyString.positioned,
                \.host,
                "One of the service's 'hosts'; default: the one of its 'base'."
            )
            .key("method", .choice, \.method, required: true, "The method: GET, POST, PUT, PATCH or DELETE.")
            .key(
                "path",
                ValueShape<Template>.template.positioned,
                \.path,
                required: true,
                "What is appended to the base address; may be empty."
            )
            .key("query", templates, \.query, "The query's parameters; one whose value is absent is left out.")
            .key("headers", templates, \.headers, "Further headers.")
            .key(
                "body",
                ValueShape<JSONTemplate>.document.positioned,
                \.body,
                "The body; in a sink without a batch, the record's; beside a batch, what its list stands beside."
            )
            .key(
                "gzip",
                .integer(0),
                \.gzipMinimum,
                "How many bytes a body has at least that is sent gzipped; default: none is."
            )
            .key("timeout", .timeSpan, \.timeout, default: "60s", "How long the whole exchange may take.")
            .key(
                "budgets",
                ValueShape.nonEmptyString.positioned.oneOrList,
                \.budgets,
                "The named budgets that it draws from, beside those that count all requests."
            )
            .value
    }
}

/// What a template refers to.
typealias TemplateReferences = [(scope: Template.Scope, path: [String])]
