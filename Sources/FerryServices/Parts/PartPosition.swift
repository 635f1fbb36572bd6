import FerryCore
import FerryJSON

/// Where a scan by parts and days stands, as the checkpoint keeps it.
struct PartPosition: Sendable, Equatable {
    /// The days up to which parts have been read and are final, by the parts' keys.
    var watermarks: [String: CalendarDay] = [:]
    /// The key of the part at work; `nil` before the first.
    var part: String?
    /// The days of the part at work; `nil` before they are known, and where there are none.
    var days: DaySpan?
    /// The paginator's place; `nil` at the beginning of a day, or of a part.
    var page: JSONValue?
    /// Records of the day so far.
    var rows = 0
    /// How many parts have been read to their end.
    var finished = 0
    /// Whether a part was left out.
    var leftOut = false
    /// How many days had as many records as the service shows at most, and the first of them.
    var full = 0
    var fullExample = ""

    init(watermarks: [String: CalendarDay] = [:]) {
        self.watermarks = watermarks
    }
}

extension PartPosition {
    /// The position that a checkpoint kept; the start if it is not one of these.
    init(_ position: PagePosition?) {
        self.init()
        guard let json = position.flatMap({ try? JSONValue(parsing: $0.rawValue) }) else { return }
        watermarks = Self.watermarks(json["watermarks"])
        guard let part = json["part"]?.string, let rows = json["rows"]?.integer,
            let finished = json["finished"]?.integer, let leftOut = json["leftOut"]?.bool,
            let full = json["full"]?.integer, let example = json["example"]?.string
        else { return }
        self.part = part
        self.rows = rows
        self.finished = finished
        self.leftOut = leftOut
        self.full = full
        fullExample = example
        guard let days = json["days"] else {
            page = json["page"]
            return
        }
        let texts = ["day", "end", "final"].map { days[$0]?.string.flatMap { CalendarDay($0) } }
        // Without its days, the part is begun anew.
        guard let day = texts[0], let end = texts[1], let lastFinal = texts[2] else { return }
        self.days = DaySpan(day: day, end: end, lastFinal: lastFinal)
        page = json["page"]
    }

    var position: PagePosition {
        var members: [JSONValue.Member] = [.init(key: "watermarks", value: Self.json(watermarks))]
        if let part {
            members += [
                .init(key: "part", value: .string(part)), .init(key: "rows", value: .integer(rows)),
                .init(key: "finished", value: .integer(finished)), .init(key: "leftOut", value: .bool(leftOut)),
                .init(key: "full", value: .integer(full)), .init(key: "example", value: .string(fullExample)),
            ]
        }
        if let days {
            members.append(
                .init(
                    key: "days",
                    value: .object([
                        .init(key: "day", value: .string(days.day.text)),
                        .init(key: "end", value: .string(days.end.text)),
                        .init(key: "final", value: .string(days.lastFinal.text)),
                    ])
                )
            )
        }
        if let page { members.append(.init(key: "page", value: page)) }
        return PagePosition(rawValue: JSONValue.object(members).serialized)
    }

    // MARK: Watermarks

    static func json(_ watermarks: [String: CalendarDay]) -> JSONValue {
        .object(
            watermarks.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value.text)) }
        )
    }

    static func watermarks(_ json: JSONValue?) -> [String: CalendarDay] {
        guard case .object(let members)? = json else { return [:] }
        let days = members.compactMap { member in
            member.value.string.flatMap { CalendarDay($0) }.map { (member.key, $0) }
        }
        return Dictionary(days) { $1 }
    }
}
