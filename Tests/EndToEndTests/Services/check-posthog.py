"""Compares what Ferry sends to PostHog with what PostHog's own package sends for the same events, and has the package
send these to the sandbox.

Reads from standard input what was sent and what it says, and prints a line for each thing that is not as the package
has it:
{"sandbox": URL, "api_key": KEY, "requests": [{"method", "target", "headers": {...}, "body": BASE64}],
 "expected": [{"mode": "v0" or "v1", "gzip": BOOL, "events": [[{"call": NAME, ...arguments}, ...], ...]}]}
For each request there is one of "expected", and for each event in it the calls of the package that say the same.
"""

import base64
import gzip
import http.server
import json
import os
import re
import sys
import threading
import uuid
from datetime import datetime, timedelta

# The servers are on this machine.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

import posthog

# What Ferry leaves out on purpose, by place, and why.
LACKING = {
    "v0 sent_at": "events have the times of their rows, which a wrong clock here must not shift",
    "v0 batch[].properties.$lib_version": "an event that is sent again by a newer Ferry is still the same event",
    "v0 batch[$set].timestamp": "properties count from when they arrive",
    "v0 batch[$groupidentify].timestamp": "properties count from when they arrive",
}
# What Ferry says besides on purpose, by place, and why.
SAID_BESIDES = {"v1 historical_migration": "the package says it only where it is true; false is what it is then"}
# What Ferry calls otherwise on purpose, by place.
OTHERWISE = {"v0 batch[].properties.$lib": "ferry"}
# What the package says of the machine it runs on, which is not where the events happened.
MACHINE = {"$is_server", "$os", "$os_version", "$os_distro", "$python_runtime", "$python_version"}
# The headers that are part of the protocol.
HEADERS = re.compile("content-type|content-encoding|authorization|posthog-.*")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

findings = []
used = set()


def plain(request):
    body = request["body"]
    if request["headers"].get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return json.loads(body, object_pairs_hook=members)


