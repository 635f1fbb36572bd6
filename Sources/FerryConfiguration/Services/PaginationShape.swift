import FerryCore

/// How pages follow each other.
enum PaginationShape {
    struct Draft {
        var position: Position
        var offset: OffsetDraft?
        var page: PageDraft?
        var token: TokenDraft?
        var nextURL: NextDraft?
        var link: LinkDraft?
        var keyset: KeysetDraft?
        var total: FieldPath?
        var estimate: FieldPath?

        /// The kinds that are given; one is right.
        var kinds: [String] {
            [
                ("offset", offset != nil), ("page", page != nil), ("token", token != nil), ("next_url", nextURL != nil),
                ("link", link != nil), ("keyset", keyset != nil),
            ].filter(\.1).map(\.0)
        }
    }

    struct OffsetDraft {
        var size: Positioned<Template>?
        var isSettled: Bool?
    }

    struct PageDraft {
        var size: Positioned<Template>?
        var first: Int?
        var endStatuses: [Int]?
        var isSettled: Bool?
    }

    struct TokenDraft {
        var position: Position
        var from: FieldPath?
        var header: String?
        var empty: EmptyPage?
    }

    struct NextDraft {
        var from: FieldPath?
        var empty: EmptyPage?
    }

    struct LinkDraft {
        var relation: String?
        var empty: EmptyPage?
    }

    struct KeysetDraft {
        var position: Position
        var order: [Positioned<FieldPath>]?
        var size: Positioned<Template>?
        var start: [(name: Positioned<String>, value: Positioned<JSONTemplate>)]?
        var bound: Keyset.Bound?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key("offset", offset, \.offset, "Pages by offset: ${page.offset}, ${page.size}.")
            .key("page", page, \.page, "Pages by number: ${page.number}, ${page.size}.")
            .key("token", token, \.token, "Pages by a token that each gives for the next: ${page.token}.")
            .key("next_url", nextURL, \.nextURL, "Pages by the address that each gives of the next, on the same host.")
            .key("link", link, \.link, "Pages by the Link header (RFC 8288), on the same host.")
            .key(
                "keyset",
                keyset,
                \.keyset,
                "Pages that begin after the last record: ${page.last.FIELD}, ${page.size}."
            )
            .key(
                "total",
                .path,
                \.total,
                "Where a page says how many records there are; if it is a guess, write 'estimate'."
            )
            .key(
                "estimate",
                .path,
                \.estimate,
                "Where a page says about how many records there are: shown while they are read, and no sign of the end."
            )
            .value { draft, report in
                if draft.total != nil, draft.estimate != nil {
                    report.error(
                        .configInvalidValue,
                        at: draft.position,
                        "'total' and 'estimate' say the same thing: how many records there are",
                        hint: "remove 'total' if the service's number is a guess, else 'estimate'"
                    )
                }
                guard draft.kinds.count != 1 else { return draft }
                report.error(
                    draft.kinds.isEmpty ? .configMissingKey : .configInvalidValue,
                    at: draft.position,
                    draft.kinds.isEmpty
                        ? "'paginate' does not say how"
                        : "'paginate' is one of \(draft.kinds.map { "'\($0)'" }.joined(separator: ", ")), not all of them",
                    hint: "add one of offset, page, token, next_url, link and keyset, or leave 'paginate' out"
                )
                return draft
            }
    }

    private static var offset: ValueShape<OffsetDraft> {
        MappingShape { _ in OffsetDraft() }
            .key(
                "size",
                ValueShape<Template>.template.positioned,
                \.size,
                required: true,
                "Rows a page, such as ${settings.page_size}."
            )
            .key(
                "settled",
                .boolean,
                \.isSettled,
                default: false,
                "Whether records never move, so that pages need not overlap: each begins where the one before ended."
            )
            .value
    }

