#!/usr/bin/env python3
"""Writes CronTable.swift: when cronsim, an implementation of its own of Debian's cron, runs jobs on the days on which
clocks are set.

    python3 -m venv cron && cron/bin/pip install cronsim==2.8
    cron/bin/python generate-cron-table.py > CronTable.swift

The days are all over, so that no later edition of the tz database changes them.

What is left out, because cronsim 2.8 is wrong there: jobs that follow the clock, with `*` in the minute or the hour,
where it is set by something else than whole hours (it goes on by the hour, so that `* 4 * * *` begins at 04:30) or where
a whole day does not exist (it runs them at the end of that day, whether they match or not).
"""

import datetime
import zoneinfo

import cronsim

FIXED = [
    "30 2 * * *",
    "15 2 * * sun",
    "45 1 * * *",
    "0 0 * * *",
    "0 3 * * *",
    "20,40 0-3 * * *",
    "0,30 1-2,23 * * *",
    "5 23 * * 6,7",
    "10 2 1-31/2 * mon",
    "59 1,2 * * *",
    "30 2 29-31 3,10,12 *",
    "15 1 21 8 *",
    "15 0 * * fri",
]
FOLLOWING = ["*/20 2 * * *", "30 */2 * * *", "5 * * * *", "*/45 1-2 * * *", "* 2 * * 0", "30 */3 * * sun"]

# A zone, and shortly before its clocks are set: forward, then back.
STARTS = [
    ("Europe/Berlin", "2025-03-29T12", "2025-10-25T12"),
    ("America/New_York", "2025-03-08T18", "2025-11-01T18"),
    ("Australia/Lord_Howe", "2024-10-05T06", "2025-04-05T06"),  # half an hour
    ("Asia/Beirut", "2025-03-29T12", "2024-10-26T12"),  # at midnight
    ("America/Sao_Paulo", "2018-11-03T12", "2018-02-17T12"),  # at midnight
    ("America/St_Johns", "2010-03-13T12", "2010-11-06T12"),  # at one minute past midnight
    ("Africa/Casablanca", "2024-04-13T12", "2024-03-09T12"),  # Ramadan
    ("Europe/Dublin", "2025-03-29T12", "2024-10-26T12"),  # "daylight saving" in winter
    ("Antarctica/Troll", "2025-03-29T12", "2024-10-26T12"),  # two hours
    ("Pacific/Apia", "2011-12-29T02"),  # no 30 December, a Friday
    ("Pacific/Kwajalein", "1993-08-19T18"),  # no 21 August, a Saturday
]
FIXED_ONLY = {"Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Pacific/Kwajalein"}


def runs(expression, zone, start):
    begin = datetime.datetime.fromisoformat(start + ":00:00+00:00").astimezone(zoneinfo.ZoneInfo(zone))
    found = []
    for run in cronsim.CronSim(expression, begin):
        text = run.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M")
        # Several times of one gap make one run, which cronsim names once for each.
        if text not in found:
            found.append(text)
        if len(found) == 4:
            return found


print("// Written by generate-cron-table.py from the results of cronsim 2.8: do not change it by hand.\n")
print("/// Expressions, zones, instants before their clocks are set, and the next four runs, all instants in UTC.")
print('let cronTable = """')
for zone, *starts in STARTS:
    for start in starts:
        for expression in FIXED + ([] if zone in FIXED_ONLY else FOLLOWING):
            print(f"    {expression} | {zone} | {start}:00 | {' '.join(runs(expression, zone, start))}")
print('    """')
