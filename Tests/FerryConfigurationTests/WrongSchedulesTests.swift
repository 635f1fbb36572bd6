import Testing

struct WrongSchedulesTests {
    static let files = [
        WrongFile(
            "a span that is none",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { every: 10 mins } }

                """,
            reports: """
                integrations/a.yaml:14:31: error: 'every' is not a time span: unknown unit 'mins' [config.invalid_schedule]
                  hint: write it like 90s, 10m, 1h 30m or 2 weeks
                """
        ),
        WrongFile(
            "a span that is too short",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { every: 10ms } }

                """,
            reports: "integrations/a.yaml:14:28: error: 'every' must be at least one second [config.invalid_schedule]"
        ),
        WrongFile(
            "a cron expression with a wrong field",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { cron: '0 25 * * *' } }

                """,
            reports: """
                integrations/a.yaml:14:30: error: 'cron' is not a cron expression: '25' does not fit the hour: it goes from 0 to 23 [config.invalid_schedule]
                  hint: the fields are minute, hour, day of the month, month and day of the week
                """
        ),
        WrongFile(
            "a calendar expression with a wrong time",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule:
                  pull: { calendar: "Mon..Fri 02:60" }

                """,
            reports: """
                integrations/a.yaml:15:34: error: 'calendar' is not a calendar expression: the minute goes from 0 to 59 [config.invalid_schedule]
                  hint: weekdays, date and time, such as 'Mon..Fri 02:00' or '*-*-01 03:30:00'
                """
        ),
        WrongFile(
            "a calendar expression that never comes",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { calendar: "*-2-30" } }

                """,
            reports: """
                integrations/a.yaml:14:31: error: 'calendar' never comes: no year has such a date [config.invalid_schedule]
                  hint: it means *-02-30 00:00:00
                """
        ),
        WrongFile(
            "a calendar expression and a key that both name a time zone",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { calendar: "02:00 UTC", timezone: Europe/Berlin } }

                """,
            reports: """
                integrations/a.yaml:14:44: error: 'calendar' names a time zone already: UTC [config.invalid_schedule]
                  hint: keep one of the two
                """
        ),
        WrongFile(
            "two timings",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { every: 10m, cron: '@daily' } }

                """,
            reports: """
                integrations/a.yaml:14:33: error: 'pull' says both 'every' and 'cron' [config.invalid_schedule]
                  hint: keep one of the two
                """
        ),
        WrongFile(
            "no timing",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { jitter: 1m } }

                """,
            reports: """
                integrations/a.yaml:14:19: error: 'pull' does not say when [config.invalid_schedule]
                  hint: add 'every: 10m', 'calendar: "Mon..Fri 02:00"' or 'cron: "*/15 * * * *"'
                """
        ),
        WrongFile(
            "a time zone that is none",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { cron: '@daily', timezone: Europe/Berln } }

                """,
            reports: """
                integrations/a.yaml:14:47: error: there is no time zone 'Europe/Berln' [config.invalid_schedule]
                  hint: use a name of the tz database, such as Europe/Berlin or UTC
                """
        ),
        WrongFile(
            "an unknown word for missed runs",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { every: 1h, catch_up: never } }

                """,
            reports: """
                integrations/a.yaml:14:42: error: 'catch_up' cannot be 'never' [config.invalid_value]
                  hint: it can be: one, none, all
                """
        ),
        WrongFile(
            "a direction that does not exist",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pul: { every: 1h } }

                """,
            reports: """
                integrations/a.yaml:14:13: error: unknown key 'pul' [config.unknown_key]
                  hint: did you mean 'pull'?
                """
        ),
        WrongFile(
            "a pull of a query",
            text: """
                type: dynamic_table
                config:
                  plugin_host: https://plugins.example.com
                  agent_id: agent-123
                  configuration_id: config-456
                  collection_id: collection-789
                  primary_key: sku
                  key: { env: KEY }
                entities:
                  - type: product
                    resource: rows
                    query: SELECT 1 AS sku
                    field_mappings:
                      - { source: fields.sku, target: sku }
                schedule: { pull: { every: 1h } }

                """,
            reports: """
                integrations/a.yaml:15:19: error: the pull schedule can never run: a query can only be pushed [config.direction_unsupported]
                  hint: remove 'schedule.pull'
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .integrations) == file.reports)
    }
}
