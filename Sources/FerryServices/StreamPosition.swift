import FerryCore
import FerryJSON

/// Where a stream's scan stands, as the checkpoint keeps it: the way it is read, the paginator's place and how far the
/// cursor has come.
struct StreamPosition {
    /// The paginator's place; `nil` at the start.
    var page: JSONValue?
    var scan: ScanState
    /// Whether everything is read in the way that is there for that; `nil` at the start.
    var isWhole: Bool?

    init(page: JSONValue?, scan: ScanState) {
        self.page = page
        self.scan = scan
    }

    /// The place of a position; the start of everything if it is none of these.
    init(_ position: PagePosition?) {
        let json = position.flatMap { try? JSONValue(parsing: $0.rawValue) }
        page = json?["page"]
        scan = ScanState(json?["scan"])
        isWhole = json?["whole"]?.bool
    }

    var position: PagePosition {
        var members = [JSONValue.Member(key: "scan", value: scan.json)]
        if let isWhole { members.append(JSONValue.Member(key: "whole", value: .bool(isWhole))) }
        if let page { members.append(JSONValue.Member(key: "page", value: page)) }
        return PagePosition(rawValue: JSONValue.object(members).serialized)
    }
}