    private static var page: ValueShape<PageDraft> {
        MappingShape { _ in PageDraft() }
            .key(
                "size",
                ValueShape<Template>.template.positioned,
                \.size,
                "Records a page, if the service takes any size up to that; leave it out where it fixes the size."
            )
            .key("first", .integer(0, 1), \.first, default: 1, "The first page's number.")
            .key(
                "end",
                ValueShape<Int>.integer(400, 499).oneOrList,
                \.endStatuses,
                "The status codes that say that there is no such page."
            )
            .key(
                "settled",
                .boolean,
                \.isSettled,
                default: false,
                "Whether records never move from page to page, so that one scan is enough."
            )
            .value
    }

    private static var token: ValueShape<TokenDraft> {
        MappingShape { TokenDraft(position: $0) }
            .key("from", .path, \.from, "Where a page's body has the token; absent, null or empty is the end.")
            .key("header", .nonEmptyString, \.header, "The header that has the token, if it is not in the body.")
            .key("empty", .choice, \.empty, default: "more", emptySummary)
            .value { draft, report in
                guard (draft.from == nil) == (draft.header == nil) else { return draft }
                let isNone = draft.from == nil
                report.error(
                    isNone ? .configMissingKey : .configInvalidValue,
                    at: draft.position,
                    isNone
                        ? "'token' does not say where it comes from"
                        : "'token' comes from 'from' or 'header', not both",
                    hint: "add 'from', a path in the page's body, or 'header'"
                )
                return draft
            }
    }

    private static var nextURL: ValueShape<NextDraft> {
        MappingShape { _ in NextDraft() }
            .key(
                "from",
                .path,
                \.from,
                required: true,
                "Where a page's body has the address; absent, null or empty is the end."
            )
            .key("empty", .choice, \.empty, default: "more", emptySummary)
            .value
    }

    private static var link: ValueShape<LinkDraft> {
        MappingShape { _ in LinkDraft() }
            .key("rel", .nonEmptyString, \.relation, default: "next", "The relation type of the next page's link.")
            .key("empty", .choice, \.empty, default: "more", emptySummary)
            .value
    }

    private static let emptySummary =
        "What a page without records means that says how to go on: more may come, or it is the end."

    private static var keyset: ValueShape<KeysetDraft> {
        MappingShape { KeysetDraft(position: $0) }
            .key(
                "order",
                ValueShape<FieldPath>.path.positioned.oneOrList,
                \.order,
                required: true,
                "The fields of the ascending order; the last is the identifier."
            )
            .key(
                "size",
                ValueShape<Template>.template.positioned,
                \.size,
                required: true,
                "Records a page, such as ${settings.page_size}."
            )
            .key(
                "start",
                NamedShape(value: ValueShape<JSONTemplate>.document.positioned).shape,
                \.start,
                "What stands for the last record's values on the first page, by field; else they are left out."
            )
            .key(
                "bound",
                .choice,
                \.bound,
                default: "open",
                "Whether a page begins after the last record (open) or repeats it (closed)."
            )
            .value
    }
}

extension PaginationShape.Draft {
    /// The pagination; `nil` when it lacks something that was reported.
    var pagination: Pagination? {
        if let offset {
            return offset.size.map { offset.isSettled == true ? .steps(size: $0.value) : .offset(size: $0.value) }
        }
        if let page {
            return .page(
                PageNumbering(
                    size: page.size?.value,
                    first: page.first ?? 1,
                    endStatuses: Set(page.endStatuses ?? []),
                    isSettled: page.isSettled ?? false
                )
            )
        }
        if let token {
            guard let place = token.from.map({ .body($0) }) ?? token.header.map({ AnswerPlace.header($0) }) else {
                return nil
            }
            return .token(from: place, empty: token.empty ?? .more)
        }
        if let nextURL { return nextURL.from.map { .next(from: .body($0), empty: nextURL.empty ?? .more) } }
        if let link { return .next(from: .link(relation: link.relation ?? "next"), empty: link.empty ?? .more) }
        guard let keyset, let order = keyset.order, let size = keyset.size else { return nil }
        var start: [Int: JSONTemplate] = [:]
        for (name, value) in keyset.start ?? [] {
            guard let place = order.firstIndex(where: { $0.value.description == name.value }) else { continue }
            start[place] = value.value
        }
        return .keyset(
            Keyset(order: order.map(\.value), size: size.value, start: start, bound: keyset.bound ?? .open)
        )
    }
}
