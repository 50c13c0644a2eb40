# SPDX-License-Identifier: ISC
"""A POP3 client for the tests: one step after the other, replies printed as they come.

chat.py PORT STEP...

TEXT                sends the line, and prints the whole reply
@apop LOGIN SECRET  sends APOP with the digest of the greeting's timestamp
@send OCTETS        sends them, \\r \\n \\0 \\xHH replaced, and reads nothing
@drip OCTETS        the same, each octet in a packet of its own
@read               prints a reply of one line
@every SECONDS TEXT sends the line again and again until the server closes
@took               prints the milliseconds since something was sent last, or the connection was made
@sleep SECONDS
@shut               says that nothing more will be sent: over TLS by close_notify
@fin                the same, without a word of TLS's
@tls                begins TLS, whoever the server is; as the first step before the greeting
@stls               sends STLS, and begins TLS if that is answered by +OK
@base64 OCTETS      sends them, as @send would, in base64 and as a line, and prints a reply of one line
@cram LOGIN SECRET  AUTH CRAM-MD5, and the response to the server's challenge
@certificate FILE   sends the certificate in there, with its key, when TLS begins
@end                prints what comes to the end, and "closed"; "without close_notify", if TLS lacks it
@from ADDRESS       connects from there; the first step
"""
import base64
import hashlib
import hmac
import os
import re
import socket
import ssl
import sys
import time

MULTILINE = re.compile(rb"(CAPA|AUTH|LIST|UIDL)$|(RETR|TOP) ", re.I)


def main():
    port, steps = int(sys.argv[1]), sys.argv[2:]
    source = None
    if steps and steps[0].startswith("@from "):
        source = (steps.pop(0).split()[1], 0)
    client = socket.create_connection(("127.0.0.1", port), 20, source)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    replies = client.makefile("rb")
    sent = time.monotonic()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE

    def show(octets):
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()

    def send(octets):
        nonlocal sent
        sent = time.monotonic()
        client.sendall(octets)

    def command(line):
        send(line + b"\r\n")
        reply = replies.readline()
        show(reply)
        is_good = reply.startswith(b"+OK")
        if is_good and MULTILINE.match(line):
            while (part := replies.readline()) not in (b".\r\n", b""):
                show(part)
            show(part)
        return is_good

    def begin_tls():
        nonlocal client, replies
        client = tls.wrap_socket(client, suppress_ragged_eofs=False)
        replies = client.makefile("rb")

    def close_notify():
        """Where there is nothing to read: unwrap() takes what the server still says for an error."""
        ours, theirs = socket.socketpair()
        with socket.socket(fileno=os.dup(client.fileno())) as real:
            os.dup2(ours.fileno(), client.fileno())
            client.setblocking(False)
            try:
                client.unwrap()
            except ssl.SSLError:
                pass  # it wants to read the server's
            os.dup2(real.fileno(), client.fileno())
            client.settimeout(20)
            real.sendall(theirs.recv(4096))

    def rest():
        try:
            while part := replies.read1():
                show(part)
        except ssl.SSLZeroReturnError:
            pass  # the end too, where we have said it first
        except ssl.SSLError:
            show(b"without close_notify ")
        except ConnectionError:
            pass
        show(b"closed\n")

    while steps and steps[0].startswith(("@certificate ", "@tls")):
        step = steps.pop(0)
        if step == "@tls":
            begin_tls()
            break
        tls.load_cert_chain(step.split(" ", 1)[1])
    greeting = replies.readline()
    show(greeting)
    for step in steps:
        name, _, text = step.partition(" ")
        octets = b""
        if name[1:] in ("send", "drip", "base64"):
            octets = text.encode().decode("unicode_escape").encode("latin1")
        if name == "@apop":
            login, secret = text.split(" ", 1)
            stamp = greeting[greeting.index(b"<"):].rstrip()
            command(f"APOP {login} {hashlib.md5(stamp + secret.encode()).hexdigest()}".encode())
        elif name == "@send":
            send(octets)
        elif name == "@drip":
            for octet in octets:
                send(bytes([octet]))
        elif name == "@read":
            show(replies.readline())
        elif name == "@every":
            pause, line = text.split(" ", 1)
            started = time.monotonic()
            try:
                while True:
                    client.sendall(line.encode() + b"\r\n")
                    if not replies.readline():
                        break
                    time.sleep(float(pause))
            except ConnectionError:
                pass
            sent = started
        elif name == "@took":
            show(b"took %d ms\n" % ((time.monotonic() - sent) * 1000))
        elif name == "@base64":
            command(base64.b64encode(octets))
        elif name == "@cram":
            login, secret = text.split(" ", 1)
            send(b"AUTH CRAM-MD5\r\n")
            challenge = base64.b64decode(replies.readline()[2:])
            digest = hmac.new(secret.encode(), challenge, "md5").hexdigest()
            command(base64.b64encode(f"{login} {digest}".encode()))
        elif name == "@tls":
            begin_tls()
        elif name == "@stls":
            if command(b"STLS"):
                begin_tls()
        elif name == "@shut" and isinstance(client, ssl.SSLSocket):
            close_notify()
        elif name in ("@shut", "@fin"):
            socket.socket.shutdown(client, socket.SHUT_WR)
        elif name == "@end":
            rest()
        elif name == "@sleep":
            time.sleep(float(text))
        else:
            command(step.encode("latin1"))


main()
