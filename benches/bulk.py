"""Sends and fetches large bodies and tells what memory the server used meanwhile: bulk.py URL SECRET_KEY PROCESS_ID."""

import json
import sys
import threading
import urllib.request

URL, KEY, PROCESS = sys.argv[1], sys.argv[2], sys.argv[3]
MEGABYTE = 1_000_000


def memory():
    """Returns what the process holds itself, and that with the mapped pages of its files, in kibibytes."""
    with open(f"/proc/{PROCESS}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return tuple(int(fields[name].split()[0]) for name in ("RssAnon", "VmRSS"))


class Peak:
    """The most memory of the process while something runs."""

    def __enter__(self):
        self.most, self.over = memory(), threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.wait(0.002):
            self.most = tuple(map(max, self.most, memory()))

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def ask(method, path, body=None, headers=()):
    headers = {"apikey": KEY, **dict(headers)}
    return urllib.request.urlopen(urllib.request.Request(f"{URL}/rest/v1/{path}", body, headers, method=method))


def row(index):
    return {"person": f"00000000-0000-4000-8000-{index % 100:012d}", "title": f"Row {index}", "body": "x" * 400}


def tell(name, peak, idle):
    anonymous, resident = ((most - before) / 1024 for most, before in zip(peak.most, idle))
    print(f"| {name} | {anonymous:.1f} | {resident:.1f} |")


ask("POST", "people", json.dumps([{"id": row(index)["person"], "name": "Person"} for index in range(100)]).encode(),
    {"content-type": "application/json"}).read()
idle = memory()
print("| what | memory above idle, MiB | with mapped pages of the database, MiB |\n|---|---:|---:|")

rows = []
while sum(map(len, rows)) + len(rows) < 50 * MEGABYTE:
    rows.extend(json.dumps(row(len(rows) + index)) for index in range(1000))
body = ("[" + ",".join(rows) + "]").encode()
with Peak() as peak:
    ask("POST", "plain", body, {"content-type": "application/json", "prefer": "return=minimal"}).read()
tell(f"{len(body) / MEGABYTE:.0f} MB of JSON, {len(rows):,} rows inserted", peak, idle)
del body, rows

lines = "\n".join(f"{row(index)['person']},Row {index},{'y' * 400}" for index in range(100_000))
body = ("person,title,body\n" + lines).encode()
with Peak() as peak:
    ask("POST", "plain", body, {"content-type": "text/csv"}).read()
tell(f"{len(body) / MEGABYTE:.0f} MB of CSV, 100,000 rows inserted", peak, idle)
del body, lines

small = json.dumps([{**row(index), "body": "z" * 40} for index in range(50_000)]).encode()
held = int(ask("HEAD", "plain", headers={"prefer": "count=exact"}).headers["content-range"].split("/")[1])
while held < 1_000_000:
    ask("POST", "plain", small, {"content-type": "application/json", "prefer": "return=minimal"}).read()
    held += 50_000
for name, accept in (("CSV", "text/csv"), ("JSON", "application/json")):
    size = 0
    with Peak() as peak:
        answer = ask("GET", "plain?limit=1000000", headers={"accept": accept})
        while piece := answer.read(MEGABYTE):
            size += len(piece)
    told = answer.headers["content-range"]
    assert told == "0-999999/*", told
    tell(f"1,000,000 rows as {size / MEGABYTE:.0f} MB of {name}", peak, idle)
