public import FerryCore
import Synchronization

/// The integrations as they are now: each file's last good revision, and what is wrong with the current one.
public final class IntegrationRegistry: Sendable {
    /// An integration, or what is left of it while its file is broken.
    public struct Entry: Sendable {
        /// The identifier.
        public var id: String
        /// The last good revision; `nil` when there has been none since the start.
        public var integration: Integration?
        /// What is wrong with the file now; empty when it is good.
        public var problems: [String]

        /// An entry.
        public init(id: String, integration: Integration?, problems: [String] = []) {
            self.id = id
            self.integration = integration
            self.problems = problems
        }
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// An empty registry.
    public init() {}

    /// All entries, by identifier.
    public var all: [Entry] { entries.withLock { $0.values.sorted { $0.id < $1.id } } }

    /// The entry of an integration.
    public subscript(id: String) -> Entry? { entries.withLock { $0[id] } }

    /// Takes over a load: a broken file keeps its last good revision, a removed one is forgotten.
    public func replace(by loaded: [Entry]) {
        entries.withLock { entries in
            var next: [String: Entry] = [:]
            for entry in loaded {
                var entry = entry
                entry.integration = entry.integration ?? entries[entry.id]?.integration
                next[entry.id] = entry
            }
            entries = next
        }
    }
}
