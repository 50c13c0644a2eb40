# SPDX-License-Identifier: ISC
"""The ways in which a session ends: functions of a soak_user.User, each one session."""
import hashlib
import os
import re
import signal

from connection import Connection
from soak_user import SECRET, check

ENDINGS = []  # (function, how often in a thousand)
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def ending(share):
    def register(function):
        ENDINGS.append((function, share))
        return function
    return register


def processes_of(uid, name):
    """The user's processes of that name, each with its parent; the one of the session before may not have ended."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/status", encoding="latin1") as file:
                status = file.read()
        except OSError:
            continue
        if status.startswith(f"Name:\t{name}\n") and f"\nUid:\t{uid}\t" in status:
            found.append((int(entry), int(re.search(r"\nPPid:\t(\d+)", status)[1])))
    return found


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


@ending(150)
def quit_after_reading(user):
    client = user.session()
    user.listed(client)
    user.retrieve(client)
    user.quit(client)


@ending(150)
def quit_after_deleting(user):
    client = user.session()
    deleted = user.delete_some(client)
    user.deliver()
    user.quit(client)
    user.there -= deleted


@ending(60)
def quit_over_tls(user):
    client = user.session(over_tls=True)
    deleted = user.delete_some(client)
    user.quit(client)
    user.there -= deleted


@ending(60)
def quit_by_apop(user):
    client = Connection(user.port, user.source)
    stamp = re.search(r"<.*>", client.line())[0]
    reply = client.command(f"APOP {user.name} {hashlib.md5((stamp + SECRET).encode()).hexdigest()}")
    check(reply.startswith("+OK") or "[IN-USE]" in reply, reply)
    client.command("QUIT")
    client.close()


@ending(40)
def quit_sent_and_gone(user):
    client = user.session()
    deleted = user.delete_some(client)
    client.send(b"QUIT\r\n")
    client.reset()
    user.there -= deleted
    user.maybe |= deleted


@ending(40)
def half_closed(user):
    client = user.session()
    deleted = user.delete_some(client)
    client.send(b"NOOP\r\nQUIT\r\n")
    client.shut()
    check(client.rest().count(b"+OK") == 2, "no answers behind the half-close")
    client.close()
    user.there -= deleted


@ending(60)
def end_without_quit(user):
    client = user.session()
    user.delete_some(client)
    client.close()


@ending(40)
def reset_while_reading(user):
    client = user.session()
    client.send(b"RETR 1\r\n" * 20)
    client.line()
    client.reset()


@ending(20)
def tls_cut_off(user):
    """A bare FIN, where close_notify is due."""
    client = user.session(over_tls=True)
    user.delete_some(client)
    client.close()


@ending(20)
def reset_over_tls(user):
    client = user.session(over_tls=True)
    client.send(b"RETR 1\r\n" * 20)
    client.line()
    client.reset()


@ending(40)
def end_at_greeting(user):
    user.connect().close()


@ending(30)
def reset_at_connect(user):
    Connection(user.port, user.source).reset()


@ending(30)
def reset_after_user(user):
    client = user.connect()
    client.command(f"USER {user.name}")
    client.reset()


@ending(30)
def reset_while_verified(user):
    client = user.connect()
    client.send(f"USER {user.name}\r\nPASS {SECRET}\r\n".encode())
    client.reset()


@ending(60)
def wrong_password(user):
    client = user.connect()
    for _ in range(user.random.randint(1, 3)):
        client.command(f"USER {user.random.choice([user.name, 'nobody'])}")
        check(client.command("PASS wrong").startswith("-ERR [AUTH]"), "a wrong password is no [AUTH]")
    client.close()


@ending(30)
def auth_aborted(user):
    client = user.connect()
    check(client.command("AUTH PLAIN").startswith("+"), "AUTH")
    check(client.command("*").startswith("-ERR"), "*")
    user.quit(client)


@ending(20)
def auth_dropped(user):
    client = user.connect()
    check(client.command("AUTH SCRAM-SHA-256").startswith("+"), "AUTH")
    client.send(b"biwsbj11MCxyPWFiYw==\r\n")  # a first message, of u0
    user.random.choice([client.close, client.reset, client.line])()
    client.close()


@ending(30)
def stls_dropped(user):
    client = user.connect()
    check(client.command("STLS").startswith("+OK"), "STLS")
    client.send(user.random.choice([b"", HELLO, HELLO + bytes(600), b"no handshake\r\n"]))
    user.random.choice([client.close, client.reset])()


@ending(20)
def end_in_tls(user):
    client = user.connect()
    check(client.command("STLS").startswith("+OK"), "STLS")
    client.begin_tls(user.tls)
    user.random.choice([client.close, client.reset])()


@ending(15)
def bad_commands(user):
    client = user.random.choice([user.session, user.connect])()
    client.send(b"XYZZY\r\n" * 25)
    check(client.rest().count(b"-ERR") == 20, "not closed after 20 bad commands")
    client.close()


@ending(2)
def timeout_before_login(user):
    client = user.connect()
    client.rest()
    client.close()


@ending(2)
def timeout_in_session(user):
    client = user.session()
    user.delete_some(client)
    check(client.rest() == b"", "a word at the timeout")
    client.close()


@ending(8)
def client_killed(user):
    client = user.session()
    child = os.fork()
    if child == 0:
        signal.pause()
    client.send(b"RETR 1\r\n" * 20)
    client.close()
    kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@ending(8)
def pop3d_killed(user):
    client = user.session()
    user.delete_some(client)
    for pop3d, _ in processes_of(user.uid, "pop3d"):
        kill(pop3d, user.random.choice([signal.SIGTERM, signal.SIGKILL]))
    check(client.rest() == b"", "a word of the killed")
    client.close()


@ending(8)
def supervisor_killed(user):
    """The session goes on: there is only nobody to wait for its end."""
    client = user.session()
    deleted = user.delete_some(client)
    for _, parent in processes_of(user.uid, "pop3d"):
        if parent != 1:
            kill(parent, signal.SIGKILL)
    user.quit(client)
    user.there -= deleted
