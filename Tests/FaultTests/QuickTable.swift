import FerryTesting
import Foundation

/// Dynamic Table as a user's own service description, in a hurry: the built-in one waits two seconds before it looks
/// for what landed, which a hundred kills cannot afford.
struct QuickTable {
    static let name = "quick_table"

    /// How long a write may take.
    var timeout = "60s"
    /// How long a write whose answer is lost may still be under way.
    var settle = "150ms"

    /// Writes the description into the world's configuration.
    func describe(in world: FerryWorld) throws {
        let sources = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Sources").standardized.path
        let builtIn = "\(sources)/FerryServices/Descriptions/services.yaml"
        let documents = try String(contentsOfFile: builtIn, encoding: .utf8).components(separatedBy: "\n---\n")
        var text = documents.first { $0.contains("service: dynamic_table\n") } ?? ""
        for (old, new) in [
            ("service: dynamic_table", "service: \(Self.name)"),
            ("timeout: 60s", "timeout: \(timeout)"),
            ("settle: 2s", "settle: \(settle)"),
        ] {
            guard text.contains(old) else { throw NeverHappened(description: "'\(old)' in \(builtIn)") }
            text = text.replacingOccurrences(of: old, with: new)
        }
        try world.folder.write(text, to: "etc/services/\(Self.name).yaml")
    }
}
