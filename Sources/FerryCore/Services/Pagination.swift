/// How pages follow each other.
///
/// The data ends with an empty page, without a next token, or at a total that is reached: never with a short page,
/// since services give fewer records than they are asked for (design §4.2).
public enum Pagination: Sendable {
    /// There is one page.
    case none
    /// Pages by offset: neighbouring pages overlap by one row as an anchor, the end is an empty page.
    case offset(size: Template)
    /// Pages by offset of records that do not move while they are read: each begins where the one before could have
    /// ended at most, and the end is an empty page.
    case steps(size: Template)
    /// Pages by number.
    case page(PageNumbering)
    /// Pages by a token that each gives for the next.
    case token(from: AnswerPlace, empty: EmptyPage)
    /// Pages by the address that each gives of the next; it must be on the same host.
    case next(from: AnswerPlace, empty: EmptyPage)
    /// Pages that begin after the last record of the one before, in the order of some fields.
    case keyset(Keyset)
}

/// Where an answer says what comes next.
public enum AnswerPlace: Sendable, Equatable {
    /// In the body.
    case body(FieldPath)
    /// In a header.
    case header(String)
    /// In the `Link` header, under a relation type (RFC 8288).
    case link(relation: String)
}

/// What a page without records means that says how to go on.
public enum EmptyPage: String, Sendable, CaseIterable {
    /// More may come: a service may look at many records and keep none of them.
    case more
    /// The data is at its end.
    case end
}

/// Pages by number.
public struct PageNumbering: Sendable {
    /// Records a page; `nil` when the service alone decides.
    public var size: Template?
    /// The first page's number.
    public var first: Int
    /// The status codes that say that there is no such page, rather than that something is wrong.
    public var endStatuses: Set<Int>
    /// Whether records never move from page to page while they are read, so that reading them once is enough.
    public var isSettled: Bool

    /// Page numbers.
    public init(size: Template? = nil, first: Int = 1, endStatuses: Set<Int> = [], isSettled: Bool = false) {
        self.size = size
        self.first = first
        self.endStatuses = endStatuses
        self.isSettled = isSettled
    }
}

/// Pages that begin after the last record of the one before.
public struct Keyset: Sendable {
    /// Whether a page may begin with the record that it is asked to begin after.
    public enum Bound: String, Sendable, CaseIterable {
        /// It begins strictly after it.
        case open
        /// It begins with it.
        case closed
    }

    /// The fields of the order; the last one is unique.
    public var order: [FieldPath]
    /// Records a page.
    public var size: Template
    /// What stands for the last record's values on the first page, by the place in `order`; nothing where the request
    /// leaves them out.
    public var start: [Int: JSONTemplate]
    /// Whether a page repeats the record it begins after.
    public var bound: Bound

    /// A keyset.
    public init(order: [FieldPath], size: Template, start: [Int: JSONTemplate] = [:], bound: Bound = .open) {
        self.order = order
        self.size = size
        self.start = start
        self.bound = bound
    }
}
