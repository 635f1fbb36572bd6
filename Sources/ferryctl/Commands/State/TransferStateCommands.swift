import ArgumentParser
import FerryAPI
import FerryCore
import Glibc

/// Copies out what is kept.
struct ExportStateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what is kept of an integration to standard output.",
        discussion: """
            For another server, or another name: 'ferryctl state import' puts it in place. The text is JSON, a page of \
            links on each line, and names rows and records by their identifiers; conflicts, what is set aside and how far \
            pushes have come are not in it, since the next job finds that out. No job may run meanwhile.
            """
    )

    @Argument(help: "The integration.") var id: String
    @Option(name: .customLong("type"), help: "Only this entity type; may be repeated.") var types: [String] = []
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { daemon, _ in
            let request = StateExportRequest(entityTypes: types.isEmpty ? nil : types)
            let header = try await daemon.post(
                StateHeader.self,
                ["integrations", id, "state", "export"],
                body: request
            ).payload
            var output = ByteOutput(descriptor: STDOUT_FILENO)
            try Self.append(header, to: &output)
            var total = 0
            for entity in header.entities {
                try await exportLinks(of: entity, header, daemon) { page in
                    total += page.links.count
                    try Self.append(page, to: &output)
                }
            }
            try Self.append(StateEnd(totalLinks: total), to: &output)
        }
    }

    private func exportLinks(
        of entity: StateOrigin,
        _ header: StateHeader,
        _ daemon: DaemonClient,
        _ take: (StateLinks) throws -> Void
    ) async throws {
        var cursor: String? = "0"
        while let from = cursor {
            var page = try await daemon.get(
                StateLinks.self,
                ["integrations", id, "state", "links"],
                query: [("entityType", entity.entityType), ("revision", header.revision), ("cursor", from)]
            ).payload
            cursor = page.nextCursor
            page.nextCursor = nil
            if !page.links.isEmpty { try take(page) }
        }
    }

    private static func append(_ line: some Encodable, to output: inout ByteOutput) throws {
        output.bytes += try WireFormat.encode(line) + [UInt8(ascii: "\n")]
        try output.flush()
    }
}

/// Puts in place what was copied out.
struct ImportStateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Put in place what 'ferryctl state export' has written.",
        discussion: """
            All of it is put in place at once, or nothing. The links say what rows and records held when they were \
            exported: import them where the table is the same or a copy made since, or records that the table lacks are \
            not pulled into it until they change.
            """
    )

    @Argument(help: "The integration; it may be called otherwise than the one that was exported.") var id: String
    @Argument(help: "The file; standard input by default.") var file: String?
    @Flag(help: "Forget the links that are there already.") var replace = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { daemon, console in
            var lines = try StateLines(file)
            defer { lines.close() }
            let header = try lines.header()
            let importID = try await daemon.post(
                StateImportAccepted.self,
                ["integrations", id, "state", "import"],
                body: StateImportRequest(entities: header.entities)
            ).payload.importId
            while let page = try lines.nextPage() {
                _ = try await daemon.post(Acknowledgement.self, ["state-imports", importID, "links"], body: page)
            }
            let answer = try await daemon.post(
                StateChangeDetails.self,
                ["state-imports", importID, "finish"],
                body: StateImportEnd(links: lines.links, replace: replace),
                timeout: .seconds(600)
            )
            if options.json { return console.line(answer.text) }
            let change = answer.payload
            console.line(
                "In place: \(change.entityTypes.joined(separator: ", ")), with \(JobText.grouped(change.links)) links."
            )
        }
    }
}

/// Reads an exported state, a line at a time.
struct StateLines {
    /// The links read so far.
    private(set) var links = 0

    private let descriptor: Int32
    private let name: String
    private var buffer = LineBuffer(limit: 1 << 20)
    private var waiting: [LineBuffer.Line] = []
    private var number = 0
    private var isAtEnd = false

    /// - Throws: ``CommandFailure`` when there is no such file.
    init(_ path: String?) throws(CommandFailure) {
        guard let path, path != "-" else {
            (descriptor, name) = (STDIN_FILENO, "standard input")
            return
        }
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw InputFile.failure("the file '\(path)'", errno) }
    }

    func close() {
        if descriptor != STDIN_FILENO { Glibc.close(descriptor) }
    }

    /// The first line.
    mutating func header() throws(CommandFailure) -> StateHeader {
        guard let line = try next(), let header = try? WireFormat.decode(StateHeader.self, from: line),
            header.format == StateHeader.format
        else { throw failure("this is no state that 'ferryctl state export' has written") }
        guard header.version == StateHeader.version else {
            let known = StateHeader.version
            throw failure("this is version \(header.version) of the format, and this program reads version \(known)")
        }
        return header
    }

    /// The next links; `nil` after the last.
    mutating func nextPage() throws(CommandFailure) -> StateLinks? {
        guard let line = try next() else { throw failure("the state is cut short") }
        if let page = try? WireFormat.decode(StateLinks.self, from: line) {
            links += page.links.count
            return page
        }
        guard let end = try? WireFormat.decode(StateEnd.self, from: line) else {
            throw failure("this is neither a page of links nor the end of a state")
        }
        guard end.totalLinks == links else {
            throw failure("\(end.totalLinks) links were written, and \(links) are here")
        }
        guard try next() == nil else { throw failure("something follows the end of the state") }
        return nil
    }

    private mutating func next() throws(CommandFailure) -> [UInt8]? {
        while waiting.isEmpty, !isAtEnd {
            let count = buffer.fill(from: descriptor)
            guard count >= 0 else { throw InputFile.failure(name, errno) }
            isAtEnd = count == 0
            // They stand in the buffer until it is filled again, and it is not filled before they are taken.
            waiting = buffer.takeLines(atEnd: isAtEnd).reversed()
        }
        guard let line = waiting.popLast() else { return nil }
        number += 1
        switch line {
        case .text(let range): return Array(buffer.bytes[range])
        case .tooLong: throw failure("the line is longer than any that Ferry writes")
        }
    }

    private func failure(_ message: String) -> CommandFailure {
        CommandFailure(
            ErrorBody(
                code: ErrorCode.stateInvalid.rawValue,
                message: "\(name):\(max(number, 1)): \(message)",
                hint: "Nothing was changed."
            )
        )
    }
}
