# SPDX-License-Identifier: ISC
"""The ways to log in, as a client goes them: each gives the last reply, "+OK" only if all was well."""
import base64
import hashlib
import hmac
import re
import secrets

from world import Violation


def in_turn(client, commands):
    """The first reply that is no "+OK", or the last one."""
    for command in commands:
        reply = client.command(command)[0]
        if not reply.startswith("+OK"):
            break
    return reply


def by_pass(client, _, login, secret):
    return in_turn(client, [f"USER {login}", f"PASS {secret}"])


def by_apop(client, greeting, login, secret):
    stamp = re.search(r"<[^>]*>", greeting)[0]
    return in_turn(client, [f"APOP {login} {hashlib.md5((stamp + secret).encode()).hexdigest()}"])


def by_scram(client, _, login, secret):
    """RFC 5802 and 7677; the server has to prove itself, too."""
    def say(command):
        reply = client.command(command)[0]
        return reply, base64.b64decode(reply[2:]).decode() if reply.startswith("+ ") else None

    def encoded(text):
        return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()

    first = f"n={login},r={secrets.token_hex(8)}"
    reply, server_first = say("AUTH SCRAM-SHA-256 " + encoded("n,," + first))
    if server_first is None:
        return reply
    nonce, salt, count = re.fullmatch(r"r=([^,]*),s=([^,]*),i=(\d+)", server_first).groups()
    final = f"c={encoded('n,,')},r={nonce}"
    signed = f"{first},{server_first},{final}".encode()
    salted = hashlib.pbkdf2_hmac("sha256", secret.encode(), base64.b64decode(salt), int(count))
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(key, signature))
    reply, server_final = say(encoded(f"{final},p={encoded(proof)}"))
    if server_final is None:
        return reply
    if server_final != "v=" + encoded(hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256")):
        raise Violation("SCRAM: the server's proof is wrong")
    return client.command("")[0]


ways = {"pass": by_pass, "apop": by_apop, "scram": by_scram}
