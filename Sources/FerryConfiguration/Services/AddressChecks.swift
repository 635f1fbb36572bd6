import FerryCore

// What addresses, paths, headers and credentials reveal to be wrong.
extension ServiceChecks {
    // MARK: The base address

    func checkBase(_ base: Positioned<Template>, _ key: String, _ report: inout Report) {
        checkPresence(of: base, &report)
        switch base.value.pieces.first {
        case nil:
            report.error(
                .configInvalidValue,
                at: base.position,
                "'\(key)' must not be empty",
                hint: "write it like https://api.example.com/v1 or ${settings.base_url}/v1"
            )
        case .literal(let text)?: checkAddress(text, isWhole: base.value.pieces.count == 1, at: base.position, &report)
        case .expression(let expression)?:
            guard case .reference(.settings, let path) = expression,
                let setting = (draft.settings ?? []).first(where: { [$0.name.value] == path })?.value,
                let value = setting.defaultValue, let text = value.value.text
            else { break }
            checkAddress(text, isWhole: true, at: value.position, &report)
        }
        let rest = base.value.pieces.dropFirst()
        for case .literal(let text) in rest { checkCharacters(of: text, in: "'\(key)'", at: base.position, &report) }
    }

    /// Checks the text that an address begins with.
    private func checkAddress(_ text: String, isWhole: Bool, at position: Position, _ report: inout Report) {
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else {
            let isOther = text.contains("://")
            report.error(
                .configInvalidValue,
                at: position,
                isOther
                    ? "'\(text.prefix { $0 != "/" })//' is no address that requests can go to"
                    : "the address '\(text)' does not begin with 'https://'",
                hint: isOther ? "it must begin with https:// or http://" : "did you mean 'https://\(text)'?"
            )
            return
        }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        if authority.isEmpty, isWhole {
            report.error(
                .configInvalidValue,
                at: position,
                "the address '\(text)' has no host",
                hint: "write it like https://api.example.com/v1"
            )
        } else if authority.contains("@") {
            report.error(
                .configUnsafeService,
                at: position,
                "the address holds credentials, in a file that others may read",
                hint: "take them out of it, and send them by 'auth'"
            )
        } else if scheme == "http://", draft.authentication != nil, !Self.isThisMachine(authority), isWhole {
            report.warning(
                .configUnsafeService,
                at: position,
                "credentials go to 'http://\(authority)' unencrypted",
                hint: "write https:// if the service has it"
            )
        }
        checkCharacters(of: String(text.dropFirst(scheme.count)), in: "the address", at: position, &report)
    }

    private static func isThisMachine(_ authority: Substring) -> Bool {
        ["localhost", "127.", "[::1]"].contains { authority.hasPrefix($0) }
    }

    /// Checks that an address cannot be left with a hole.
    private func checkPresence(of base: Positioned<Template>, _ report: inout Report) {
        for case .expression(let expression) in base.value.pieces {
            let names = expression.references.filter { $0.scope == .settings }.compactMap(\.path.first)
            let declared = settings.filter { names.contains($0.name) }
            // What is not declared was reported; of several alternatives one is enough.
            guard declared.count == names.count, let first = declared.first,
                !declared.contains(where: isAlwaysThere)
            else { continue }
            report.error(
                .configInvalidValue,
                at: base.position,
                "the address needs '\(first.name)', which an integration may leave out",
                hint: "add 'required: true' or a 'default' to the setting"
            )
        }
    }

    // MARK: Paths

    func checkPath(_ path: Positioned<Template>, _ report: inout Report) {
        if case .literal(let text)? = path.value.pieces.first {
            var base = ""
            if case .literal(let text)? = draft.base?.value.pieces.last { base = text }
            if text.contains("://") {
                report.error(
                    .configInvalidValue,
                    at: path.position,
                    "the path is an address of its own",
                    hint: "write what comes after 'base', such as /books; another host is another service"
                )
            } else if !text.hasPrefix("/"), !text.hasPrefix("?"), !base.hasSuffix("/") {
                report.error(
                    .configInvalidValue,
                    at: path.position,
                    "the path does not begin with a slash: it would be a part of what stands before it",
                    hint: "write '/\(text)'"
                )
            } else if text.hasPrefix("/"), base.hasSuffix("/") {
                report.error(
                    .configInvalidValue,
                    at: path.position,
                    "'base' ends with a slash, and the path begins with one",
                    hint: "remove the slash at the end of 'base'"
                )
            }
        }
        for piece in path.value.pieces {
            switch piece {
            case .literal(let text) where !text.contains("://"):
                checkCharacters(of: text, in: "the path", at: path.position, &report)
            case .literal: break
            case .expression(let expression): checkEncoding(of: expression, at: path.position, &report)
            }
        }
    }

