import FerryAPI
import FerryConfiguration
import FerryCore
import FerryEngine
import FerryLedger
import FoundationEssentials

/// Everything that is measured, as Prometheus reads it: names and units by its conventions.
struct Metrics: Sendable {
    let parts: Parts
    let supervisor: Supervisor
    let jobs: JobMetrics
    let startedAt: Date

    /// The text.
    func text() async -> String {
        var text = MetricsText()
        addDaemon(to: &text)
        addJobs(to: &text)
        await addLedger(to: &text)
        addBudgets(to: &text)
        return text.text
    }

    // MARK: The daemon

    private func addDaemon(to text: inout MetricsText) {
        text.family("ferry_build_info", .gauge, "Which version this is; always 1.")
        text.sample("ferry_build_info", [("version", FerryVersion.current)], 1)
        if let process = ProcessFigures() {
            text.family("process_resident_memory_bytes", .gauge, "Resident memory size in bytes.")
            text.sample("process_resident_memory_bytes", [], process.residentBytes)
            text.family("process_cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.")
            text.sample("process_cpu_seconds_total", [], process.cpuSeconds)
            text.family("process_open_fds", .gauge, "Number of open file descriptors.")
            text.sample("process_open_fds", [], process.openFiles)
        }
        text.family(
            "process_start_time_seconds",
            .gauge,
            "Start time of the process since unix epoch in seconds."
        )
        text.sample("process_start_time_seconds", [], startedAt.timeIntervalSince1970)
        let errors = parts.configuration.diagnostics.count { $0.severity == .error }
        text.family("ferry_config_errors", .gauge, "Errors in the configuration that was loaded last.")
        text.sample("ferry_config_errors", [], errors)
        text.family("ferry_workers", .gauge, "Jobs that may run at once.")
        text.sample("ferry_workers", [], parts.configuration.settings.workers)
    }

    // MARK: Jobs since the start

    private typealias Count = @Sendable (JobProgress) -> Int

    private static let counters: [(name: String, help: String, value: Count)] = [
        ("ferry_received_bytes_total", "Bytes received from services.", { $0.bytesIn }),
        ("ferry_sent_bytes_total", "Bytes sent to services.", { $0.bytesOut }),
        ("ferry_requests_total", "Requests sent to services.", { $0.requests }),
        ("ferry_retries_total", "Requests to services that were sent again.", { $0.retries }),
    ]

    private static let outcomes: [(name: String, value: Count)] = [
        ("read", { $0.read }), ("created", { $0.created }), ("updated", { $0.updated }),
        ("unchanged", { $0.unchanged }), ("deleted", { $0.deleted }), ("skipped", { $0.skipped }),
        ("quarantined", { $0.quarantined }), ("held", { $0.held }),
    ]

    private func addJobs(to text: inout MetricsText) {
        let all = jobs.all
        text.family("ferry_jobs_total", .counter, "Jobs that have ended since the daemon was started, by their end.")
        for (key, totals) in all {
            for state in JobState.allCases where state.isFinal {
                let labels = Self.labels(key) + [("state", state.rawValue)]
                text.sample("ferry_jobs_total", labels, totals.ended[state] ?? 0)
            }
        }
        text.family("ferry_records_total", .counter, "Records that jobs have looked at, by what became of them.")
        for (key, totals) in all {
            for outcome in Self.outcomes {
                let labels = Self.labels(key) + [("outcome", outcome.name)]
                text.sample("ferry_records_total", labels, outcome.value(totals.progress))
            }
        }
        for counter in Self.counters {
            text.family(counter.name, .counter, counter.help)
            for (key, totals) in all {
                text.sample(counter.name, Self.labels(key), counter.value(totals.progress))
            }
        }
        text.family("ferry_job_waits_total", .counter, "Times that jobs have waited, by the reason.")
        for (key, totals) in all {
            for (reason, count) in totals.waits.sorted(by: { $0.key < $1.key }) {
                text.sample("ferry_job_waits_total", Self.labels(key) + [("reason", reason)], count)
            }
        }
        text.family("ferry_job_duration_seconds", .histogram, "How long jobs took from their start to their end.")
        for (key, totals) in all {
            let durations = totals.durations
            for (bound, count) in zip(JobMetrics.Histogram.bounds, durations.counts) {
                let labels = Self.labels(key) + [("le", "\(bound)")]
                text.sample("ferry_job_duration_seconds_bucket", labels, count)
            }
            text.sample("ferry_job_duration_seconds_bucket", Self.labels(key) + [("le", "+Inf")], durations.count)
            text.sample("ferry_job_duration_seconds_sum", Self.labels(key), durations.sum)
            text.sample("ferry_job_duration_seconds_count", Self.labels(key), durations.count)
        }
    }

    // MARK: What there is now

