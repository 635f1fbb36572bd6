/// Which way a job moves records.
public enum Direction: String, Sendable, Codable, CaseIterable {
    /// Remote service → local store.
    case pull
    /// Local store → remote service.
    case push
}

/// Which ways a mapping may flow.
public enum FlowDirection: String, Sendable, Codable, CaseIterable {
    /// Both ways.
    case both
    /// Only remote → local.
    case pull
    /// Only local → remote.
    case push

    /// Whether values may flow in `direction`.
    public func allows(_ direction: Direction) -> Bool {
        switch self {
        case .both: true
        case .pull: direction == .pull
        case .push: direction == .push
        }
    }
}
