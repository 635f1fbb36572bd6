import ArgumentParser
import FerryAPI

/// The root command: everything a person can ask of Ferry from a shell.
struct Ferryctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ferryctl",
        abstract: "Look at Ferry's integrations and jobs, start syncs, check configuration.",
        discussion: """
            Exit codes: 0 done, 1 failed, 2 wrong usage, 3 configuration errors, 4 daemon unreachable, \
            5 not permitted, 6 done in part.
            With --json the daemon's answer is printed as it came: {"data": …} or {"error": …}.
            """,
        version: FerryVersion.current,
        subcommands: [
            StatusCommand.self, ListCommand.self, ShowCommand.self, SyncCommand.self, PlanCommand.self,
            TestCommand.self,
            JobsCommand.self, JobCommand.self, CancelCommand.self, RetryCommand.self, QuarantineCommand.self,
            ConflictsCommand.self, ResolveCommand.self, PauseCommand.self, ResumeCommand.self,
            ReloadCommand.self, BackupCommand.self, StateCommand.self, DoctorCommand.self, CheckCommand.self,
            ServicesCommand.self,
            InitCommand.self,
            SchemaCommand.self, TransformCommand.self, ScheduleCommand.self, PathCommand.self,
            ManualCommand.self,
        ],
        defaultSubcommand: StatusCommand.self
    )
}
