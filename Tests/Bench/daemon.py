"""Measures a daemon with 100 integrations, at rest and asked while all of them run, and one that is asked while it pulls."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from shop import BIN, INTEGRATION, PULL, Service, mappings


class Daemon:
    """A `ferryd` with so many integrations, each with a table of its own."""

    def __init__(self, directory, service, integrations):
        self.integrations = integrations
        config = directory / "config"
        (config / "integrations").mkdir(parents=True)
        (config / "ferry.yaml").write_text("log: { level: error }\n")
        for number in range(integrations):
            text = INTEGRATION.format(
                store="main", port=service.port, collection="products", direction="pull",
                mappings=mappings(PULL),
            )
            text = text.replace("type: product\n", f"type: product_{number}\n")
            # Not due while this runs: what has never run and has no time of day is due at once.
            text = text.replace("{ every: 1d }", '{ cron: "0 4 29 2 *" }')
            (config / f"integrations/shop-{number}.yaml").write_text(text)
        self.socket = directory / "ferry.sock"
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.bind(str(directory / "notify"))
        notices.settimeout(60)
        environment = {
            **os.environ, "FERRY_BENCH_KEY": service.key("products"), "NOTIFY_SOCKET": str(directory / "notify")
        }
        start = time.monotonic()
        self.process = subprocess.Popen(
            [BIN / "ferryd", "run", "--config", config, "--state", directory / "state", "--socket", self.socket],
            env=environment, stderr=subprocess.DEVNULL,
        )
        while b"READY=1" not in notices.recv(4096):
            pass
        self.ready = time.monotonic() - start
        notices.close()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.connect(str(self.socket))
        connection.request(method, "/api/v1" + path, body=None if body is None else json.dumps(body))
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status >= 300:
            sys.exit(f"{method} {path}: {answer}")
        return answer["data"]

    def pull(self, rows):
        """Pulls with all integrations at once, each so many new rows; how long that took, and each look at the status."""
        start = time.monotonic()
        waiting = {
            self.ask("POST", f"/integrations/shop-{number}/sync", {"direction": "pull"})["jobId"]
            for number in range(self.integrations)
        }
        latencies = []
        while waiting:
            asked = time.monotonic()
            self.ask("GET", "/status")
            latencies.append(time.monotonic() - asked)
            time.sleep(0.01)
            # One at a time: this is no measure of how fast jobs are asked for.
            job = next(iter(waiting))
            state = self.ask("GET", f"/jobs/{job}")
            if state["state"] in ("succeeded", "partial", "failed", "cancelled"):
                if state["state"] != "succeeded" or state["progress"]["created"] != rows:
                    sys.exit(f"a pull of {rows:,} rows did not succeed: {state}")
                waiting.remove(job)
        return time.monotonic() - start, latencies

    def usage(self):
        """CPU seconds, resident MiB and how often each thread went to sleep by itself."""
        home = pathlib.Path(f"/proc/{self.process.pid}")
        fields = (home / "stat").read_text().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        resident = int((home / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        sleeps = {}
        for task in (home / "task").iterdir():
            try:
                status = (task / "status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue  # The thread has just ended.
            for line in status.splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    sleeps[task.name] = int(line.split()[1])
        return cpu, resident, sleeps

    def close(self):
        """Ends it; returns the kernel's figures for all of it, unless it has ended before."""
        if self.process.returncode is not None:
            return None
        self.process.terminate()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage


def measure_daemon(seconds):
    with tempfile.TemporaryDirectory(prefix="ferry-bench.") as directory:
        directory = pathlib.Path(directory)
        service, daemon = Service(1000, directory), None
        try:
            starts = []
            for start in range(5):
                if daemon:
                    daemon.close()
                home = directory / f"start-{start}"
                home.mkdir()
                daemon = Daemon(home, service, 100)
                starts.append(daemon.ready * 1000)
            print(f"\n100 integrations\n{'ready after, median and most of 5 starts':40}"
                  f"{sorted(starts)[2]:>10.0f} ms{max(starts):>8.0f} ms")
            # What the start has left is done by then.
            time.sleep(5)
            before = daemon.usage()
            time.sleep(seconds)
            cpu, resident, sleeps = daemon.usage()
            print(f"{'idle: memory':40}{resident:>10.1f} MiB")
            print(f"{'idle: CPU in an hour':40}{(cpu - before[0]) * 3600 / seconds:>10.1f} s")
            wakes = sum(sleeps[task] - before[2].get(task, 0) for task in sleeps)
            print(f"{'idle: wake-ups in a minute':40}{wakes * 60 / seconds:>10.1f}", flush=True)
            _, latencies = daemon.pull(1000)
            usage = daemon.close()
            print("a pull of 1,000 rows by each at once:")
            print_latencies(latencies)
            print(f"{'highest memory':40}{usage.ru_maxrss / 1024:>10.1f} MiB", flush=True)
        finally:
            if daemon:
                daemon.close()
            service.close()


def measure_answers(rows):
    """How fast the socket answers while one pull has the machine."""
    with tempfile.TemporaryDirectory(prefix="ferry-bench.") as directory:
        directory = pathlib.Path(directory)
        service, daemon = Service(rows, directory), None
        try:
            daemon = Daemon(directory, service, 1)
            took, latencies = daemon.pull(rows)
            print(f"\n{f'a pull of {rows:,} rows':40}{rows / took:>10,.0f} rows/s")
            print_latencies(latencies)
        finally:
            if daemon:
                daemon.close()
            service.close()


def print_latencies(latencies):
    ordered = sorted(latencies)
    print(f"{'status meanwhile, median and 99 %':40}{ordered[len(ordered) // 2] * 1000:>10.1f} ms"
          f"{ordered[len(ordered) * 99 // 100] * 1000:>8.1f} ms", flush=True)
