import FerryCore
import FerryHTTP
import FerryJSON

/// Reads a stream part by part, and where it has days, day by day (design §4.2).
///
/// Every part has a watermark of its own: the last final day that was read. A new part begins where the description says,
/// and one that the service refuses is left out while the others go on.
struct PartReader: Sendable {
    /// What one request has brought.
    struct Step {
        /// The page; `nil` where there was nothing to ask for, or where the service refused.
        var turn: PageTurn?
        /// What the records of the page belong to.
        var slice: RemoteSlice?
        var next: PagePosition?
        var resume: PagePosition?
        var cursor: String?
        var isConclusive = true
        var shortfalls: [JobShortfall] = []
        var notes: [String] = []
    }

    private let service: HTTPService
    private let stream: StreamDescription
    private let reader: StreamReader
    private let paginator: any Paginator
    private let fingerprint: String
    private let settings: TemplateScope

    /// A reader; `nil` for a stream that is read as a whole.
    init?(service: HTTPService, stream: StreamDescription, reader: StreamReader, paginator: any Paginator) {
        guard !stream.parts.isEmpty || stream.days != nil else { return nil }
        self.service = service
        self.stream = stream
        self.reader = reader
        self.paginator = paginator
        settings = TemplateScope(settings: service.settings)
        fingerprint = stream.dayFingerprint(in: settings)
    }

    /// Where a scan begins that reads from the watermarks on; `nil` when the text says nothing about this stream.
    func start(since text: String) -> PagePosition? {
        guard stream.days != nil, let json = try? JSONValue(parsing: text), json["stream"]?.string == fingerprint else {
            return nil
        }
        return PartPosition(watermarks: PartPosition.watermarks(json["parts"])).position
    }

    /// Makes the request for a position, and before a part's first one that for its final days.
    ///
    /// - Throws: ``SyncFailure``, `JSONFailure`, `CancellationError`.
    func step(at position: PagePosition?) async throws -> Step {
        let parts = try StreamPart.all(of: stream, in: settings)
        var place = PartPosition(position)
        let known = place.part.flatMap { key in parts.firstIndex { $0.key == key } }
        if known == nil {
            // The start, or a part that has gone from the settings meanwhile.
            place = PartPosition(watermarks: place.watermarks)
            place.part = parts[0].key
        }
        let index = known ?? 0
        do {
            return try await read(parts[index], in: parts[(index + 1)...], from: place)
        } catch let failure as SyncFailure where failure.kind == .part {
            return try leaveOut(parts[index], before: parts[(index + 1)...], at: place, failure)
        } catch let failure as SyncFailure where failure.kind == .deferred {
            var step = end(place)
            step.isConclusive = false
            step.shortfalls = [JobShortfall(part: parts[index].label, failure)]
            step.notes.append("\(Self.quoted(parts[index].label))reading was put off: \(failure.message)")
            return step
        }
    }

    private func read(
        _ part: StreamPart,
        in rest: ArraySlice<StreamPart>,
        from position: PartPosition
    ) async throws -> Step {
        var place = position
        var scope = settings
        scope.part = part.values
        if let days = stream.days, place.days == nil {
            let planner = DayPlanner(service: service, days: days, scope: scope)
            place.days = try await planner.span(after: place.watermarks[part.key])
            guard place.days != nil else { return finish(place, before: rest) }
        }
        if let span = place.days, let days = stream.days {
            scope.window = DayPlanner.window(
                span.day,
                span.day,
                state: span.day <= span.lastFinal ? days.states.final : days.states.provisional
            )
        }
        let turn = try await paginator.turn(at: place.page, from: nil) { query in
            guard let request = stream.request else { throw unlisted }
            return try await reader.read(request, query, scope: scope)
        }
        var beginning = place
        beginning.page = nil
        beginning.rows = 0
        place.page = turn.next
        place.rows += turn.answer.ids.count
        var step: Step
        if turn.next != nil {
            step = Step(next: place.position)
            if place.days != nil { step.resume = beginning.position }
        } else if let span = place.days {
            step = finishDay(span, of: part, before: rest, at: place)
        } else {
            step = finish(place, before: rest)
        }
        step.turn = turn
        if !turn.isConclusive { step.isConclusive = false }
        if place.days != nil {
            step.slice = RemoteSlice(prefix: reader.prefix(in: scope), isEnd: turn.next == nil && turn.isConclusive)
        }
        return step
    }

    private var unlisted: SyncFailure {
        SyncFailure(.config, .syncDirectionUnsupported, "the resource cannot be listed", hint: stream.unlistedReason)
    }

    // MARK: Going on

    private func finishDay(
        _ span: DaySpan,
        of part: StreamPart,
        before rest: ArraySlice<StreamPart>,
        at position: PartPosition
    ) -> Step {
        var place = position
        if let most = stream.days?.most, place.rows >= most {
            place.full += 1
            if place.full == 1 { place.fullExample = Self.quoted(part.label) + span.day.text }
        }
        if span.day <= span.lastFinal {
            place.watermarks[part.key] = max(place.watermarks[part.key] ?? span.day, span.day)
        }
        place.rows = 0
        guard span.day < span.end else { return finish(place, before: rest) }
        place.days?.day = span.day.adding(days: 1)
        return Step(next: place.position, cursor: text(place.watermarks))
    }

    /// Goes on with the next part, or ends.
    private func finish(_ position: PartPosition, before rest: ArraySlice<StreamPart>, isRead: Bool = true) -> Step {
        var place = position
        if isRead { place.finished += 1 }
        guard let next = rest.first else { return end(place) }
        place.part = next.key
        place.days = nil
        place.page = nil
        place.rows = 0
        return Step(next: place.position, cursor: text(place.watermarks))
    }

    private func end(_ place: PartPosition) -> Step {
        var step = Step(cursor: text(place.watermarks), isConclusive: !place.leftOut)
        if place.full > 0, let most = stream.days?.most {
            let others = place.full == 1 ? "" : " and \(place.full - 1) more"
            step.notes.append(
                "truncated: \(place.fullExample)\(others) had \(most) records, the most that the service shows of a day; "
                    + "there may be others"
            )
        }
        return step
    }

    /// Leaves a part out that the service refuses.
    ///
    /// - Throws: the failure when all parts are refused.
    private func leaveOut(
        _ part: StreamPart,
        before rest: ArraySlice<StreamPart>,
        at position: PartPosition,
        _ failure: SyncFailure
    ) throws -> Step {
        if rest.isEmpty, position.finished == 0 { throw failure }
        var place = position
        place.leftOut = true
        var step = finish(place, before: rest, isRead: false)
        step.isConclusive = false
        step.shortfalls = [JobShortfall(part: part.label, failure)]
        step.notes.insert("\(Self.quoted(part.label))could not be read: \(failure.message)", at: 0)
        return step
    }

    private func text(_ watermarks: [String: CalendarDay]) -> String? {
        guard stream.days != nil else { return nil }
        return JSONValue.object([
            .init(key: "stream", value: .string(fingerprint)),
            .init(key: "parts", value: PartPosition.json(watermarks)),
        ]).serialized
    }

    private static func quoted(_ label: String) -> String { label.isEmpty ? "" : "'\(label)' " }
}
