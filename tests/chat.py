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
@shut               says that nothing more will be sent
@end                prints what comes to the end, and "closed"
@from ADDRESS       connects from there; the first step
"""
import hashlib
import re
import socket
import sys
import time

MULTILINE = re.compile(rb"(CAPA|LIST|UIDL)$|(RETR|TOP) ", re.I)


def main():
    port, steps = int(sys.argv[1]), sys.argv[2:]
    source = None
    if steps and steps[0].startswith("@from "):
        source = (steps.pop(0).split()[1], 0)
    client = socket.create_connection(("127.0.0.1", port), 20, source)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    replies = client.makefile("rb")
    sent = time.monotonic()

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
        if reply.startswith(b"+OK") and MULTILINE.match(line):
            while (part := replies.readline()) not in (b".\r\n", b""):
                show(part)
            show(part)

    def rest():
        try:
            show(replies.read())
        except ConnectionError:
            pass
        show(b"closed\n")

    greeting = replies.readline()
    show(greeting)
    for step in steps:
        name, _, text = step.partition(" ")
        octets = text.encode().decode("unicode_escape").encode("latin1") if name[1:] in ("send", "drip") else b""
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
        elif name == "@shut":
            client.shutdown(socket.SHUT_WR)
        elif name == "@end":
            rest()
        elif name == "@sleep":
            time.sleep(float(text))
        else:
            command(step.encode("latin1"))


main()
