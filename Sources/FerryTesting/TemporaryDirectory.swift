import Foundation

/// A directory of a test's own, which goes away with the test.
public struct TemporaryDirectory: Sendable {
    /// Its path.
    public let path: String

    /// Runs `body` with a fresh directory.
    public static func with<Result>(_ body: (TemporaryDirectory) async throws -> Result) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        defer {
            // A directory that cannot be removed fails no test.
            try? FileManager.default.removeItem(at: path)
        }
        return try await body(TemporaryDirectory(path: path.path))
    }

    /// Writes a file below the directory, making its folders.
    ///
    /// - Returns: its path.
    @discardableResult
    public func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    /// Removes a file below the directory.
    public func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    /// Whether there is a file.
    public func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(name)")
    }
}
