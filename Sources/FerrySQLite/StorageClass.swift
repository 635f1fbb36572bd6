/// How SQLite stores a value, as ``SQLiteStatement/columnType(_:)`` says it (datatype3.html, §2).
public enum StorageClass {
    /// `SQLITE_INTEGER`.
    public static let integer: Int32 = 1
    /// `SQLITE_FLOAT`.
    public static let real: Int32 = 2
    /// `SQLITE_TEXT`.
    public static let text: Int32 = 3
    /// `SQLITE_BLOB`.
    public static let blob: Int32 = 4
    /// `SQLITE_NULL`.
    public static let null: Int32 = 5
}
