# SPDX-License-Identifier: ISC
"""A user who knows what must be in his mailbox; soak_endings.py has what he does."""
import os
import random
import ssl
import time

from connection import Connection, trusting_context

FIRST_UID = 20001
MOST_MESSAGES = 12
EACH = 3  # first endings of each user: together all, if there are enough users
SECRET = "sesame"


class Lost(Exception):
    """The mailbox, or an answer, is not what it must be."""


def check(holds, *what):
    if not holds:
        raise Lost(" ".join(map(str, what)))


class User:
    """The user NUMBER, who comes from an address of his own."""

    def __init__(self, number, port, top, seed):
        self.number, self.port, self.name, self.uid = number, port, f"u{number}", FIRST_UID + number
        self.source = f"127.0.1.{number + 1}"
        self.maildir = f"{top}/{self.name}/Maildir"
        self.random = random.Random(seed)
        self.there = set()  # what must be in the mailbox
        self.maybe = set()  # what may be, since QUIT was sent, and its answer not read
        self.delivered = 0
        self.busy = 0       # times that the mailbox was still in use by the session before
        self.tls = trusting_context()

    # --- the parts of a session

    def connect(self):
        client = Connection(self.port, self.source)
        check(client.line().startswith("+OK"), "no greeting")
        return client

    def log_in(self, client):
        check(client.command(f"USER {self.name}").startswith("+OK"), "USER")
        return client.command(f"PASS {SECRET}")

    def session(self, over_tls=False):
        """Logged in. The session before may just be ending: then it is tried again."""
        for _ in range(500):
            client = self.connect()
            if over_tls:
                check(client.command("STLS").startswith("+OK"), "STLS")
                client.begin_tls(self.tls)
            reply = self.log_in(client)
            if reply.startswith("+OK"):
                return client
            check("[IN-USE]" in reply, "login:", reply)
            self.busy += 1
            client.close()
            time.sleep(0.01)
        raise Lost("the mailbox is in use for ever")

    def deliver(self):
        self.delivered += 1
        name = f"{1700000000 + self.delivered}.M{self.number}P{os.getpid()}.h"
        with open(f"{self.maildir}/tmp/{name}", "wb") as file:
            file.write(b"Subject: %d\n\n" % self.delivered + b"line of text\n" * self.random.choice([1, 20, 2000]))
            os.fchown(file.fileno(), self.uid, self.uid)
        os.rename(f"{self.maildir}/tmp/{name}", f"{self.maildir}/new/{name}")
        self.there.add(name)

    def listed(self, client):
        """number -> unique-id; all that must be there is, and nothing else."""
        check(client.command("UIDL").startswith("+OK"), "UIDL")
        found = dict(line.decode("latin1").split(" ", 1) for line in client.lines())
        ids = set(found.values())
        check(self.there <= ids, "lost:", self.there - ids)
        check(ids <= self.there | self.maybe, "back again:", ids - self.there - self.maybe)
        self.there, self.maybe = ids, set()
        return found

    def delete_some(self, client):
        """What QUIT is to remove."""
        found = self.listed(client)
        numbers = self.random.sample(sorted(found), min(len(found), self.random.randint(1, MOST_MESSAGES)))
        for number in numbers:
            check(client.command(f"DELE {number}").startswith("+OK"), "DELE")
        return {found[number] for number in numbers}

    def retrieve(self, client):
        check(client.command("RETR 1").startswith("+OK"), "RETR")
        client.lines()

    def quit(self, client):
        check(client.command("QUIT").startswith("+OK"), "QUIT")
        client.close()

    # --- sessions

    def run(self, endings, first, count):
        """COUNT sessions, FIRST being their number; how many ended how."""
        counts = {}
        functions, shares = zip(*endings)
        for i in range(first, first + count):
            # Each ending once, even in a short run; then by their shares.
            if i < EACH:
                end = functions[(self.number * EACH + i) % len(functions)]
            else:
                end = self.random.choices(functions, shares)[0]
            while len(self.there) < 2 or (len(self.there) < MOST_MESSAGES and self.random.random() < 0.3):
                self.deliver()
            try:
                end(self)
            except (OSError, ssl.SSLError, ValueError) as error:
                raise Lost(f"{end.__name__}: {error!r}") from error
            except Lost as error:
                raise Lost(f"{end.__name__}: {error}") from error
            counts[end.__name__] = counts.get(end.__name__, 0) + 1
        client = self.session()
        self.listed(client)
        self.quit(client)
        self.check_files()
        return counts

    def check_files(self):
        """The mailbox, looked at from inside: no session is under way."""
        names = [name.partition(":")[0] for folder in ("new", "cur") for name in os.listdir(f"{self.maildir}/{folder}")]
        check(sorted(names) == sorted(self.there), "in the Maildir are", names, "not", self.there)
        check(not os.listdir(f"{self.maildir}/tmp"), "left behind in tmp/")
