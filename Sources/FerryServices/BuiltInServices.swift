/// The service descriptions that ship inside the program, as YAML text for the configuration to load.
public enum BuiltInServices {
    /// Name and text of each.
    public static let all: [(name: String, yaml: String)] = [
        ("dynamic_table", String(decoding: PackageResources.dynamic_table_yaml, as: UTF8.self))
    ]
}
