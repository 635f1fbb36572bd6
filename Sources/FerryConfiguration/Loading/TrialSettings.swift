public import FerryCore
import FoundationEssentials

/// The settings with which a service is tried: from an integration's file, and given one by one.
public struct TrialSettings: Sendable {
    /// A value that was given outside of any file.
    public enum Given: Sendable {
        /// A setting's value as text; of a list, its items between commas.
        case value(String)
        /// Where a secret is.
        case secret(SecretReference)
    }

    /// The settings that are no secrets.
    public private(set) var settings: [String: JSONValue] = [:]
    /// Where the secrets are.
    public private(set) var secrets: [String: SecretReference] = [:]
    /// What is wrong with the integration's file.
    public private(set) var diagnostics: [Diagnostic] = []
    /// What is wrong with the rest: it has no place in a file.
    public private(set) var problems: [Diagnostic] = []

    /// Whether a service can be tried with these.
    public var isUsable: Bool {
        !(diagnostics + problems).contains { $0.severity == .error }
    }

    /// The place of what was given outside of any file.
    private static let nowhere = Position(line: 0, column: 0)

    /// Settings for a service.
    ///
    /// - Parameters:
    ///   - integration: the path of an integration's file, of which only `type` and `config` are looked at.
    ///   - given: more settings, by name; they go before those of the file.
    public init(
        for service: ServiceDescription,
        integration: String? = nil,
        given: [(name: String, value: Given)] = []
    ) {
        var report = Report(file: integration ?? "")
        var entries: [YAMLNode.Entry] = []
        var isPrivate = false
        if let integration {
            let file = ConfigurationDirectory(path: ".").read(integration, into: &report)
            isPrivate = file?.isPrivate ?? false
            entries = Self.entries(of: file?.bytes, for: service, &report)
        }
        for (name, value) in given {
            entries.removeAll { $0.key == name }
            guard let node = Self.node(value, for: name, of: service, &report) else { continue }
            entries.append(YAMLNode.Entry(key: name, keyPosition: Self.nowhere, value: node))
        }
        for setting in service.settings where setting.isRequired {
            guard !entries.contains(where: { $0.key == setting.name && !$0.value.isNull }),
                !report.diagnostics.contains(where: { $0.line == 0 && $0.message.contains("'\(setting.name)'") })
            else { continue }
            report.error(
                .configMissingKey,
                at: Self.nowhere,
                "the setting '\(setting.name)' is missing" + (setting.summary.map { ": \($0)" } ?? ""),
                hint: setting.isSecret
                    ? "say where it is: --secret \(setting.name)=env:NAME or --secret \(setting.name)=file:PATH"
                    : "add --set \(setting.name)=VALUE, or take it from an integration with --integration FILE"
            )
        }
        let node = YAMLNode(content: .mapping(entries), position: Self.nowhere)
        let all = Set(service.settings.map(\.name))
        let shape = SettingsShape.shape(for: service, isFilePrivate: isPrivate, optional: all)
        if let draft = shape.decode(node, "'config'", &report) {
            settings = draft.settings
            secrets = draft.secrets
        }
        diagnostics = report.sorted.filter { $0.line > 0 }
        problems = report.sorted.filter { $0.line == 0 }
    }

    /// The entries of an integration's `config`.
    private static func entries(
        of bytes: [UInt8]?,
        for service: ServiceDescription,
        _ report: inout Report
    ) -> [YAMLNode.Entry] {
        guard let bytes, let root = YAMLReader.read(bytes, into: &report) else { return [] }
        guard case .mapping(let keys) = root.content else {
            report.wrongType(root, "the file", expected: "a mapping")
            return []
        }
        if let type = keys.first(where: { $0.key == "type" }), type.value.text != service.name {
            report.error(
                .configUnknownType,
                at: type.value.position,
                "the integration is of type '\(type.value.text ?? "")', not '\(service.name)'",
                hint: "name an integration of this service"
            )
        }
        guard let config = keys.first(where: { $0.key == "config" })?.value, !config.isNull else { return [] }
        guard case .mapping(let entries) = config.content else {
            report.wrongType(config, "'config'", expected: "a mapping")
            return []
        }
        return entries
    }

    /// What would have been written in a file; `nil` when it cannot be given this way, which is reported.
    private static func node(
        _ given: Given,
        for name: String,
        of service: ServiceDescription,
        _ report: inout Report
    ) -> YAMLNode? {
        let setting = service.settings.first { $0.name == name }
        switch given {
        case .value where setting?.isSecret == true:
            report.error(
                .configLiteralSecret,
                at: nowhere,
                "'\(name)' is a secret, which must not stand on a command line: everybody on this machine can read that",
                hint: "say where it is: --secret \(name)=env:NAME or --secret \(name)=file:PATH"
            )
            return nil
        case .secret where setting.map { !$0.isSecret } ?? false:
            report.error(
                .configWrongType,
                at: nowhere,
                "'\(name)' is not a secret",
                hint: "write --set \(name)=VALUE"
            )
            return nil
        case .value(let text):
            switch setting?.type {
            case .integer?, .boolean?: return YAMLNode(content: .scalar(text, isPlain: true), position: nowhere)
            case .list?:
                let items = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
                return YAMLNode(.array(items.map { .string(String($0)) }), at: nowhere)
            case .json?: return YAMLReader.read(Array(text.utf8), into: &report)
            case .string?, nil: return YAMLNode(.string(text), at: nowhere)
            }
        case .secret(.environment(let variable)): return YAMLNode(["env": .string(variable)], at: nowhere)
        case .secret(.file(let path)): return YAMLNode(["file": .string(path)], at: nowhere)
        case .secret(.credential(let credential)): return YAMLNode(["credential": .string(credential)], at: nowhere)
        case .secret(.literal): return nil
        }
    }
}
