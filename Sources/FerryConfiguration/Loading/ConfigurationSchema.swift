import FerryCore

/// The JSON Schemas of all files, made from the declarations that decode them.
///
/// They ship in `etc/ferry/schema/`, where editors find them by each file's first line.
public enum ConfigurationSchema {
    /// The schema of `ferry.yaml`.
    public static func ferry() -> String {
        document("Ferry: the daemon's settings", DaemonFile.shape.schema)
    }

    /// The schema of the files of `integrations/`.
    public static func integration() -> String {
        document("Ferry: an integration", IntegrationShape.shape.schema)
    }

    /// The schema of the files of `services/`.
    public static func service() -> String {
        document("Ferry: a service description", ServiceShape.shape.schema)
    }

    private static func document(_ title: String, _ schema: JSONValue) -> String {
        var members: [JSONValue.Member] = [
            JSONValue.Member(key: "$schema", value: "http://json-schema.org/draft-07/schema#"),
            JSONValue.Member(key: "title", value: .string(title)),
        ]
        if case .object(let own) = schema { members += own }
        return JSONValue.object(members).indentedText
    }
}
