/// The service descriptions that ship inside the program, as YAML text for the configuration to load.
///
/// They are the documents of one file, so that adding a service is adding its description and no line of Swift.
public enum BuiltInServices {
    /// Name and text of each, in the file's order.
    public static let all: [(name: String, yaml: String)] = documents(
        of: String(decoding: PackageResources.services_yaml, as: UTF8.self)
    )

    /// Splits a stream of documents at its `---` lines; each is called what its `service` key says.
    private static func documents(of text: String) -> [(name: String, yaml: String)] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.split(separator: "---").map { document in
            let key = "service: "
            let name = document.first { $0.hasPrefix(key) }?.dropFirst(key.count)
            return (String(name ?? "unnamed"), document.joined(separator: "\n"))
        }
    }
}
