import ArgumentParser
import FerryAPI
import Glibc

/// What every command understands.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The daemon's socket (default: $FERRY_SOCKET, else /run/ferry/ferry.sock).")
    var socket: String?

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    /// The daemon at the socket.
    var daemon: DaemonClient {
        DaemonClient(socketPath: socket ?? environment("FERRY_SOCKET") ?? "/run/ferry/ferry.sock")
    }

    /// Runs a command's work and shows its failure.
    ///
    /// - Throws: ``ExitStatus``, when everything has been said.
    func perform(_ work: (DaemonClient, Console) async throws -> Void) async throws {
        do {
            try await work(daemon, Console())
        } catch let failure as CommandFailure {
            show(failure.error)
            throw failure.status
        }
    }

    /// Asks for something and prints it, as JSON or as `show` has it.
    func print<Payload>(
        _ ask: (DaemonClient) async throws -> Answer<Payload>,
        _ show: (Payload, Console) -> Void
    ) async throws {
        try await perform { daemon, console in
            let answer = try await ask(daemon)
            if json {
                console.line(answer.text)
            } else {
                show(answer.payload, console)
            }
        }
    }

    private func show(_ error: ErrorBody) {
        if json, let text = try? WireFormat.encode(ErrorEnvelope(error: error)) {
            Console.write(String(decoding: text, as: UTF8.self) + "\n", to: STDOUT_FILENO)
            return
        }
        Console(descriptor: STDERR_FILENO).show(error)
    }

    private func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
