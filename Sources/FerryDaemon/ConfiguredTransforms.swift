import FerryAPI
import FerryCore
import FerryTransforms

/// The built-in transforms under the settings that are in force when a job compiles its mappings.
struct ConfiguredTransforms: TransformCatalog {
    let endpoints: Endpoints

    var names: [String] { endpoints.transforms.names }

    /// Each version of the program's own.
    let revision = Array(FerryVersion.current.utf8).withUnsafeBytes { RecordHash.of($0).low }

    func transform(_ reference: TransformReference) throws(TransformReferenceError) -> any Transform {
        try endpoints.transforms.transform(reference)
    }

    var formNames: [String] { endpoints.transforms.formNames }

    func form(_ reference: TransformReference) throws(TransformReferenceError) -> ValueForm {
        try endpoints.transforms.form(reference)
    }
}