def members(pairs):
    names = [name for name, _ in pairs]
    for name in set(names):
        if names.count(name) > 1:
            findings.append(f"'{name}' is there {names.count(name)} times")
    return dict(pairs)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Takes everything, and keeps it."""

    protocol_version = "HTTP/1.1"
    requests = []

    def do_POST(self):
        request = {
            "method": self.command,
            "target": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(int(self.headers["Content-Length"])),
        }
        self.requests.append(request)
        results = {event["uuid"]: {"result": "ok"} for event in plain(request)["batch"]}
        answer = json.dumps({"status": "Ok", "results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


def send(host, expected, uuids):
    """Has the package say what is expected, in one request."""
    calls = [(dict(call), event) for calls, event in zip(expected["events"], uuids) for call in calls]
    client = posthog.Posthog(
        given["api_key"],
        host=host,
        gzip=expected["gzip"],
        capture_mode=expected["mode"],
        flush_at=len(calls),
        flush_interval=30,
        max_retries=0,
        on_error=lambda error, _: findings.append(f"{host} refuses the package: {error}"),
    )
    for call, event in calls:
        if getattr(client, call.pop("call"))(**call, uuid=event) != event:
            findings.append(f"the package does not take {call}")
    client.shutdown()


def combined(events):
    """One event that says what several say: the package has a person's properties beside an event's, which the newer
    endpoint has inside them; the older one takes both."""
    event = dict(events[0])
    event["properties"] = dict(event["properties"])
    for other in events:
        for name in ("$set", "$set_once"):
            if name in other:
                event["properties"][name] = other[name]
                event.pop(name, None)
    return event


def is_on_purpose(table, place):
    for known in (place, re.sub(r"\[[^\]]+\]", "[]", place)):
        if known in table:
            used.add(known)
            return True
    return False


def compare_time(ours, theirs, place, is_now):
    for value in (ours, theirs):
        if not isinstance(value, str) or not RFC3339.fullmatch(value):
            findings.append(f"{place}: {value!r} is no time as in RFC 3339")
            return
    ours, theirs = (datetime.fromisoformat(value.replace("Z", "+00:00")) for value in (ours, theirs))
    if ours.utcoffset() != timedelta(0):
        findings.append(f"{place}: not in UTC")
    if ours != theirs and not is_now:
        findings.append(f"{place}: {ours}, not {theirs}")


def compare(ours, theirs, place):
    if re.fullmatch(r"v\d (batch\[.*\]\.timestamp|created_at)", place):
        compare_time(ours, theirs, place, is_now=place.endswith("created_at"))
    elif isinstance(theirs, dict) and isinstance(ours, dict):
        separator = "" if place.endswith(" ") else "."
        for name in theirs:
            inner = f"{place}{separator}{name}"
            if name in ours:
                compare(ours[name], theirs[name], inner)
            elif name not in MACHINE and not is_on_purpose(LACKING, inner):
                findings.append(f"{inner}: the package has it: {theirs[name]!r}")
        for name in ours:
            inner = f"{place}{separator}{name}"
            if name not in theirs and not is_on_purpose(SAID_BESIDES, inner):
                findings.append(f"{inner}: the package lacks it: {ours[name]!r}")
    elif is_on_purpose(OTHERWISE, place):
        if ours != OTHERWISE[re.sub(r"\[[^\]]+\]", "[]", place)]:
            findings.append(f"{place}: {ours!r}")
    elif isinstance(theirs, (int, float)) and isinstance(ours, (int, float)):
        if ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
            findings.append(f"{place}: {ours!r}, not {theirs!r}")
    elif type(ours) is not type(theirs) or ours != theirs:
        findings.append(f"{place}: {ours!r}, not {theirs!r}")


def form(value):
    """What kind of value a header has."""
    for name, pattern in (
        ("a UUID", r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        ("a number", r"\d+"),
        ("a time", RFC3339.pattern),
        ("a name and a version", r"[\w.-]+/[\w.]+"),
    ):
        # 'application/json' is a value of its own.
        if value != "application/json" and re.fullmatch(pattern, value):
            return name
    return value


def compare_headers(ours, theirs, place):
    ours, theirs = (
        {name: form(value) for name, value in headers.items() if HEADERS.fullmatch(name)} for headers in (ours, theirs)
    )
    if ours != theirs:
        findings.append(f"{place}: the headers are {ours}, not {theirs}")


def compare_request(ours, expected):
    place = f"{expected['mode']} "
    body = plain(ours)
    uuids = []
    for event in body["batch"]:
        try:
            uuids.append(str(uuid.UUID(event["uuid"])))
        except (KeyError, ValueError):
            findings.append(f"{place}batch[{event.get('event')}]: there is no UUID: {event}")
            uuids.append(str(uuid.uuid4()))
    if len(uuids) != len(expected["events"]):
        findings.append(f"{place}batch: {len(uuids)} events, not {len(expected['events'])}")
        return
    Recorder.requests.clear()
    send(f"http://127.0.0.1:{recorder.server_port}", expected, uuids)
    if len(Recorder.requests) != 1:
        findings.append(f"the package sent {len(Recorder.requests)} requests")
        return
    theirs = Recorder.requests[0]
    for name in ("method", "target"):
        if ours[name] != theirs[name]:
            findings.append(f"{place}{ours[name]}, not {theirs[name]}")
    compare_headers(ours["headers"], theirs["headers"], place)
    other = plain(theirs)
    sent = iter(other.pop("batch"))
    for event, calls in zip(body.pop("batch"), expected["events"]):
        compare(event, combined([next(sent) for _ in calls]), f"{place}batch[{event.get('event')}]")
    compare(body, other, place)
    send(given["sandbox"], expected, uuids)


given = json.load(sys.stdin)
recorder = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=recorder.serve_forever, daemon=True).start()
if len(given["requests"]) != len(given["expected"]):
    findings.append(f"{len(given['requests'])} requests, not {len(given['expected'])}")
for request, expected in zip(given["requests"], given["expected"]):
    request["body"] = base64.b64decode(request["body"])
    compare_request(request, expected)
for place in [*LACKING, *SAID_BESIDES, *OTHERWISE]:
    if place not in used:
        findings.append(f"{place}: this does not differ any more")
print("\n".join(findings))
print(f"{len(given['requests'])} requests were compared", file=sys.stderr)
