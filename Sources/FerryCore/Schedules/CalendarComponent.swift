/// One part of a calendar expression, such as the hours: a list of values, ranges and repetitions, or any value.
struct CalendarComponent: Sendable, Equatable {
    /// A value, a range or a repetition.
    struct Element: Sendable, Equatable, Comparable {
        var start: Int
        /// The last value; `nil` for one value, or, with a step, for all that follow.
        var stop: Int?
        var step: Int?

        static func < (left: Element, right: Element) -> Bool {
            (left.start, left.stop ?? -1, left.step ?? 0) < (right.start, right.stop ?? -1, right.step ?? 0)
        }

        /// The same values, written so that the range ends with one of them.
        fileprivate var normalized: Element {
            guard let stop else { return self }
            var last = stop
            if let step, stop > start { last -= (stop - start) % step }
            if last == start || step.map({ last > start && start + $0 > last }) ?? false {
                return Element(start: start)
            }
            return Element(start: start, stop: last, step: step)
        }

        /// Whether it is a repetition without an end.
        fileprivate var isOpen: Bool { step != nil && stop == nil }

        /// The first value at or after `value`.
        fileprivate func first(from value: Int) -> Int? {
            guard value > start else { return start }
            guard let step else { return nil }
            let next = start + (value - start + step - 1) / step * step
            return next <= stop ?? .max ? next : nil
        }
    }

    /// The elements in order, each of them once; none for any value.
    let elements: [Element]

    /// Any value.
    static let any = CalendarComponent([])

    init(_ elements: [Element]) {
        var sorted: [Element] = []
        for element in elements.map(\.normalized).sorted() where element != sorted.last { sorted.append(element) }
        self.elements = sorted
    }

    /// One value.
    init(_ value: Int) {
        self.init([Element(start: value)])
    }

    /// Whether every value matches.
    var isAny: Bool { elements.isEmpty }

    /// The first matching value at or after `value`.
    func first(from value: Int) -> Int? {
        if isAny { return value }
        var first: Int?
        for element in elements {
            guard let found = element.first(from: value) else { continue }
            first = min(first ?? found, found)
        }
        return first
    }

    /// The first value beyond `last` that a repetition without an end comes to.
    ///
    /// - Parameter origin: What the values are subtracted from where they count from the end.
    func firstOpen(beyond last: Int, countedFrom origin: Int? = nil) -> Int? {
        elements.compactMap { element in
            guard element.isOpen else { return nil }
            var element = element
            if let origin { element.start = origin - element.start }
            return element.first(from: last + 1)
        }.min()
    }

    /// The matching values of `range` as one bit each.
    ///
    /// Values that count from the end repeat towards it.
    func bits(in range: ClosedRange<Int>, fromEnd: Bool = false) -> UInt64 {
        if isAny { return range.reduce(0) { $0 | 1 << UInt64($1) } }
        return elements.reduce(0) { bits, element in
            var bits = bits
            let last = element.stop ?? (element.step == nil ? element.start : fromEnd ? 1 : range.upperBound)
            let step = element.step ?? 1
            for value in stride(from: element.start, through: last, by: last < element.start ? -step : step)
            where range.contains(value) {
                bits |= 1 << UInt64(value)
            }
            return bits
        }
    }

    /// The normalized form: numbers of at least `width` digits, whole `unit`s with the rest as a fraction.
    func text(width: Int, unit: Int = 1) -> String {
        if isAny || unit > 1 && elements.contains(Element(start: 0, step: unit)) { return "*" }
        return elements.map { element in
            var text = Self.text(element.start, width, unit)
            if let stop = element.stop { text += ".." + Self.text(stop, width, unit) }
            if let step = element.step, element.stop == nil || step != unit { text += "/" + Self.text(step, 1, unit) }
            return text
        }.joined(separator: ",")
    }

    private static func text(_ value: Int, _ width: Int, _ unit: Int) -> String {
        let (whole, rest) = value.flooredDivision(by: unit)
        return padded(whole, width) + (rest > 0 ? "." + padded(rest, 6) : "")
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
