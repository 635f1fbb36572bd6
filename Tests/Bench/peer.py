"""The work of a pull and of a push as a careful person writes it in Python, over two processes, for `make bench`.

  peer.py pull URL KEY DATABASE SLUGS [DATABASE...]
                                          pages of 1,000 into the table `product`, changed rows only, of each database
  peer.py push URL KEY DATABASE SLUGS     rows of `product` in bulk requests of 500, new and changed rows only
"""

import hashlib
import multiprocessing
import re
import sqlite3
import sys

import cmarkgfm
import orjson
import requests
from cmarkgfm.cmark import Options

PAGE, BATCH = 1000, 500
RUNS = re.compile(r"[^a-z0-9]+")


def slugger(path):
    table = {ord("'"): None}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            character, text = line.rstrip("\n").split("\t")
            table[ord(character)] = text
    return lambda text: RUNS.sub("-", text.translate(table).lower()).strip("-")


def html(text):
    return cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_GITHUB_PRE_LANG)


def session(key):
    made = requests.Session()
    made.headers.update({"X-Secret-Key": key, "Content-Type": "application/json"})
    return made


def opened(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    return database


def digest(value):
    return int.from_bytes(hashlib.blake2b(orjson.dumps(value), digest_size=8).digest(), "little", signed=True)


# Pull


def download(url, key, slugs, pages, known):
    """Reads pages, and maps those rows whose hash is not the one in the table."""
    slug, client, skip = slugger(slugs), session(key), 0
    while True:
        rows = orjson.loads(client.get(url, params={"skip": skip, "take": PAGE}).content)
        if not rows:
            break
        mapped = []
        for row in rows:
            data = row["data"]
            hashed = digest(data)
            if known.get(data["sku"]) == hashed:
                continue
            name = data["product_name"]
            mapped.append(
                (data["sku"], name, slug(name), data["category"].lower(), data["brand"], html(data["description"]),
                 data["price"], data["weight"], data["in_stock"], data["rating"], data["released_on"], data["email"],
                 data["phone"], hashed)
            )
        pages.send((len(rows), mapped))
        skip += PAGE
    pages.send(None)


def pull(url, key, path, slugs, *others):
    read = written = 0
    for path in (path, *others):
        counts = pull_into(path, url, key, slugs)
        read += counts[0]
        written += counts[1]
    print(orjson.dumps({"read": read, "written": written}).decode())


def pull_into(path, url, key, slugs):
    database = opened(path)
    database.execute(
        "CREATE TABLE IF NOT EXISTS product (sku TEXT PRIMARY KEY NOT NULL, name, slug, category, brand,"
        " description_html, price, weight, in_stock, rating, released_on, email, phone, hash INTEGER)"
    )
    known = dict(database.execute("SELECT sku, hash FROM product"))
    pages, sender = multiprocessing.Pipe(duplex=False)
    reader = multiprocessing.Process(target=download, args=(url, key, slugs, sender, known))
    reader.start()
    del known
    read = written = 0
    while (page := pages.recv()) is not None:
        read += page[0]
        written += len(page[1])
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO product VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", page[1])
        database.execute("COMMIT")
    reader.join()
    return read, written


# Push


def send(url, key, batches, results):
    """Sends batches, and tells which identifiers the rows have got."""
    client = session(key)
    while (batch := batches.recv()) is not None:
        is_update, rows, body = batch
        answer = client.request("PUT" if is_update else "POST", url + "/bulk", data=body)
        answer.raise_for_status()
        ids = None if is_update else [row["id"] for row in orjson.loads(answer.content)]
        results.send((rows, ids))
    results.send(None)


def push(url, key, path, slugs):
    slug, database = slugger(slugs), opened(path)
    database.execute(
        "CREATE TABLE IF NOT EXISTS pushed (row INTEGER PRIMARY KEY, id TEXT NOT NULL, hash INTEGER NOT NULL)"
    )
    known = {row: (remote, hashed) for row, remote, hashed in database.execute("SELECT row, id, hash FROM pushed")}
    batches, sender = multiprocessing.Pipe(duplex=False)
    results, teller = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=send, args=(url, key, batches, teller))
    process.start()
    read = sent = waiting = 0

    def settle():
        rows, ids = results.recv()
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "INSERT INTO pushed VALUES (?, ?, ?) ON CONFLICT (row) DO UPDATE SET hash = excluded.hash",
            [(row, known[row][0] if ids is None else ids[place], hashed) for place, (row, hashed) in enumerate(rows)],
        )
        database.execute("COMMIT")

    def flush(batch, is_update):
        nonlocal waiting
        if not batch:
            return
        body = orjson.dumps({"rows": [fields for _, fields in batch]})
        sender.send((is_update, [row for row, _ in batch], body))
        batch.clear()
        waiting += 1
        if waiting > 2:
            settle()
            waiting -= 1

    creates, updates = [], []
    rows = opened(path).execute(
        "SELECT rowid, sku, name, category, brand, description, price, weight, in_stock, rating, released_on, email,"
        " phone FROM product ORDER BY rowid"
    )
    for row in rows:
        read += 1
        hashed = digest(row[1:])
        before = known.get(row[0])
        if before and before[1] == hashed:
            continue
        sent += 1
        fields = {
            "sku": row[1], "product_name": row[2], "slug": slug(row[2]), "category": row[3].lower(), "brand": row[4],
            "description_html": html(row[5]), "price": row[6], "weight": row[7], "in_stock": bool(row[8]),
            "rating": row[9], "released_on": row[10], "email": row[11], "phone": row[12],
        }
        batch = updates if before else creates
        batch.append(((row[0], hashed), {"id": before[0], "data": fields} if before else fields))
        if len(batch) == BATCH:
            flush(batch, bool(before))
    flush(creates, False)
    flush(updates, True)
    sender.send(None)
    for _ in range(waiting):
        settle()
    process.join()
    print(orjson.dumps({"read": read, "sent": sent}).decode())


if __name__ == "__main__":
    {"pull": pull, "push": push}[sys.argv[1]](*sys.argv[2:])
