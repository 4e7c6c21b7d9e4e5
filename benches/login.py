"""Prints the token of the benchmark's user in PocketBase: login.py URL."""

import json
import sys
import urllib.request

body = json.dumps({"identity": "seven@bench.example", "password": "benchmark-password"}).encode()
request = urllib.request.Request(
    f"{sys.argv[1]}/api/collections/users/auth-with-password", body, {"content-type": "application/json"}
)
print(json.load(urllib.request.urlopen(request))["token"])
