import FerryCore
import FerryTesting
import Foundation
import Logging
import Testing

@testable import FerryDaemon

/// What goes to the journal, and what its catalogue says about it.
@Suite struct JournalTests {
    private func line(_ level: Logger.Level, _ message: String, _ values: Logger.Metadata) -> LogLine {
        let message = Logger.Message(stringLiteral: message)
        let event = LogEvent(
            level: level,
            message: message,
            metadata: values,
            source: "",
            file: "",
            function: "",
            line: 1
        )
        return LogLine(event, [:])
    }

    @Test func everyValueIsAField() {
        let line = line(
            .error,
            "pull failed: no answer [network.unreachable]",
            [
                LogField.integration: "items", LogField.job: "job_1", LogField.entityType: "item",
                LogField.errorCode: "network.unreachable", LogField.event: "job.failed", "wait time": "3 s",
            ]
        )
        let fields = Dictionary(uniqueKeysWithValues: Journal.fields(of: line))
        #expect(
            fields == [
                "MESSAGE": "[items] pull failed: no answer [network.unreachable] entity_type=item job=job_1 "
                    + "wait time=3 s",
                "PRIORITY": "3", "SYSLOG_IDENTIFIER": "ferryd", "MESSAGE_ID": NotableEvent.jobFailed.messageID,
                "FERRY_INTEGRATION": "items", "FERRY_JOB": "job_1", "FERRY_ENTITY_TYPE": "item",
                "ERROR_CODE": "network.unreachable", "FERRY_WAIT_TIME": "3 s",
            ]
        )
    }

    @Test func identifiersOfMessagesAreWellFormedAndDifferent() {
        let identifiers = NotableEvent.allCases.map(\.messageID)
        #expect(Set(identifiers).count == identifiers.count)
        for identifier in identifiers { #expect(identifier.wholeMatch(of: /[0-9a-f]{32}/) != nil) }
    }

    @Test func everyEndOfAJobIsAnEvent() {
        for state in JobState.allCases where state.isFinal {
            #expect(NotableEvent(rawValue: "job.\(state.rawValue)") != nil)
        }
    }

    @Test func theCatalogueHasAnEntryForEachEvent() throws {
        let path = try #require(Repository.path("systemd/ferry.catalog"))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let entries = text.split(separator: "\n-- ").dropFirst()
        #expect(entries.count == NotableEvent.allCases.count)
        for event in NotableEvent.allCases {
            let entry = try #require(entries.first { $0.hasPrefix(event.messageID + "\n") }, "\(event)")
            #expect(entry.contains("\nSubject: ") && entry.contains("\nDefined-By: Ferry\n\n"))
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/journalctl"), "needs journalctl"))
    func journalctlReadsTheCatalogue() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let path = try #require(Repository.path("systemd/ferry.catalog"))
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try folder.write(text, to: "root/usr/lib/systemd/catalog/ferry.catalog")
            let root = "\(folder.path)/root"
            try FileManager.default.createDirectory(
                atPath: "\(root)/var/lib/systemd/catalog",
                withIntermediateDirectories: true
            )
            let updated = try await Program.run(
                "/usr/bin/journalctl",
                ["--update-catalog", "--root=\(root)"],
                in: folder
            )
            #expect(updated.exitCode == 0, "\(updated.errors)")
            let database = "\(root)/var/lib/systemd/catalog/database"
            let bytes = try Data(contentsOf: URL(fileURLWithPath: database))
            #expect(bytes.range(of: Data("Subject: A job has failed".utf8)) != nil)
        }
    }
}
