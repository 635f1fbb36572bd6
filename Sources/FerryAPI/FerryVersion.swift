/// Which version this is.
public enum FerryVersion {
    /// The version, after Semantic Versioning.
    public static let current = "0.1.0"
}
