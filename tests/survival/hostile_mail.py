# SPDX-License-Identifier: ISC
"""Clients that go at every moment, and mailboxes that no deliverer would make."""
import os
import select
import time

from connection import trusting_context
from service import check, scenario

CHUNK = 1 << 20


def logged_in(service):
    client = service.connect()
    reply = client.log_in()
    check(reply.startswith("+OK"), "no login:", reply)
    return client


# --- how to go --------------------------------------------------------------------------------

LOGIN = b"USER joe\r\nPASS sesame\r\n"
# What was sent when the client goes, and how many lines it has read of the answers.
STATES = {
    "connect": (b"", 0),
    "greeting": (b"", 1),
    "half-a-line": (b"USE", 1),
    "user": (b"USER joe\r\n", 2),
    "verification": (LOGIN, 2),
    "sasl": (b"AUTH PLAIN\r\n", 2),
    "apop": (b"APOP joe 0123456789abcdef0123456789abcdef\r\n", 1),
    "stls": (b"STLS\r\n", 1),
    "handshake": (b"STLS\r\n", 2),
    "session": (LOGIN, 3),
    "list": (LOGIN + b"LIST\r\n", 3),
    "retr": (LOGIN + b"RETR 1\r\n", 40),
    "retr-unread": (LOGIN + b"RETR 1\r\n", 3),
    "dele": (LOGIN + b"DELE 1\r\nRSET\r\nDELE 1\r\n", 6),
    "half-a-quit": (LOGIN + b"DELE 1\r\nQUIT", 4),
    "quit": (LOGIN + b"QUIT\r\n", 3),
    "quit-answered": (LOGIN + b"QUIT\r\n", 4),
}


@scenario
def gone(service, how):
    """HOW: rst, fin or close. The client goes in every state; nothing that it has not asked for happens."""
    for state, (sent, lines) in STATES.items():
        client = service.connect()
        client.send(sent)
        for _ in range(lines):
            client.line()
        if state == "handshake":
            client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        {"rst": client.reset, "fin": client.shut, "close": client.close}[how]()
        if how == "fin":
            client.rest()
            client.close()
        service.wait_until_idle()
        client = logged_in(service)
        check(client.command("UIDL 1") == "+OK 1 1.big", "1 is lost at", state)
        check(client.command("UIDL 2") == "+OK 2 2.small", "2 is lost at", state)
        client.command("QUIT")
        service.wait_until_idle()
    service.notes.append(f"{len(STATES)} states")


@scenario
def gone_from_tls(service):
    """By an RST, within TLS."""
    for commands in (b"", b"USER joe\r\n", LOGIN, LOGIN + b"RETR 1\r\n", LOGIN + b"DELE 1\r\n"):
        before = service.tlsd_descriptors()
        client = service.connect()
        client.line()
        check(client.command("STLS").startswith("+OK"), "no STLS")
        client.begin_tls(trusting_context())
        client.send(commands)
        for _ in range(commands.count(b"\n")):
            client.line()
        client.reset()
        service.wait_until_idle()
        service.look_until(lambda _: service.tlsd_descriptors() == before, "tlsd's descriptors closed")
    client = logged_in(service)
    check(client.command("UIDL 1") == "+OK 1 1.big", "lost")
    client.close()
    service.wait_until_idle()


@scenario
def half_close(service):
    """The client says at once all that it will say, and that this was it: all answers come, and QUIT's work is done."""
    client = service.connect()
    client.send(LOGIN + b"STAT\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n")
    client.shut()
    wanted = [b"+OK", b"+OK", b"+OK 2 messages", b"+OK 2 ", b"+OK 8 octets", b"small!", b".", b"+OK", b"+OK"]
    got = client.rest().split(b"\r\n")
    check(len(got) == len(wanted) + 1, got)
    check(all(line.startswith(start) for line, start in zip(got, wanted)), got)
    service.wait_until_idle()
    client = logged_in(service)
    check(client.command("UIDL 2").startswith("-ERR"), "2 is there yet")


