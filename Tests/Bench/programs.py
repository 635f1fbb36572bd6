"""The programs that `make bench` measures, and how they are run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from daemon import Daemon
from shop import BIN, HERE, INTEGRATION, PULL, PUSH, WORK, mappings

PACKAGES = ["requests==2.32.5", "orjson==3.11.4", "cmarkgfm==2024.11.20"]


def build_floor():
    binary, source = WORK / "floor", HERE / "floor.cpp"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        compiler = shutil.which("g++") or shutil.which("clang++") or sys.exit("There is no C++ compiler: install g++.")
        subprocess.run(
            [compiler, "-O3", "-std=c++20", "-o", binary, source, "-lcurl", "-lsqlite3", "-lmd4c", "-lpthread"],
            check=True,
        )
    return binary


def install_python():
    """The interpreter of an environment with the packages; `None`, with a word about it, when they cannot be had."""
    home = WORK / "python"
    stamp = home / "installed.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(PACKAGES):
        made = subprocess.run([sys.executable, "-m", "venv", home], capture_output=True).returncode == 0
        pip = [home / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--timeout=10", "--retries=1"]
        if not made or subprocess.run([*pip, *PACKAGES], capture_output=True).returncode != 0:
            print("The Python program is left out: its packages could not be installed.", flush=True)
            return None
        stamp.write_text("\n".join(PACKAGES))
    return home / "bin/python"


class Floor:
    def __init__(self, binary, name="floor"):
        self.name, self.command = name, [binary]

    def prepare(self, directory, service):
        self.directory = directory

    def arguments(self, direction, service):
        collection = "products" if direction == "pull" else "catalog"
        return [
            *self.command, direction, service.url(collection), service.key(collection), self.database(direction),
            WORK / "slugs.tsv",
        ]

    def database(self, direction):
        return self.directory / f"{direction}.db"

    def counts(self, output):
        return json.loads(output)

    def pull_all(self, directory, service, tables):
        """Pulls the same rows into so many tables of their own, two at a time; tells where these are."""
        databases = [directory / f"{number}.db" for number in range(tables)]
        with Together() as together, ThreadPoolExecutor(2) as pool:
            together.add(*pool.map(Run, self.commands(service, databases)))
        return together, [(database, "product") for database in databases]

    def commands(self, service, databases):
        command = [*self.command, "pull", service.url("products"), service.key("products")]
        return [[*command, database, WORK / "slugs.tsv"] for database in databases]


class Peer(Floor):
    def __init__(self, python):
        self.name, self.command = "python", [python, HERE / "peer.py"]

    def commands(self, service, databases):
        # One program for half of the tables each: an interpreter's start is not what is measured.
        half = len(databases) // 2
        command = [*self.command, "pull", service.url("products"), service.key("products")]
        return [[*command, part[0], WORK / "slugs.tsv", *part[1:]] for part in (databases[:half], databases[half:])]


class Ferry:
    name = "ferry"

    def prepare(self, directory, service):
        self.directory = directory
        config = directory / "config"
        (config / "integrations").mkdir(parents=True)
        (config / "ferry.yaml").write_text(f"stores:\n  shop: {{ type: sqlite, path: {directory}/push.db }}\n")
        for direction, store, collection, columns in (
            ("pull", "main", "products", PULL), ("push", "shop", "catalog", PUSH)
        ):
            text = INTEGRATION.format(
                store=store, port=service.port, collection=collection, direction=direction,
                mappings=mappings(columns),
            )
            (config / f"integrations/{direction}.yaml").write_text(text)

    def arguments(self, direction, service):
        os.environ["FERRY_BENCH_KEY"] = service.key("products" if direction == "pull" else "catalog")
        return [
            BIN / "ferryd", "once", "--config", self.directory / "config", "--state", self.directory / "state",
            direction, f"--{direction}", "--json",
        ]

    def database(self, direction):
        return self.directory / ("state/store.db" if direction == "pull" else "push.db")

    def counts(self, output):
        progress = json.loads(output)["job"]["progress"]
        changed = progress["created"] + progress["updated"]
        return {"read": progress["read"], "written": changed, "sent": changed}


    def pull_all(self, directory, service, tables):
        """Pulls the same rows into so many tables with an integration each, all of them at once."""
        daemon = Daemon(directory, service, tables)
        try:
            with Together() as together:
                before = daemon.usage()[0]
                daemon.pull(service.rows)
                together.cpu = daemon.usage()[0] - before
            together.memory = daemon.close().ru_maxrss / 1024
        finally:
            daemon.close()
        return together, [(directory / "state/store.db", f"product_{number}") for number in range(tables)]


class Together:
    """How long what happens within takes, and what its runs take together; as memory counts that of the largest."""

    def __init__(self):
        self.cpu = self.memory = 0

    def __enter__(self):
        self.start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.start

    def add(self, *runs):
        for run in runs:
            self.cpu += run.cpu
            self.memory = max(self.memory, run.memory)


class Run:
    def __init__(self, command):
        with tempfile.TemporaryFile() as output:
            start = time.monotonic()
            process = subprocess.Popen(command, stdout=output)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            self.output = output.read().decode()
        if process.returncode != 0:
            sys.exit(f"{command[0]} ended with exit code {process.returncode}: {self.output}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


def write_slugs(service):
    """Which letters a slug has for each character that is no ASCII, as Ferry has them."""
    characters = set()
    for row in service.products():
        characters.update(c for c in row["data"]["product_name"] if not c.isascii())
    ordered = sorted(characters)
    lines = "".join(json.dumps({"transform": "slugify", "value": c}) + "\n" for c in ordered)
    run = subprocess.run(
        [BIN / "ferryctl", "transform", "--ndjson"], input=lines.encode(), stdout=subprocess.PIPE, check=False
    )
    with open(WORK / "slugs.tsv", "w", encoding="utf-8") as file:
        for character, line in zip(ordered, run.stdout.decode().splitlines(), strict=True):
            if slug := json.loads(line).get("value"):
                # Ideographs are words of their own.
                is_word = unicodedata.name(character, "").startswith("CJK UNIFIED")
                file.write(f"{character}\t{f'-{slug}-' if is_word else slug}\n")
