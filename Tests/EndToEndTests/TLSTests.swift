import FerryAPI
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

private let openSSL = "/usr/bin/openssl"

/// Services whose certificates are not what they should be, and those that only an integration's settings make right.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: openSSL), "needs openssl"))
struct TLSTests {
    /// What is wrong with a server, and what people are told.
    struct Fault: Sendable, CustomTestStringConvertible {
        var certificate: Authority.Certificate
        var arguments: [String] = []
        var host = "localhost"
        var message: String
        var hint: String
        var testDescription: String { message }
    }

    @Test(arguments: [
        Fault(certificate: .expired, message: "certificate has expired", hint: "the service's certificate has expired"),
        Fault(
            certificate: .selfSigned,
            message: "self-signed certificate",
            hint: "if it is a service of your own, name its certificate as 'ca_file'"
        ),
        Fault(
            certificate: .otherHost,
            message: "no alternative certificate subject name matches",
            hint: "check the host in 'config': the certificate is another one's"
        ),
        Fault(
            certificate: .belowIntermediate,
            message: "unable to get local issuer certificate",
            hint: "else the service has to send the certificates between its own and the root"
        ),
        Fault(
            certificate: .good,
            arguments: ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
            message: "protocol version",
            hint: "the service has to speak TLS 1.2 or later"
        ),
        Fault(
            certificate: .good,
            arguments: ["-Verify", "1", "-verify_return_error"],
            message: "certificate required",
            hint: "name it as 'client_certificate' under 'connection'"
        ),
    ])
    func isRefusedWithAHintThatNamesTheCause(fault: Fault) async throws {
        try await FerryWorld.with { world async throws in
            let authority = try await Authority(in: world.folder)
            let port = try await authority.serve(fault.certificate, fault.arguments, world)
            // All but the one that nobody but itself has signed would be trusted, were it not for what is wrong with it.
            try world.write(
                integration: "items",
                Self.integration(
                    "https://\(fault.host):\(port)",
                    fault.certificate == .selfSigned ? "" : "connection: { ca_file: \(authority.path("ca.pem")) }"
                )
            )
            _ = try await world.startDaemon()
            let result = try await world.ferryctl("test", "items")
            #expect(result.exitCode == 1)
            let text = result.output + result.errors
            #expect(text.contains("[tls.refused]"), "\(text)")
            #expect(text.contains(fault.message), "\(text)")
            #expect(text.contains(fault.hint), "\(text)")
            #expect(!text.contains("not-a-secret"))
        }
    }

    @Test func aPortThatSpeaksNoTLSIsNamed() async throws {
        try await FerryWorld.with { world async throws in
            let address = world.sandbox.baseURL.replacing("http://127.0.0.1", with: "https://localhost")
            try world.write(integration: "items", Self.integration(address, ""))
            _ = try await world.startDaemon()
            let result = try await world.ferryctl("test", "items")
            #expect((result.output + result.errors).contains("check the port in 'config'"))
        }
    }

    @Test func anAuthorityAndACertificateOfOnesOwnAreTaken() async throws {
        try await FerryWorld.with { world async throws in
            let authority = try await Authority(in: world.folder)
            let port = try await authority.serve(.good, ["-Verify", "1", "-verify_return_error"], world)
            try await authority.make(.client)
            let files = "{ file: \(authority.path("client.pem")), key: \(authority.path("client.key")) }"
            try world.write(
                integration: "items",
                Self.integration(
                    "https://localhost:\(port)",
                    "connection: { ca_file: \(authority.path("ca.pem")), client_certificate: \(files) }"
                )
            )
            _ = try await world.startDaemon()
            let result = try await world.ferryctl("test", "items")
            // What answers is no table, but it has answered.
            let text = result.output + result.errors
            #expect(!text.contains("tls."), "\(text)")
            #expect(text.contains("[contract.") || text.contains("[service."), "\(text)")
        }
    }

    @Test func filesThatAreNotThereAreNamed() async throws {
        try await FerryWorld.with { world async throws in
            let authority = try await Authority(in: world.folder)
            let port = try await authority.serve(.good, [], world)
            try world.write(
                integration: "items",
                Self.integration("https://localhost:\(port)", "connection: { ca_file: /nowhere/ca.pem }")
            )
            _ = try await world.startDaemon()
            let result = try await world.ferryctl("test", "items")
            let text = result.output + result.errors
            #expect(text.contains("check that the 'ca_file' under 'connection' is there"), "\(text)")
        }
    }