    private func addLedger(to text: inout MetricsText) async {
        text.family("ferry_ledger_size_bytes", .gauge, "Size of the ledger's file, without its log.")
        text.sample("ferry_ledger_size_bytes", [], Int(parts.ledger.size))
        var histories: [String: IntegrationHistory]?
        var live: [JobState: Int] = [:]
        do {
            histories = try await parts.ledger.histories()
            live = try await parts.ledger.liveJobs()
        } catch {
            // That it cannot be read is a figure of its own.
            histories = nil
        }
        let isUsable = histories != nil && supervisor.damage == nil
        text.family("ferry_ledger_up", .gauge, "Whether the ledger can be used: 1, or 0 and no job is started.")
        text.sample("ferry_ledger_up", [], isUsable ? 1 : 0)
        guard let histories else { return }
        addLive(live, histories, to: &text)
        addIntegrations(histories, to: &text)
    }

    private func addLive(
        _ live: [JobState: Int],
        _ histories: [String: IntegrationHistory],
        to text: inout MetricsText
    ) {
        text.family("ferry_jobs", .gauge, "Jobs that are queued, running or waiting now.")
        for state in JobState.allCases where !state.isFinal {
            text.sample("ferry_jobs", [("state", state.rawValue)], live[state] ?? 0)
        }
        let running = supervisor.progress
        text.family("ferry_running_job_records", .gauge, "Records that a job which runs now has read so far.")
        for (name, history) in histories.sorted(by: { $0.key < $1.key }) {
            guard let job = history.liveJob, let progress = running[job.id] else { continue }
            let key = ScheduleKey(integration: name, direction: job.direction)
            text.sample("ferry_running_job_records", Self.labels(key), progress.read)
        }
    }

    private func addIntegrations(_ histories: [String: IntegrationHistory], to text: inout MetricsText) {
        let entries = parts.registry.all
        let now = parts.clock.now
        text.family("ferry_integration_enabled", .gauge, "Whether an integration is on: 0 if it is paused or disabled.")
        for entry in entries {
            let isOn = entry.integration?.isEnabled == true && histories[entry.id]?.isPaused != true
            text.sample("ferry_integration_enabled", [("integration", entry.id)], isOn ? 1 : 0)
        }
        text.family("ferry_integration_config_errors", .gauge, "Errors in an integration's file.")
        for entry in entries {
            text.sample("ferry_integration_config_errors", [("integration", entry.id)], entry.problems.count)
        }
        text.family("ferry_quarantined_records", .gauge, "Records that were refused and are set aside now.")
        for entry in entries {
            let labels = [("integration", entry.id)]
            text.sample("ferry_quarantined_records", labels, histories[entry.id]?.quarantined ?? 0)
        }
        text.family(
            "ferry_last_success_timestamp_seconds",
            .gauge,
            "When a job of an integration last ended as succeeded or partial; 0 for never."
        )
        for entry in entries {
            let date = histories[entry.id]?.lastSyncAt?.timeIntervalSince1970 ?? 0
            text.sample("ferry_last_success_timestamp_seconds", [("integration", entry.id)], date)
        }
        let runs = supervisor.nextRuns.sorted {
            ($0.key.integration, $0.key.direction.rawValue) < ($1.key.integration, $1.key.direction.rawValue)
        }
        text.family("ferry_next_run_timestamp_seconds", .gauge, "When a schedule runs next.")
        for (key, date) in runs {
            text.sample("ferry_next_run_timestamp_seconds", Self.labels(key), date.timeIntervalSince1970)
        }
        text.family(
            "ferry_schedule_lag_seconds",
            .gauge,
            "How long a scheduled run has been due and has not begun; 0 when none is late."
        )
        for (key, date) in runs {
            var due = date
            if let job = histories[key.integration]?.liveJob, job.state == .queued, job.direction == key.direction {
                due = min(due, job.queuedAt)
            }
            text.sample("ferry_schedule_lag_seconds", Self.labels(key), max(now.timeIntervalSince(due), 0))
        }
    }

    private func addBudgets(to text: inout MetricsText) {
        let figures = parts.budgets.figures
        text.family("ferry_budget_requests", .gauge, "Requests that an account's budget allows in its period.")
        for figure in figures {
            text.sample("ferry_budget_requests", Self.labels(figure), figure.budget.requests)
        }
        text.family("ferry_budget_requests_left", .gauge, "Requests of an account's budget that could be made now.")
        for figure in figures {
            text.sample("ferry_budget_requests_left", Self.labels(figure), figure.left)
        }
    }

    private static func labels(_ key: ScheduleKey) -> MetricsText.Labels {
        [("integration", key.integration), ("direction", key.direction.rawValue)]
    }

    private static func labels(_ figure: BudgetFigure) -> MetricsText.Labels {
        [
            ("account", figure.account), ("budget", figure.budget.name),
            ("period_seconds", "\(Int((figure.budget.period / .seconds(1)).rounded(.up)))"),
        ]
    }
}
