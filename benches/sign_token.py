"""Prints the token of the benchmark's user, signed with the given secret: sign_token.py SECRET."""

import base64
import hashlib
import hmac
import json
import sys
import time


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


now = int(time.time())
claims = {
    "sub": "00000000-0000-4000-8000-000000000007",
    "role": "authenticated",
    "aud": "authenticated",
    "iat": now,
    "exp": now + 3600,
}
signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
signature = hmac.new(sys.argv[1].encode(), signed, hashlib.sha256).digest()
print((signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode())
