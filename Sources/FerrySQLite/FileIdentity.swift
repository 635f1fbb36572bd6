import CSQLite

/// Which file stands at a path: one that was replaced is another, whatever it is called.
public struct FileIdentity: Sendable, Equatable, CustomStringConvertible {
    private let inode: UInt64
    /// When it was made, in ns since 1970; 0 where the file system does not say.
    ///
    /// Inode numbers are used again.
    private let birth: Int64

    /// The file at `path`; `nil` when there is none.
    public init?(path: String) {
        var inode: UInt64 = 0
        var birth: Int64 = 0
        guard ferry_file_identity(path, &inode, &birth) == 0 else { return nil }
        self.inode = inode
        self.birth = birth
    }

    /// Two numbers: a text to keep and compare.
    public var description: String { "\(inode).\(birth)" }
}
