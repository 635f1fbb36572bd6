import FerryConfiguration
import FerryCore
import FerryJSON

// What the programs and the files do not say of themselves.

extension CommandPage.Notes {
    private static let files = [
        ("/etc/ferry/ferry.yaml", "The daemon's settings: ferry.yaml(5)."),
        ("/etc/ferry/integrations/*.yaml", "The integrations, one in each file: ferry.yaml(5)."),
        ("/etc/ferry/services/*.yaml", "Descriptions of services of your own: ferry-service(5)."),
        ("/etc/ferry/schema/*.json", "JSON Schemas of these files, for editors."),
        ("/var/lib/ferry/ledger.db", "The ledger, which knows what was synced."),
        ("/var/lib/ferry/store.db", "The embedded store."),
        ("/run/ferry/ferry.sock", "The socket, on which HTTP and JSON are spoken."),
    ].map { (term: $0.0, text: $0.1) }

    private static let color = (
        term: "NO_COLOR", text: "Set to anything, it keeps output on a terminal free of colours."
    )

    /// Of the daemon.
    static var ferryd: CommandPage.Notes {
        CommandPage.Notes(
            sections: [
                (
                    "SIGNALS",
                    [
                        (
                            "SIGTERM, SIGINT",
                            "Lets the requests in flight finish, writes down where the jobs stand and ends."
                        ),
                        ("SIGHUP", "Reads the configuration again. A file with errors keeps its last good revision."),
                    ]
                ),
                (
                    "ENVIRONMENT",
                    [
                        ("STATE_DIRECTORY", "The state directory, as systemd sets it."),
                        ("RUNTIME_DIRECTORY", "The directory of the socket, as systemd sets it."),
                        ("CREDENTIALS_DIRECTORY", "Where the credentials lie that the configuration names."),
                        ("LISTEN_FDS, LISTEN_PID", "A socket that systemd listens on already: see ferryd.socket."),
                        (
                            "NOTIFY_SOCKET, WATCHDOG_USEC",
                            "Where systemd is told that the daemon is ready, reloads, lives and stops."
                        ),
                        color,
                    ]
                ),
                ("FILES", files),
                (
                    "EXIT STATUS",
                    [
                        ("0", "It has stopped as it was asked to, or the job has succeeded."),
                        ("1", "It has failed, and may be started again."),
                        ("2", "The arguments are wrong."),
                        ("3", "A person has to mend something first: the configuration, or a damaged ledger."),
                        ("6", "The job has done what it could; some records were refused or are held."),
                    ]
                ),
            ],
            examples: """
                ferryd check --config /etc/ferry
                ferryd once --config ./etc --state ./state products --pull
                systemctl reload ferryd
                journalctl -u ferryd FERRY_INTEGRATION=products
                """,
            seeAlso: [("ferryctl", 1), ("ferry.yaml", 5), ("ferry-service", 5), ("systemd.service", 5)]
        )
    }

    /// Of the client.
    static var ferryctl: CommandPage.Notes {
        CommandPage.Notes(
            sections: [
                (
                    "ENVIRONMENT",
                    [("FERRY_SOCKET", "The daemon's socket, where --socket does not name another one."), color]
                ),
                ("FILES", files),
                (
                    "EXIT STATUS",
                    [
                        ("0", "Done."), ("1", "Failed."), ("2", "The arguments are wrong."),
                        ("3", "The configuration has errors."), ("4", "The daemon does not answer."),
                        ("5", "Not permitted."), ("6", "Done in part: some records were refused or are held."),
                    ]
                ),
            ],
            examples: """
                ferryctl check /etc/ferry
                ferryctl sync products --pull --wait
                ferryctl plan products --push
                ferryctl jobs --json
                """,
            seeAlso: [("ferryd", 8), ("ferry.yaml", 5), ("ferry-service", 5)]
        )
    }

    /// Of the services in miniature.
    static var sandbox: CommandPage.Notes {
        CommandPage.Notes(
            sections: [
                (
                    "EXIT STATUS",
                    [("0", "It was stopped."), ("1", "It cannot listen."), ("64", "The arguments are wrong.")]
                )
            ],
            examples: """
                ferry-sandbox --port 8765 --rows 1000
                ferry-sandbox --sockets ./sockets
                """,
            seeAlso: [("ferryd", 8), ("ferryctl", 1)]
        )
    }
}

extension FilePage {
    /// Of `ferry.yaml` and the integrations.
    static var settings: FilePage {
        FilePage(
            name: "ferry.yaml",
            summary: "settings and integrations of the sync daemon Ferry",
            description: """
                The directory /etc/ferry has the daemon's settings in ferry.yaml, in which everything is optional, and an \
                integration in each file of integrations/. Both are YAML. A key below another one is written with a period \
                here, the elements of a list with [], and NAME stands for a name of your own.

                Unknown keys, wrong values and paths that lead nowhere are errors, with the file, the line, the column and \
                the nearest key there is: ferryctl check prints all of them. Secrets are references: { credential: NAME } to \
                a credential of systemd's, { file: PATH } or { env: NAME }.

                The daemon reads the directory again at SIGHUP, or with ferryctl reload. A file with errors keeps its last \
                good revision.
                """,
            example: String(decoding: PackageResources.products_yaml, as: UTF8.self),
            parts: [
                ("KEYS OF FERRY.YAML", schema(ConfigurationSchema.ferry())),
                ("KEYS OF AN INTEGRATION", schema(ConfigurationSchema.integration())),
            ],
            seeAlso: [("ferryd", 8), ("ferryctl", 1), ("ferry-service", 5), ("systemd.time", 7)]
        )
    }

    /// Of service descriptions.
    static var service: FilePage {
        FilePage(
            name: "ferry-service",
            summary: "description of a service for the sync daemon Ferry",
            description: """
                A file of /etc/ferry/services describes an HTTP service, so that integrations can name it as their type. The \
                services that Ferry knows by itself are described in the same way: ferryctl services NAME prints what one \
                takes.

                A key below another one is written with a period here, the elements of a list with [], and NAME stands for \
                a name of your own.
                """,
            example: """
                service: shelf
                settings:
                  key: { secret: true, required: true }
                base: https://shelf.example.com/api
                auth:
                  bearer: { token: "${settings.key}" }
                check:
                  request: { method: GET, path: /me }
                streams:
                  books:
                    request:
                      method: GET
                      path: /books
                      query: { skip: "${page.offset}", take: "${page.size}" }
                    records: items
                    id: id
                    paginate: { offset: { size: 100 } }
                """,
            parts: [("KEYS", schema(ConfigurationSchema.service()))],
            seeAlso: [("ferry.yaml", 5), ("ferryctl", 1)]
        )
    }

    private static func schema(_ text: String) -> JSONValue {
        // What the program prints itself is well formed; a page without keys would show in its test.
        (try? JSONValue(parsing: Array(text.utf8))) ?? .null
    }
}
