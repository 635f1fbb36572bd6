public import FerryCore

extension JSONValue {
    /// The value that `path` leads to; `nil` if it leads nowhere.
    ///
    /// Of repeated members the last counts; negative indices count from an array's end.
    public func value(at path: FieldPath) -> JSONValue? {
        var value = self
        for segment in path.segments {
            let next =
                switch segment {
                case .name(let name): value[name]
                case .index(let index) where index >= 0: value[index]
                case .index(let index):
                    if case .array(let elements) = value { value[elements.count + index] } else { nil as JSONValue? }
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}
