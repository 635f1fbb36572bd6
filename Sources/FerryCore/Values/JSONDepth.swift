/// How many objects and arrays may lie inside each other in a JSON document that Ferry reads.
public enum JSONDepth {
    /// The limit unless `ferry.yaml` says otherwise.
    public static let standard = 512
    /// What `json: { max_depth: … }` in `ferry.yaml` may say.
    ///
    /// Readers keep the open containers on the heap, so the limit is not the machine stack's: it bounds the memory
    /// that a hostile document can ask for.
    public static let configurable = 1...100_000
}
