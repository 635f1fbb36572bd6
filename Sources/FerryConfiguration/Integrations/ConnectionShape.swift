import FerryCore

/// An integration's `connection`: how its requests reach the service, where that is not the usual way.
enum ConnectionShape {
    private struct Draft {
        var caFile: Positioned<String>?
        var clientCertificate: CertificateDraft?
        var proxy: Positioned<String>?
        var plainHTTP: Bool?
    }

    private struct CertificateDraft {
        var file: Positioned<String>?
        var key: Positioned<String>?
    }

    static var shape: ValueShape<ConnectionSettings> {
        MappingShape { _ in Draft() }
            .key(
                "ca_file",
                path,
                \.caFile,
                "A PEM file of the authorities to trust instead of this machine's."
            )
            .key(
                "client_certificate",
                certificate,
                \.clientCertificate,
                "What is shown to a service that asks for a certificate."
            )
            .key(
                "proxy",
                ValueShape.nonEmptyString.positioned,
                \.proxy,
                "The proxy's address, such as http://proxy.example.com:3128; default: what the environment says."
            )
            .key(
                "plain_http",
                .boolean,
                \.plainHTTP,
                default: false,
                "Whether requests may go to another machine unencrypted, credentials and all."
            )
            .value { draft, report in
                var settings = ConnectionSettings(allowsPlainHTTP: draft.plainHTTP ?? false)
                settings.caFile = draft.caFile?.value
                if let file = draft.clientCertificate?.file, let key = draft.clientCertificate?.key {
                    settings.clientCertificate = .init(file: file.value, key: key.value)
                }
                if let proxy = draft.proxy, check(proxy, &report) { settings.proxy = proxy.value }
                return settings
            }
    }

    private static var certificate: ValueShape<CertificateDraft> {
        MappingShape { _ in CertificateDraft() }
            .key("file", path, \.file, required: true, "The PEM file of the certificate.")
            .key("key", path, \.key, required: true, "The PEM file of its private key, without a passphrase.")
            .value
    }

    private static var path: ValueShape<Positioned<String>> {
        ValueShape(schema: ["type": "string", "pattern": "^/"]) { node, subject, report in
            guard let text = node.text, text.hasPrefix("/") else {
                report.invalid(
                    node,
                    "\(subject) must be an absolute path",
                    hint: "write the whole path, beginning with '/'"
                )
                return nil
            }
            return Positioned(value: text, position: node.position)
        }
    }

    /// No message shows the address: it may hold a password.
    private static func check(_ proxy: Positioned<String>, _ report: inout Report) -> Bool {
        let schemes = ["http://", "https://", "socks5://", "socks5h://"]
        guard let scheme = schemes.first(where: proxy.value.lowercased().hasPrefix) else {
            report.error(
                .configInvalidValue,
                at: proxy.position,
                "'proxy' must begin with one of \(schemes.joined(separator: ", "))",
                hint: "write it like http://proxy.example.com:3128"
            )
            return false
        }
        guard !proxy.value.dropFirst(scheme.count).contains("@") else {
            report.error(
                .configUnsafeService,
                at: proxy.position,
                "'proxy' holds credentials, in a file that others may read",
                hint: "let the proxy know this machine by its address, or set https_proxy in the service's environment"
            )
            return false
        }
        return true
    }
}
