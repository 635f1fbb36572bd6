/// Changes one value: compiled from its options once, applied to every row.
///
/// Implementations are pure and safe to call from any thread. They are never given `missing`.
public protocol Transform: Sendable {
    /// Whether the value before it cannot be had back from the value after it.
    var isOneWay: Bool { get }

    /// Appends the transformed value's bytes to `output` and returns its kind.
    ///
    /// `bytes` is a string's content, a number's literal or JSON text, by `kind`; empty for `null` and the booleans.
    ///
    /// - Throws: ``TransformError`` when the value is not one this transform takes; `output` may then hold anything
    ///   after its former end.
    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind
}

/// A value that a transform does not take.
public struct TransformError: Error, Sendable, CustomStringConvertible {
    /// One sentence for people, without the value itself.
    public let message: String

    /// An error.
    public init(_ message: String) {
        self.message = message
    }

    /// The message.
    public var description: String { message }
}

/// Makes transforms from the names and options that files use.
public protocol TransformCatalog: Sendable {
    /// All names, sorted.
    var names: [String] { get }

    /// Compiles one transform.
    ///
    /// - Throws: ``TransformReferenceError``.
    func transform(_ reference: TransformReference) throws(TransformReferenceError) -> any Transform

    /// Another one whenever a transform may make something else of a value: what was known to be mapped already is mapped
    /// again then.
    var revision: UInt64 { get }

    /// The names of all forms, sorted.
    var formNames: [String] { get }

    /// The form that files name so.
    ///
    /// - Throws: ``TransformReferenceError``.
    func form(_ reference: TransformReference) throws(TransformReferenceError) -> ValueForm
}

extension TransformCatalog {
    /// Always the same.
    public var revision: UInt64 { 0 }

    /// None.
    public var formNames: [String] { [] }

    /// There is none.
    public func form(_ reference: TransformReference) throws(TransformReferenceError) -> ValueForm {
        throw .unknownName(reference.name)
    }
}

/// A transform that cannot be compiled.
public enum TransformReferenceError: Error, Sendable, Equatable {
    /// There is none of that name.
    case unknownName(String)
    /// It does not take such options; the sentence says which.
    case invalidOptions(String)
}
