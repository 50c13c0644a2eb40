# SPDX-License-Identifier: ISC
"""A client of SCRAM-SHA-256 and of its -PLUS, which does as it is told, right or wrong.

scram.py PORT LOGIN PASSWORD [NAME=VALUE...] [COMMAND...]

Prints the last reply, and "server proved itself" if it did; then what the server says to the
COMMANDs. Values that it knows:

tls=stls|implicit      TLS first
mechanism=NAME         default SCRAM-SHA-256, with a p= in gs2 its -PLUS
gs2=TEXT               the GS2 header, default "n,,"
binding=HEX            the channel's data, default what gs2 asks for: tls-server-end-point
channel=TEXT           client-final's c= in base64, in place of what it should be
name=TEXT              the name as it stands in the message, in place of LOGIN with its escapes
nonce=TEXT             client-final's, in place of the server's
more=TEXT              stands behind that nonce
proof=TEXT             client-final's, in place of what it should be
extra=TEXT             stands behind the nonce of client-first, and of client-final
first=TEXT final=TEXT  the whole messages
asked=1                the first message is sent when the server asks for it, not with AUTH
stop=1|2|3             "*" in place of the first message, the last one, the acknowledgement
gone=1|2|3             hangs up there
"""
import base64
import hashlib
import hmac
import re
import secrets
import socket
import ssl
import sys


def b64(octets):
    return base64.b64encode(octets).decode()


class Client:
    def __init__(self, port, tls):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.certificate = b""
        if tls == "implicit":
            self.begin_tls()
        self.replies = self.socket.makefile("rb")
        self.read()
        if tls == "stls":
            assert self.ask("STLS").startswith("+OK")
            self.begin_tls()
            self.replies = self.socket.makefile("rb")

    def begin_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.certificate = self.socket.getpeercert(True)

    def read(self):
        return self.replies.readline().decode().rstrip("\r\n")

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.read()


def main():
    port, login, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    settings = dict(a.split("=", 1) for a in sys.argv[4:] if re.match(r"[a-z0-9]+=", a))
    commands = [a for a in sys.argv[4:] if not re.match(r"[a-z0-9]+=", a)]
    get = settings.get
    client = Client(port, get("tls"))
    gs2 = get("gs2", "n,,")
    mechanism = get("mechanism", "SCRAM-SHA-256" + ("-PLUS" if gs2.startswith("p=") else ""))
    extra = get("extra", "")

    def step(number, line):
        if get("gone") == str(number):
            sys.exit(0)
        reply = client.ask("*" if get("stop") == str(number) else line)
        if reply.startswith("+ "):
            return base64.b64decode(reply[2:]).decode()
        print(reply)
        follow()

    def follow():
        for line in commands:
            print(client.ask(line))
        sys.exit(0)

    name = get("name", login.replace("=", "=3D").replace(",", "=2C"))
    bare = f"n={name},r={b64(secrets.token_bytes(18))}{extra}"
    first = get("first", gs2 + bare)
    if get("asked"):
        assert client.ask("AUTH " + mechanism) == "+ "
        challenge = step(1, b64(first.encode()))
    else:
        challenge = step(1, f"AUTH {mechanism} {b64(first.encode())}")
    answer = dict(part.split("=", 1) for part in challenge.split(","))
    assert answer["r"].startswith(re.search("r=([^,]*)", bare)[1]) and len(answer["r"]) > 24 + 18
    assert int(answer["i"]) >= 4096

    data = b""
    if gs2.startswith("p="):
        data = bytes.fromhex(get("binding", hashlib.sha256(client.certificate).hexdigest()))
    channel = get("channel", b64(gs2.encode() + data))
    nonce = get("nonce", answer["r"]) + get("more", "")
    without_proof = f"c={channel},r={nonce}{extra}"
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(answer["s"]), int(answer["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    message = f"{bare},{challenge},{without_proof}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), message, "sha256")
    proof = get("proof", b64(bytes(a ^ b for a, b in zip(client_key, signature))))

    last = step(2, b64(get("final", f"{without_proof},p={proof}").encode()))
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    if last == "v=" + b64(hmac.digest(server_key, message, "sha256")):
        print("server proved itself")
    step(3, "")


main()
