import ArgumentParser
import FerryAPI
import FerryConfiguration
import FerryCore
import FerryServices
import FerryTransforms
import FoundationEssentials

/// The services there are: those that ship inside the program, and those of a configuration directory.
struct ServiceCatalogue: ParsableArguments {
    @Option(help: "The configuration directory.") var config = "/etc/ferry"

    /// Everything the directory says.
    private var loaded: LoadedConfiguration {
        ConfigurationLoader(
            directory: config,
            builtInServices: BuiltInServices.all,
            transforms: BuiltInTransforms()
        ).load()
    }

    /// All services that can be used, by name.
    var views: [ServiceView] {
        let loaded = loaded
        return loaded.services.values.sorted { $0.name < $1.name }.map {
            ServiceView($0, origin: loaded.serviceFiles[$0.name])
        }
    }

    /// A service's description.
    ///
    /// - Throws: ``CommandFailure`` when there is none, or when it has errors.
    func description(of name: String) throws -> ServiceDescription {
        let loaded = loaded
        if let service = loaded.services[name] { return service }
        throw CommandFailure(
            ErrorBody(
                code: ErrorCode.configUnknownType.rawValue,
                message: "there is no service '\(name)'",
                hint: "there are: \(loaded.services.keys.sorted().joined(separator: ", "))"
            )
        )
    }

    /// A service for people and programs.
    ///
    /// - Throws: ``CommandFailure``.
    func view(of name: String) throws -> ServiceView {
        ServiceView(try description(of: name), origin: loaded.serviceFiles[name])
    }

    /// A description as it is written.
    ///
    /// - Throws: ``CommandFailure``.
    func text(of name: String) throws -> String {
        if let builtIn = BuiltInServices.all.first(where: { $0.name == name }) {
            return builtIn.yaml.hasSuffix("\n") ? builtIn.yaml : builtIn.yaml + "\n"
        }
        _ = try description(of: name)
        guard let file = loaded.serviceFiles[name], let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw CommandFailure(
                ErrorBody(
                    code: ErrorCode.configUnreadable.rawValue,
                    message: "the description of '\(name)' cannot be read",
                    hint: "see whether its file in \(config)/services is still there"
                )
            )
        }
        return text
    }
}