# --- large messages ---------------------------------------------------------------------------

def expect(client, pieces):
    """The pieces come, as octets or as a number of NULs."""
    nuls = bytes(CHUNK)
    for piece in pieces:
        if isinstance(piece, bytes):
            got = client.replies.read(len(piece))
            check(got == piece, "wanted", piece, "got", got)
            continue
        while piece:
            got = client.replies.read(min(piece, CHUNK))
            check(got and got == nuls[:len(got)], "no NULs, with", piece, "to come")
            piece -= len(got)


@scenario
def one_long_line(service, path, size):
    """A message that is one line, after its header, and one that is a header's line."""
    size = int(size)
    head, tail = b"Subject: x\n\n", b".\nend"
    for name, start, rest in (("1.body", head, (b"Subject: x\r\n\r\n", size, b".\r\nend\r\n")),
                              ("2.header", b"X: ", (b"X: ", size, b".\r\nend\r\n"))):
        with open(f"{path}/{name}", "wb") as file:
            file.write(start)
            file.seek(size, os.SEEK_CUR)
            file.write(tail)
        os.chmod(f"{path}/{name}", 0o644)
        octets = sum(len(piece) if isinstance(piece, bytes) else piece for piece in rest)
        number = name[0]
        client = logged_in(service)
        check(client.command(f"LIST {number}") == f"+OK {number} {octets}", "wrong size")
        check(client.command(f"RETR {number}") == f"+OK {octets} octets", "RETR")
        expect(client, rest + (b".\r\n",))
        check(client.command(f"TOP {number} 1").startswith("+OK"), "TOP")
        expect(client, rest[:2] + (rest[2][:3] if number == "1" else rest[2], b".\r\n"))
        check(client.command("NOOP") == "+OK", "NOOP")
        service.look()
        client.command("QUIT")
        service.wait_until_idle()


@scenario
def sparse(service, path, size):
    """A message with terabytes of nothing. Its size is known at once; who wants it, and goes, is gone."""
    with open(f"{path}/1.sparse", "wb") as file:
        file.write(b"Subject: x\n\na\n")
        file.truncate(int(size))
    os.chmod(f"{path}/1.sparse", 0o644)
    client = logged_in(service)
    check(client.command("LIST 1") == f"+OK 1 {int(size) + 5}", "wrong size")
    check(client.command("TOP 1 1").startswith("+OK"), "TOP")
    check(client.lines() == [b"Subject: x", b"", b"a"], "TOP gives another")
    check(client.command("RETR 1").startswith("+OK"), "RETR")
    expect(client, (b"Subject: x\r\n\r\na\r\n", 64 * CHUNK))
    service.look()
    client.close()
    service.wait_until_idle()
    service.takes(0, 20)


@scenario
def grows(service, path):
    """A message that is written to while it is sent: what was announced comes."""
    with open(f"{path}/1.grows", "wb") as file:
        file.write(b"x" * 69 + b"\n")
        file.truncate(30 * CHUNK)
    os.chmod(f"{path}/1.grows", 0o644)
    client = logged_in(service)
    octets = 30 * CHUNK + 3
    check(client.command("RETR 1") == f"+OK {octets} octets", "RETR")
    with open(f"{path}/1.grows", "ab") as file:
        file.write(b"more\n" * 1000)
    expect(client, (b"x" * 69 + b"\r\n", 30 * CHUNK - 70, b"\r\n.\r\n"))
    check(client.command("NOOP") == "+OK", "NOOP")
    client.command("QUIT")
    service.wait_until_idle()


# --- many messages, and strange ones ----------------------------------------------------------

