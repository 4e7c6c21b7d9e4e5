"""Fills Underpin's items through its own API: fill.py URL SECRET_KEY ROWS."""

import json
import sys
import urllib.request

URL, KEY, ROWS = sys.argv[1], sys.argv[2], int(sys.argv[3])
BATCH = 1000


def owner(index):
    return f"00000000-0000-4000-8000-{index % 100:012d}"


def post(table, rows):
    headers = {"apikey": KEY, "content-type": "application/json", "prefer": "return=minimal"}
    request = urllib.request.Request(f"{URL}/rest/v1/{table}", json.dumps(rows).encode(), headers, method="POST")
    urllib.request.urlopen(request).read()


def item(index):
    return {
        "owner": owner(index),
        "category": index % 50,
        "title": f"Item {index}",
        "body": f"Body {index} " + "0" * 160,
        "price_minor": index * 37 % 100000 + 1,
        "status": "draft" if index % 11 == 0 else "active",
        "created_at": "2026-01-01T00:00:00+00:00",
    }


TOPICS = ["lamp", "desk", "paper", "garden", "music", "river", "winter", "bread", "glass", "stone", "train", "cloud"]


def document(index):
    words = [TOPICS[(index * step) % 12] for step in (5, 7, 11)] * 10
    return {"person": owner(index), "title": f"Document {index}", "body": f"topic{index % 100} subject{index % 1000} " + " ".join(words)}


post("people", [{"id": owner(index), "name": f"Person {index}"} for index in range(100)])
for start in range(1, ROWS + 1, BATCH):
    post("items", [item(index) for index in range(start, min(start + BATCH, ROWS + 1))])
for start in range(1, ROWS + 1, BATCH):
    post("documents", [document(index) for index in range(start, min(start + BATCH, ROWS + 1))])
