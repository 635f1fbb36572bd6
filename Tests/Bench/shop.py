"""What `make bench` moves: products at a service, and in a local table."""

import contextlib
import hashlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = pathlib.Path(os.environ.get("FERRY_BIN", ROOT / ".build/release")).resolve()
WORK = ROOT / ".build/bench"

INTEGRATION = """
type: dynamic_table
store: {store}
config:
  plugin_host: http://127.0.0.1:{port}
  agent_id: agent-demo
  configuration_id: config-demo
  collection_id: {collection}
  primary_key: sku
  page_size: 1000
  batch_size: 500
  key: {{ env: FERRY_BENCH_KEY }}
schedule:
  {direction}: {{ every: 1d }}
entities:
  - type: product
    resource: rows
    key: sku
    field_mappings:
{mappings}
"""

# Local column, remote column of the service's products, transform.
PULL = [
    ("sku", "sku", None), ("name", "product_name", None), ("slug", "product_name", "slugify"),
    ("category", "category", "lowercase"), ("brand", "brand", None),
    ("description_html", "description", "markdown_to_html"), ("price", "price", None), ("weight", "weight", None),
    ("in_stock", "in_stock", None), ("rating", "rating", None), ("released_on", "released_on", None),
    ("email", "email", None), ("phone", "phone", None),
]

# Local column, column of the service's catalog, transform.
PUSH = [
    ("sku", "sku", None), ("name", "product_name", None), ("name", "slug", "slugify"),
    ("category", "category", "lowercase"), ("brand", "brand", None),
    ("description", "description_html", "markdown_to_html"), ("price", "price", None), ("weight", "weight", None),
    ("in_stock", "in_stock", None), ("rating", "rating", None), ("released_on", "released_on", None),
    ("email", "email", None), ("phone", "phone", None),
]


def mappings(columns):
    """The lines of an integration's `field_mappings`."""
    return "".join(
        f"      - {{ source: fields.{source}, target: {target}"
        + (f", transform: {transform} }}\n" if transform else " }\n")
        for source, target, transform in columns
    )


class Service:
    """A sandbox with so many products, and an empty catalog of the same columns as what is pushed."""

    def __init__(self, rows, directory, rising=False):
        self.rows = rows
        ready = directory / "port"
        self.process = subprocess.Popen(
            [BIN / "ferry-sandbox", "--port", "0", "--services", "dynamic_table", "--rows", str(rows), "--quiet",
             "--ready-file", ready, *(["--rising-keys"] if rising else [])]
        )
        deadline = time.monotonic() + 300
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit("ferry-sandbox did not start.")
            time.sleep(0.05)
        self.port = int(ready.read_text())

    def close(self):
        self.process.terminate()
        self.process.wait()

    def url(self, collection):
        return f"http://127.0.0.1:{self.port}/api/dynamic-table/integration/agent-demo/config-demo/{collection}"

    def key(self, collection):
        return f"demo-{collection}-primary"

    def ask(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_sandbox{path}", data=None if body is None else json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.loads(answer.read() or b"null")

    def products(self):
        skip = 0
        while True:
            request = urllib.request.Request(
                f"{self.url('products')}?skip={skip}&take=1000", headers={"X-Secret-Key": self.key("products")}
            )
            with urllib.request.urlopen(request, timeout=600) as answer:
                rows = json.load(answer)
            if not rows:
                return
            yield from rows
            skip += len(rows)

    def state(self):
        state = self.ask("/state?collection=catalog")
        return f"{state['count']} {state['digest']}"

    def clear(self):
        self.ask("/edit", {"collection": "catalog", "deleteFirst": 2_000_000})


def make_shop(path, service):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(
            "CREATE TABLE product (sku TEXT PRIMARY KEY NOT NULL, name TEXT, category TEXT, brand TEXT,"
            " description TEXT, price NUMERIC, weight NUMERIC, in_stock BOOLEAN, rating NUMERIC, released_on TEXT,"
            " email TEXT, phone TEXT)"
        )
        database.executemany(
            "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (tuple(row["data"].values()) for row in service.products()),
        )
        database.commit()


def change_shop(path, step):
    """Changes every row whose number `step` divides, and returns how many these are."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        changed = database.execute(
            "UPDATE product SET name = name || ' (new)', price = 1.25 WHERE rowid % ? = 0", (step,)
        ).rowcount
        database.commit()
        return changed


def change_products(service, step):
    """Changes one of every `step` records, and returns how many these are."""
    edits = []
    for index, row in enumerate(service.products()):
        if index % step:
            continue
        edits.append({"id": row["id"], "data": {"price": 1.25, "product_name": row["data"]["product_name"] + " (new)"}})
    for start in range(0, len(edits), 500):
        service.ask("/edit", {"collection": "products", "set": edits[start:start + 500]})
    return len(edits)


def digest(path, table="product"):
    """What a table of pulled products holds, numbers by their value."""
    names = ", ".join(name for name, _, _ in PULL)
    hashed = hashlib.sha256()
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for row in database.execute(f"SELECT {names} FROM {table} ORDER BY sku"):
            hashed.update(repr(tuple(float(v) if isinstance(v, int) else v for v in row)).encode())
    return hashed.hexdigest()
