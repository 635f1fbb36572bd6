import Foundation

/// The checkout that the tests were built from.
public enum Repository {
    /// The path of a file or directory in it; `nil` when there is none.
    public static func path(_ name: String) -> String? {
        let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = root.appendingPathComponent(name).path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