    /// Checks that what comes from data is one segment of the path, whatever it holds: an identifier such as `../all`
    /// would be another address.
    private func checkEncoding(of expression: Template.Expression, at position: Position, _ report: inout Report) {
        guard !expression.isSafeInPath,
            let (scope, path) = expression.references.first(where: { scope, path in
                switch scope {
                case .record, .match, .cursor, .action, .field, .part: true
                case .page: path.first == "token" || path.first == "last"
                case .settings, .batch, .window: false
                }
            })
        else { return }
        let name = ([scope.rawValue] + path).joined(separator: ".")
        report.error(
            .configUnsafeService,
            at: position,
            "'${\(name)}' stands in the path as it is: one with a slash in it would lead elsewhere",
            hint: "write ${path(\(name))}"
        )
    }

    private func checkCharacters(of text: String, in place: String, at position: Position, _ report: inout Report) {
        let odd = text.unicodeScalars.first { scalar in
            scalar.value <= 0x20 || scalar.value >= 0x7F || "\"<>\\^`{|}#".unicodeScalars.contains(scalar)
        }
        guard let odd else { return }
        let name = odd.value <= 0x20 ? "white space" : "'\(Character(odd))'"
        report.error(
            .configInvalidValue,
            at: position,
            "\(place) holds \(name), which no address can",
            hint: odd == "{" || odd == "}"
                ? "write placeholders like ${path(match.value)}" : "percent-encode it, or put it into 'query'"
        )
    }

    // MARK: Headers

    func checkNames(
        ofHeaders headers: [(name: Positioned<String>, value: Positioned<Template>)]?,
        _ report: inout Report
    ) {
        for (name, value) in headers ?? [] {
            checkHeader(name, &report)
            for case .literal(let text) in value.value.pieces where text.contains(where: \.isNewline) {
                report.error(
                    .configInvalidValue,
                    at: value.position,
                    "the header '\(name.value)' has a line break in it",
                    hint: "write its value on one line"
                )
            }
            guard ["authorization", "proxy-authorization", "cookie"].contains(name.value.lowercased()) else { continue }
            report.error(
                .configUnsafeService,
                at: name.position,
                "'\(name.value)' is how somebody proves who they are",
                hint: "send it by 'auth', where redirects, logs and errors cannot leak it"
            )
        }
    }

    /// Checks that a header can be sent.
    func checkHeader(_ name: Positioned<String>, _ report: inout Report) {
        let isToken =
            !name.value.isEmpty
            && name.value.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
                    || "!#$%&'*+-.^_`|~".unicodeScalars.contains($0)
            }
        if !isToken {
            report.error(
                .configInvalidValue,
                at: name.position,
                "'\(name.value)' cannot be a header's name",
                hint: "write it like X-Api-Version"
            )
        } else if ["content-length", "transfer-encoding", "expect", "host"].contains(name.value.lowercased()) {
            report.error(
                .configInvalidValue,
                at: name.position,
                "the header '\(name.value)' is set by Ferry itself",
                hint: "remove it"
            )
        }
    }

    // MARK: Credentials

    /// Checks that the header with the credentials can be sent, and is the only one of its name.
    func checkCredentialHeader(_ name: Positioned<String>, _ report: inout Report) {
        checkHeader(name, &report)
        let other = (draft.headers ?? []).first { $0.name.value.lowercased() == name.value.lowercased() }
        guard let other else { return }
        report.error(
            .configInvalidValue,
            at: other.name.position,
            "the header '\(other.name.value)' is also sent by 'auth'",
            hint: "remove it here"
        )
    }

    /// Checks that a credential is a secret of the integration's, and not in the description.
    ///
    /// - Parameter templates: what makes the credential; one of them is to be secret.
    func checkCredential(_ templates: [Positioned<Template>], _ report: inout Report) {
        let references = templates.flatMap(\.value.references)
        let names = references.filter { $0.scope == .settings }.compactMap(\.path.first)
        let declared = settings.filter { names.contains($0.name) }
        // What does not exist was reported.
        guard let template = templates.first, Set(names).count == declared.count, names.count == references.count
        else { return }
        guard let first = declared.first else {
            report.error(
                .configLiteralSecret,
                at: template.position,
                "'auth' holds the credential itself, the same for everybody who uses the description",
                hint: "declare a setting with 'secret: true', and write ${settings.NAME} here"
            )
            return
        }
        guard !declared.contains(where: \.isSecret) else { return }
        report.error(
            .configUnsafeService,
            at: template.position,
            "'\(first.name)' is not declared as a secret: everybody who may see the settings would see it",
            hint: "add 'secret: true' to the setting"
        )
    }
}

extension Template.Expression {
    /// Whether its value is one segment of a path, whatever it holds.
    fileprivate var isSafeInPath: Bool {
        switch self {
        case .literal: true
        case .reference: false
        case .call(.path, _): true
        case .call(_, let arguments): arguments.allSatisfy(\.isSafeInPath)
        }
    }
}
