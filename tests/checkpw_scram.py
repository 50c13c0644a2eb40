# SPDX-License-Identifier: ISC
"""Plays pop3-login and its client for checkpw's sake: SCRAM's two steps over descriptor 3 and the status
descriptor, each with whatever is wrong with it.

checkpw_scram.py USERS [NAME=VALUE...] [-- PROGRAM...]

    login, password     who logs in (joe, sesame)
    password2           the proof's password, if another
    plus                SCRAM-SHA-256-PLUS with this kind of channel binding, tls-exporter for instance
    exporter, endpoint  what the parent says of the connection, in hexadecimal digits (nothing)
    flag                the GS2 header's first part (n; p=... with plus)
    authzid             he acts for this one
    name                the login in client-first, if another than the parent's
    first, final        the whole message; {nonce} stands for the nonce
    binding             what c= holds before base64, if not the right thing
    nonce               is appended to the right one in client-final
    proof               if there, the proof has one bit wrong
    server-nonce        what the parent says it is
    go                  octets that let checkpw go on (1); 0: the client goes away
    step                if there, the first step is all

Prints each message of checkpw's and its exit code, and among them what the program prints.
"""
import base64
import hashlib
import hmac
import os
import socket
import subprocess
import sys

CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_NONCE = "abcdefghijklmnopqrstuvwx"


def mac(key, text):
    return hmac.new(key, text.encode(), "sha256").digest()


def in_base64(octets):
    return base64.b64encode(octets).decode()


def escape(name):
    return name.replace("=", "=3D").replace(",", "=2C")


class Verifier:
    """One checkpw, started with these fields."""

    def __init__(self, users, method, fields, program):
        self.status, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        record, fill = os.pipe()
        os.write(fill, b"".join(os.fsencode(field) + b"\0" for field in fields))
        os.close(fill)
        os.dup2(record, 3)
        os.close(record)
        environment = dict(os.environ, POP3_AUTH=method, POP3_STATUS_FD=str(its.fileno()))
        self.process = subprocess.Popen(["checkpw", "-f", users] + program, env=environment,
                                        pass_fds=(3, its.fileno()), stdin=subprocess.DEVNULL)
        its.close()

    def hear(self):
        return self.status.recv(4096).decode()

    def end(self):
        return self.process.wait(timeout=20)


def main():
    os.dup2(os.open(os.devnull, os.O_RDONLY), 3)  # nothing else may get that number
    arguments, program = sys.argv[2:], ["true"]
    if "--" in arguments:
        split = arguments.index("--")
        arguments, program = arguments[:split], arguments[split + 1:]
    ask = dict(argument.split("=", 1) for argument in arguments)
    login, password, plus = ask.get("login", "joe"), ask.get("password", "sesame"), ask.get("plus", "")
    channel = {"tls-exporter": ask.get("exporter", ""), "tls-server-end-point": ask.get("endpoint", "")}
    server_nonce = ask.get("server-nonce", SERVER_NONCE)

    authzid = "a=" + escape(ask["authzid"]) if "authzid" in ask else ""
    header = ask.get("flag", "p=" + plus if plus else "n") + f",{authzid},"
    bare = f"n={escape(ask.get('name', login))},r={CLIENT_NONCE}"
    first = ask.get("first", header + bare).replace("{nonce}", CLIENT_NONCE)

    def start(final):
        return Verifier(sys.argv[1], "scram-sha-256-plus" if plus else "scram-sha-256",
                        [login, final, server_nonce, first, *channel.values()], program)

    verifier = start("")
    answer = verifier.hear()
    print("1", answer or "silence", "exit", verifier.end(), flush=True)
    if answer[:1] != "=" or "step" in ask:
        return
    server_first = answer[1:]
    parts = dict(part.split("=", 1) for part in server_first.split(","))
    assert parts["r"] == CLIENT_NONCE + server_nonce

    bound = header.encode() + bytes.fromhex(channel.get(plus, ""))
    if "binding" in ask:
        bound = ask["binding"].encode()
    without_proof = f"c={in_base64(bound)},r={parts['r']}{ask.get('nonce', '')}"
    message = f"{bare},{server_first},{without_proof}"
    salted = hashlib.pbkdf2_hmac("sha256", ask.get("password2", password).encode(),
                                 base64.b64decode(parts["s"]), int(parts["i"]))
    client_key = mac(salted, "Client Key")
    signature = mac(hashlib.sha256(client_key).digest(), message)
    proof = bytearray(a ^ b for a, b in zip(client_key, signature))
    proof[31] ^= "proof" in ask
    final = ask.get("final", f"{without_proof},p={in_base64(proof)}").replace("{nonce}", parts["r"])

    verifier = start(final)
    answer = verifier.hear()
    if answer[:1] == "=":
        good = "=v=" + in_base64(mac(mac(salted, "Server Key"), message))
        print("2", "right signature" if answer == good else "wrong signature", flush=True)
        go = int(ask.get("go", 1))
        if go:
            verifier.status.send(b"+" * go)
        else:
            verifier.status.shutdown(socket.SHUT_WR)
        answer = verifier.hear()
    print("2", answer or "silence", "exit", verifier.end(), flush=True)


main()
