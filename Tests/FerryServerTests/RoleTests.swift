import FerryAPI
import FerryCore
import Foundation
import Glibc
import Testing

@testable import FerryServer

struct RoleTests {
    private func role(user: UInt32, group: UInt32 = 50, adminGroup: UInt32? = 7, groups: [UInt32] = []) -> Role {
        Role.role(
            of: PeerCredentials(process: 1, user: user, group: group),
            daemonUser: 990,
            adminGroup: adminGroup,
            groups: { _ in groups }
        )
    }

    @Test func rootTheDaemonAndMembersOfTheAdminGroupAreAdministrators() {
        #expect(role(user: 0, adminGroup: nil) == .admin)
        #expect(role(user: 990, adminGroup: nil) == .admin)
        #expect(role(user: 1000, groups: [50, 7]) == .admin)
        #expect(role(user: 1000, group: 7) == .admin)
    }

    @Test func everybodyElseMayOnlyRead() {
        #expect(role(user: 1000, groups: [50, 8]) == .reader)
        #expect(role(user: 1000, group: 7, adminGroup: nil, groups: [7]) == .reader)
    }

    @Test func readersSeeStatusListAndJobsAndNothingElse() {
        let open = Route.all.filter { $0.access == .reader }.map { route in
            route.method + " /" + route.segments.map { $0 ?? "*" }.joined(separator: "/")
        }
        #expect(
            open == [
                "GET /healthz", "GET /metrics", "GET /api/v1/status", "GET /api/v1/integrations", "GET /api/v1/jobs",
                "GET /api/v1/jobs/*",
            ]
        )
    }

    @Test func aReaderIsRefusedWithAHint() async throws {
        let control = ScriptedControlPlane()
        let router = Router(control: control, logger: quiet)
        let request = ServerRequest(method: "GET", target: "/api/v1/integrations/a", body: [], isLast: false)
        let answer = await router.answer(.request(request), to: Client(role: .reader, user: 1000))
        #expect(answer.status == 403)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("socket.admin_group"))
        #expect(control.asked.isEmpty)
    }

    @Test func onlyAnAdministratorSeesWhatIsWrongInTheFiles() async throws {
        let control = ScriptedControlPlane(configuration: .init(ok: false, errors: ["ferry.yaml:1:1: error"]))
        let router = Router(control: control, logger: quiet)
        let request = ServerRequest(method: "GET", target: "/api/v1/status", body: [], isLast: false)
        let reader = await router.answer(.request(request), to: Client(role: .reader, user: 1000)).body
        let forReader = String(decoding: reader, as: UTF8.self)
        #expect(forReader.contains(#""configuration":{"ok":false,"errors":[]}"#))
        let admin = await router.answer(.request(request), to: Client(role: .admin, user: 0)).body
        let forAdmin = String(decoding: admin, as: UTF8.self)
        #expect(forAdmin.contains("ferry.yaml:1:1"))
    }

    @Test func aReaderSeesThatAJobFailedButNotTheSentencesAndIdentifiersOfRecords() throws {
        var job = FerryCore.Job(
            id: "job_1",
            integration: "a",
            direction: .push,
            entityIDs: ["customer-7"],
            options: JobOptions(entityTypes: ["secret_project"]),
            trigger: .manual,
            queuedAt: Date(timeIntervalSince1970: 0)
        )
        job.failure = JobFailure(code: .serviceRefused, message: "the row 'Mrs Miller' is refused", hint: "customer-7")
        job.progress.refusals = [
            JobRefusals(
                entityType: "person",
                field: "fields.born",
                destination: "born",
                policy: .null,
                count: 7,
                examples: [.init(recordID: "customer-9", message: "Miller's birthday is none")]
            )
        ]
        job.notes = ["the service's end is now https://internal.example"]
        let seen = String(decoding: try WireFormat.encode(ReaderView.redacted(FerryAPI.Job(job))), as: UTF8.self)
        #expect(seen.contains(#""count":7,"examples":[]"#))
        #expect(!seen.contains("customer-9"))
        #expect(seen.contains("service.refused"))
        #expect(!seen.contains("Miller"))
        for secret in ["customer-7", "secret_project", "internal.example"] { #expect(!seen.contains(secret)) }
        let summary = IntegrationSummary(id: "a", type: "t", name: "A", status: .error, attention: ["Mrs Miller"])
        #expect(ReaderView.redacted(summary).attention == [ReaderView.sentence])
    }

    @Test(
        .timeLimit(.minutes(testMinutes)),
        .enabled(if: getuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0, "needs root and setpriv"),
        .enabled(if: access("/usr/bin/curl", X_OK) == 0, "needs curl")
    )
    func anotherUserIsAReaderByItsCredentials() async throws {
        try await Fixture.with { (ferry) async throws in
            chmod(ferry.directory, 0o755)
            chmod(ferry.socket, 0o666)
            let socket = ferry.socket
            func ask(_ path: String, _ user: String) async throws -> String {
                let line =
                    "setpriv --reuid=\(user) --regid=65534 --clear-groups curl -s --unix-socket \(socket) "
                    + "http://ferry\(path)"
                return try await RawClient.detached { try Self.output(of: line) }
            }
            #expect(try await ask("/api/v1/status", "65534").contains(#""version":"1.2.3""#))
            #expect(try await ask("/api/v1/integrations/a", "65534").contains("permission.denied"))
            #expect(try await ask("/api/v1/integrations/a", "0").contains(#""config""#))
        }
    }

    private static func output(of command: String) throws -> String {
        let pipe = try #require(popen(command, "r"))
        defer { pclose(pipe) }
        var text = ""
        var buffer = [CChar](repeating: 0, count: 4096)
        while let line = fgets(&buffer, CInt(buffer.count), pipe) { text += String(cString: line) }
        return text
    }
}
