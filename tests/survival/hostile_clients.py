# SPDX-License-Identifier: ISC
"""Clients that are slow, deaf or too many, or that speak no POP3."""
import random
import socket
import threading
import time

from connection import PATIENCE, trusting_context
from processes import pss_kib
from service import begin, check, scenario


# --- who is slow, and who does not listen -----------------------------------------------------

def send_until_closed(service, least, places, octets, pause):
    """To connections in each of the PLACES, until the service closes them, which takes it LEAST seconds; how much."""
    clients = [begin(service, where) for where in places]
    taken = 0
    while clients:
        time.sleep(pause)
        service.look()
        for client in list(clients):
            try:
                taken += client.socket.send(octets, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            except ConnectionError:
                service.takes(float(least))
                clients.remove(client)
        check(service.seconds() < PATIENCE, "still open:", clients)
    service.wait_until_idle()
    return taken


@scenario
def drip(service, least, *places):
    """An octet now and then, and never a whole line."""
    send_until_closed(service, least, places, b"N", 0.02)


@scenario
def endless_line(service, least, *places):
    """As many octets as the service takes, and never a whole line."""
    taken = send_until_closed(service, least, places, b"A" * (1 << 20), 0)
    service.notes.append(f"{taken >> 20} MiB taken")


@scenario
def deaf(service, where, least, tls="clear"):
    """Takes no answer: of a long message, or of commands without end."""
    client = service.connect(room=4096)
    if tls == "stls":
        client.line()
        check(client.command("STLS").startswith("+OK"), "no STLS")
        client.begin_tls(trusting_context())
        client.command("USER joe")
        check(client.command("PASS sesame").startswith("+OK"), "no login")
    elif where == "session":
        check(client.log_in().startswith("+OK"), "no login")
    if where == "session":
        client.send(b"RETR 1\r\n")
    else:
        client.line()  # or the service might not have begun
        client.socket.setblocking(False)
        try:
            while True:
                client.socket.send(b"NOOP\r\n" * 10000)
        except BlockingIOError:
            pass
    service.wait_until_idle()
    service.takes(float(least))


@scenario
def pipelined(service, where, count):
    """So many commands, sent without waiting for an answer; each gets its own."""
    client = begin(service, where)
    answers = {"login": [b"+OK"], "session": [b"+OK", b"+OK 1 5", b"-ERR no such message"]}[where]
    commands = [b"NOOP", b"LIST 1", b"DELE 9"][:len(answers)]
    rounds = int(count) // len(answers)

    def send():
        for _ in range(rounds // 1000):
            client.send(b"".join(command + b"\r\n" for command in commands) * 1000)

    sender = threading.Thread(target=send)
    sender.start()
    for i in range(rounds // 1000 * 1000 * len(answers)):
        line = client.replies.readline()
        check(line == answers[i % len(answers)] + b"\r\n", "answer", i, "is", line)
    sender.join()
    service.look()
    client.command("QUIT")
    service.wait_until_idle()
    service.notes.append(f"{int(rounds * len(answers) / service.seconds())} commands/s")


# --- floods -----------------------------------------------------------------------------------

def silent_crowd(service, count, source):
    """Connections that say nothing, some of them not accepted yet."""
    crowd = []
    for _ in range(count):
        client = socket.socket()
        client.setblocking(False)
        client.bind((source, 0))
        client.connect_ex(("127.0.0.1", service.port))
        crowd.append(client)
    return crowd


@scenario
def flood(service, count, room, limit):
    """COUNT silent connections of one address, which has ROOM, where tcpserver takes LIMIT. Another is served."""
    count, room, limit = int(count), int(room), int(limit)
    crowd = silent_crowd(service, count, "127.0.0.2")
    most = held = 0

    def is_full(processes):
        nonlocal most, held
        most = max(most, len(processes))
        held = max(held, sum(pss_kib(pid) for pid in processes))
        return len(processes) >= 2 * room

    service.look_until(is_full, "full")
    begin_s = time.monotonic()
    honest = service.connect()
    check(honest.log_in().startswith("+OK"), "the honest client has no login")
    service.notes.append(f"honest client served after {time.monotonic() - begin_s:.2f} s")
    is_full(service.look())
    honest.command("QUIT")
    for client in crowd:
        client.close()
    service.wait_until_idle()
    check(most <= 2 * limit + 1, most, "processes")  # the honest client has a verifier
    service.notes.append(f"{count} connections, at most {most} processes of {held} KiB")


@scenario
def tls_garbage(service, how, count):
    """What is no TLS, where a handshake is due: much of it, or the beginning of one and then nothing."""
    source = random.Random(int(count))
    before = service.tlsd_descriptors()
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    clients = [service.connect() for _ in range(int(count))]
    for i, client in enumerate(clients):
        if how == "stls":
            client.line()
            check(client.command("STLS").startswith("+OK"), "no STLS")
        try:
            client.send((hello, hello + source.randbytes(100), source.randbytes(1 << 18))[i % 3])
            if i % 2:
                client.shut()
        except OSError:
            pass  # it is refused as soon as it is seen to be none
    service.look()
    for client in clients:
        client.rest()
        client.close()
    service.wait_until_idle()
    service.look_until(lambda _: service.tlsd_descriptors() == before, "tlsd's descriptors closed")