@scenario
def many(service, path, count):
    """COUNT messages: the first session reads them all, the second their index."""
    count = int(count)
    for i in range(count):
        os.close(os.open(f"{path}/{1700000000 + i}.M{i}P1.h,S=0,W=0:2,S", os.O_CREAT | os.O_WRONLY, 0o644))
    service.bounds["pop3d"] = 1024 + count // 4  # KiB: 256 octets for each
    for mailbox in ("files", "index"):
        begin_s = time.monotonic()
        client = logged_in(service)
        service.notes.append(f"login {time.monotonic() - begin_s:.2f} s from the {mailbox}")
        check(client.command("STAT") == f"+OK {count} 0", "STAT")
        for command in ("LIST", "UIDL"):
            client.send(command.encode() + b"\r\n")
            check(client.line().startswith("+OK"), command)
            check(len(client.lines()) == count, command, "is not whole")
        service.look()
        check(client.command("QUIT").startswith("+OK"), "QUIT")
        service.wait_until_idle()


@scenario
def names(service, path):
    """A file name for each octet that can be in one."""
    wanted = {}
    for octet in [octet for octet in range(1, 256) if octet != ord("/")]:
        name = b"%d." % (1000 + octet) + bytes([octet]) + b"x"
        wanted[octet] = name
        with open(os.fsencode(path) + b"/" + name, "wb") as file:
            file.write(b"%d\n" % octet)
        os.chmod(os.fsencode(path) + b"/" + name, 0o644)
    client = logged_in(service)
    check(client.command("STAT").startswith(f"+OK {len(wanted)} "), "STAT")
    client.send(b"UIDL\r\n")
    client.line()
    ids = [line.split(b" ", 1)[1] for line in client.lines()]
    check(len(set(ids)) == len(wanted), "two have one id")
    check(all(1 <= len(name) <= 70 and all(0x21 <= c <= 0x7e for c in name) for name in ids), "what is no id")
    for number, octet in enumerate(wanted, 1):
        client.command(f"RETR {number}")
        check(client.lines() == [b"%d" % octet], "another message than", octet)
        if octet % 2:
            check(client.command(f"DELE {number}").startswith("+OK"), "DELE", octet)
    service.look()
    check(client.command("QUIT").startswith("+OK"), "QUIT")
    service.wait_until_idle()
    left = sorted(os.listdir(os.fsencode(path)) + os.listdir(os.fsencode(path) + b"/../cur"))
    check(len(left) == len(wanted) // 2, left)
    check(all(int(name.split(b".")[0]) % 2 == 0 for name in left), left)
    client = logged_in(service)
    client.send(b"UIDL\r\n")
    client.line()
    again = [line.split(b" ", 1)[1] for line in client.lines()]
    check(again == [name for name, octet in zip(ids, wanted) if octet % 2 == 0], "other ids")
    client.close()
    service.wait_until_idle()


@scenario
def swapped(service, path):
    """Messages that become something else during the session: no answer is theirs, none waits."""
    kinds = {"fifo": os.mkfifo, "directory": os.mkdir,
             "loop": lambda name: os.symlink(os.path.basename(name), name),
             "device": lambda name: os.symlink("/dev/zero", name),
             "outside": lambda name: os.symlink("/etc/passwd", name)}
    for number, kind in enumerate(kinds, 1):
        with open(f"{path}/{number}.{kind}", "wb") as file:
            file.write(b"x\n")
        os.chmod(f"{path}/{number}.{kind}", 0o644)
    client = logged_in(service)
    for number, (kind, make) in enumerate(kinds.items(), 1):
        os.unlink(f"{path}/{number}.{kind}")
        make(f"{path}/{number}.{kind}")
    for number in range(1, len(kinds) + 1):
        for command in (f"RETR {number}", f"TOP {number} 0"):
            check(client.command(command) == "-ERR [SYS/TEMP] message is gone or has changed", command)
    check(not select.select([client.socket], [], [], 0)[0], "more than the answers")
    client.close()
    service.wait_until_idle()
    client = logged_in(service)
    check(client.command("STAT") == "+OK 0 0", "STAT")
    client.close()
    service.wait_until_idle()
