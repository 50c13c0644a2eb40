# SPDX-License-Identifier: ISC
"""Makes JSON web tokens for tests, bad ones too.

jwt.py ALG KEY [-h HEADER] [-t TEXT | CLAIM=JSON...]

ALG is how it is signed: RS256, ES256, HS256 or none. HEADER, a text, is what the token says of
itself; without, {"alg": ALG, "typ": "JWT"}. The claims are good ones; CLAIM=JSON puts another one in
its place, CLAIM=- leaves it out; in JSON now+5 and now-5 are seconds after and before. TEXT is there
instead of claims.
"""
import base64
import getopt
import hashlib
import hmac
import json
import re
import subprocess
import sys
import time


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def openssl(key, signed):
    return subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed,
                          stdout=subprocess.PIPE, check=True).stdout


def raw(der):
    """r and s, 32 octets each, of an ECDSA signature in DER."""
    size = der[3]
    first, second = der[4:4 + size], der[6 + size:]
    return b"".join(number[-32:].rjust(32, b"\0") for number in (first, second))


def sign(alg, key, signed):
    if alg == "none":
        return b""
    if alg == "HS256":
        with open(key, "rb") as file:
            return hmac.digest(file.read().removesuffix(b"\n"), signed, hashlib.sha256)
    signature = openssl(key, signed)
    return raw(signature) if alg == "ES256" else signature


def make_claims(changes):
    now = int(time.time())
    claims = {"iss": "https://id.example.org", "aud": "pop3", "sub": "joe-17", "exp": now + 100, "iat": now}
    for change in changes:
        name, value = change.split("=", 1)
        if value == "-":
            del claims[name]
        else:
            claims[name] = json.loads(re.sub(r"now([+-]\d+)", lambda found: str(now + int(found[1])), value))
    return json.dumps(claims)


def main():
    alg, key = sys.argv[1:3]
    options, changes = getopt.getopt(sys.argv[3:], "h:t:")
    options = dict(options)
    header = options.get("-h", '{"alg": "%s", "typ": "JWT"}' % alg)
    claims = options.get("-t") if "-t" in options else make_claims(changes)
    signed = encode(header.encode()) + b"." + encode(claims.encode())
    print((signed + b"." + encode(sign(alg, key, signed))).decode())


main()