    @Test func nothingGoesToAnotherMachineUnencrypted() async throws {
        try await FerryWorld.with { world async throws in
            // A proxy would see it.
            let proxy = "proxy: \(world.sandbox.baseURL)"
            try world.write(
                integration: "items",
                Self.integration("http://shop.example.com", "connection: { \(proxy) }")
            )
            _ = try await world.startDaemon()
            let refused = try await world.ferryctl("test", "items")
            #expect(refused.exitCode == 1)
            let text = refused.output + refused.errors
            #expect(text.contains("[tls.required]"), "\(text)")
            #expect(text.contains("'connection: { plain_http: true }' lets it be"))
            #expect(world.sandbox.requests.count == 0)
            try world.write(
                integration: "items",
                Self.integration("http://shop.example.com", "connection: { plain_http: true, \(proxy) }")
            )
            #expect(try await world.ferryctl("reload").exitCode == 0)
            _ = try await world.ferryctl("test", "items")
            #expect(world.sandbox.requests.count == 1)
        }
    }

    @Test func whatIsWrongWithTheConnectionIsSaidWithItsPlace() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(
                integration: "items",
                Self.integration("https://shop.example.com", "connection: { proxy: \"http://ann:hunter2@proxy\" }")
            )
            let result = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(result.exitCode == 3)
            #expect(result.errors.contains("'proxy' holds credentials, in a file that others may read"))
            #expect(!result.errors.contains("hunter2"))
            try world.write(
                integration: "items",
                Self.integration("https://shop.example.com", "connection: { ca_fil: ca.pem }")
            )
            let typo = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(typo.errors.contains("did you mean 'ca_file'"), "\(typo.errors)")
        }
    }

    private static func integration(_ address: String, _ connection: String) -> String {
        """
        type: dynamic_table
        config:
          plugin_host: \(address)
          agent_id: a
          configuration_id: b
          collection_id: c
          primary_key: sku
          key: not-a-secret
        \(connection)
        entities:
          - type: item
            resource: rows
            key: sku
            field_mappings:
              - { source: fields.sku, target: sku }
        """
    }
}

/// Certificates that a program of every Linux machine makes, and a server that shows them.
struct Authority {
    /// What a certificate is like.
    enum Certificate: String, Sendable {
        case good, expired, selfSigned, otherHost, belowIntermediate, client
    }

    private let folder: TemporaryDirectory

    init(in folder: TemporaryDirectory) async throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: "\(folder.path)/tls", withIntermediateDirectories: true)
        let files = ["-keyout", path("ca.key"), "-out", path("ca.pem")]
        try await run(["req", "-x509", "-subj", "/CN=Test CA"] + files + key)
    }

    func path(_ name: String) -> String { "\(folder.path)/tls/\(name)" }

    private let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]

    /// Makes a certificate and its key.
    func make(_ certificate: Certificate) async throws {
        let name = certificate.rawValue
        let host = certificate == .otherHost ? "other.example.com" : "localhost"
        if certificate == .selfSigned {
            let subject = ["-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)"]
            return try await run(
                ["req", "-x509", "-keyout", path("\(name).key"), "-out", path("\(name).pem")] + subject + key
            )
        }
        var issuer = "ca"
        if certificate == .belowIntermediate {
            issuer = "intermediate"
            try await sign(issuer, by: "ca", "basicConstraints=critical,CA:TRUE", days: 30)
        }
        let use = certificate == .client ? "extendedKeyUsage=clientAuth" : "subjectAltName=DNS:\(host)"
        try await sign(name, by: issuer, use, days: certificate == .expired ? -1 : 30)
    }

    private func sign(_ name: String, by issuer: String, _ extensions: String, days: Int) async throws {
        try folder.write(extensions + "\n", to: "tls/\(name).ext")
        let request = ["req", "-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).csr")]
        try await run(request + key)
        try await run([
            "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(issuer).pem"), "-CAkey", path("\(issuer).key"),
            "-CAcreateserial", "-days", "\(days)", "-extfile", path("\(name).ext"), "-out", path("\(name).pem"),
        ])
    }

    /// Serves a page under a certificate.
    ///
    /// - Returns: the port.
    func serve(_ certificate: Certificate, _ arguments: [String], _ world: FerryWorld) async throws -> Int {
        try await make(certificate)
        let name = certificate.rawValue
        let server = try world.start(
            openSSL,
            [
                "s_server", "-accept", "127.0.0.1:0", "-www", "-CAfile", path("ca.pem"),
                "-cert", path("\(name).pem"), "-key", path("\(name).key"),
            ] + arguments
        )
        var port: Int?
        try await eventually("the server listens: \(server.errors)") {
            guard server.isRunning else { throw NeverHappened(description: "a server: \(server.errors)") }
            port = server.output.firstMatch(of: /ACCEPT 127.0.0.1:([0-9]+)\n/).flatMap { Int($0.1) }
            return port != nil
        }
        return port ?? 0
    }

    private func run(_ arguments: [String]) async throws {
        let result = try await Program.run(openSSL, arguments, in: folder)
        guard result.exitCode == 0 else { throw NeverHappened(description: "openssl: \(result.errors)") }
    }
}
