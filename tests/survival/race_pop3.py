# SPDX-License-Identifier: ISC
"""A POP3 client that logs in again and again, reads, deletes, and goes in one way or another."""
import socket
import struct
import subprocess
import time

from race_actors import Actor
from race_events import Deletion, Refusal, Session, now, token_in, wire_of
from session import Client, Closed
from world import Violation

BATCH = 100  # commands that are sent together: neither side's buffers are full before the other reads


class Pop3(Actor):
    user = None  # pop3-login is started as root

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.ending = []  # processes that nobody waits for yet

    def step(self):
        session, client = Session(0), Client()
        client.socket.settimeout(60)
        with open(self.log, "ab") as log:
            command = ["pop3-login", "h", "checkpw", "-f", "users/users.cdb"] + self.field.links + ["pop3d", "Maildir"]
            process = subprocess.Popen(self.traced(command), stdin=client.other, stdout=client.other, stderr=log,
                                       cwd=self.field.top, env=self.field.environment | self.field.settings)
        client.other.close()
        self.ending.append(process)
        is_quit = False
        try:
            is_quit = self.converse(client, session)
        except Closed:
            self.is_wrong(f"the server has hung up: {session.reply!r}")
        except Violation as violation:  # it hangs
            self.is_wrong(str(violation))
        finally:
            client.close()
        if not is_quit:  # the lock goes with the process
            process.wait(60)
            session.may_lock_until = now()
        self.reap()
        if not session.is_in:
            time.sleep(0.01)

    def reap(self, is_last=False):
        still = []
        for process in self.ending:
            if is_last:
                process.wait(60)
            if process.poll() is None:
                still.append(process)
            elif process.returncode != 0:
                self.is_wrong(f"a chain of programs ends with {process.returncode}")
        self.ending = still

    def end(self):
        self.reap(True)

    # --- one session

    def converse(self, client, session):
        """True if it ended by a QUIT that was answered."""
        client.line()
        client.command("USER joe")
        session.began = now()
        session.reply = client.command("PASS sesame")[0]
        session.answered = now()
        self.told.sessions.append(session)
        self.told.count("logins" if session.is_in else "refused logins")
        if not session.is_in:
            return self.leave(client, session, b"QUIT\r\n")
        numbers = self.lists(client, session)
        self.read(client, session, numbers)
        return self.end_session(client, session, self.delete(client, session, numbers))

    def batch(self, client, commands, is_long):
        """All replies; they are asked for many at a time."""
        replies = []
        for at in range(0, len(commands), BATCH):
            part = commands[at:at + BATCH]
            client.send("\r\n".join(part))
            for command in part:
                reply, lines = client.line().decode("latin1"), []
                if is_long and reply.startswith("+OK"):
                    while (line := client.line()) != b".":
                        lines.append(line.removeprefix(b"."))
                replies.append((command, reply, lines))
        self.told.count("POP3 commands", len(commands))
        return replies

    def lists(self, client, session):
        """Asks for them; gives [(number, unique-id)]."""
        (_, stat, _), = self.batch(client, ["STAT"], False)
        (_, _, uidls), (_, _, sizes) = self.batch(client, ["UIDL", "LIST"], True)
        uidls = [line.decode("latin1").split(" ") for line in uidls]
        sizes = [int(line.split(b" ")[1]) for line in sizes]
        if stat.split(" ")[1:3] != [str(len(uidls)), str(sum(sizes))] or len(sizes) != len(uidls):
            self.is_wrong(f"{stat}, and {len(uidls)} ids, {len(sizes)} sizes")
        for (_, uid), size in zip(uidls, sizes):
            if self.told.sizes.setdefault(uid, size) != size:
                self.is_wrong(f"{uid} has {size} octets, and had {self.told.sizes[uid]}")
        session.uids = [uid for _, uid in uidls]
        return uidls

    def read(self, client, session, numbers):
        """What is new to us, and some more."""
        chosen = [(n, uid) for n, uid in numbers if uid not in self.told.tokens]
        chosen += self.random.sample(numbers, min(len(numbers), self.random.choice([0, 0, 3, 10, 30])))
        commands = [self.random.choice([f"RETR {n}"] * 3 + [f"TOP {n} 999999"]) for n, _ in chosen]
        for (_, uid), (command, reply, lines) in zip(chosen, self.batch(client, commands, True)):
            if reply.startswith("+OK"):
                self.compare(uid, command, reply, b"".join(line + b"\r\n" for line in lines))
            else:
                session.refusals.append(Refusal(command, uid, reply, now()))

    def compare(self, uid, command, reply, octets):
        token = token_in(octets)
        if not token or octets != wire_of(token):
            self.is_wrong(f"{command} of {uid} gives octets that nobody has delivered: {octets[:60]}")
        if len(octets) != self.told.sizes[uid] or (command[0] == "R" and reply.split(" ")[1] != str(len(octets))):
            self.is_wrong(f"{command} of {uid}: {self.told.sizes[uid]} announced, {reply}, {len(octets)} sent")
        if self.told.tokens.setdefault(uid, token) != token:
            self.is_wrong(f"{uid} was {self.told.tokens[uid]}, and is {token}")

    def delete(self, client, session, numbers):
        """Unique-ids that are marked. As many as keep the mailbox at its size."""
        known = [(n, uid) for n, uid in numbers if uid in self.told.tokens and uid not in
                 {refusal.uid for refusal in session.refusals}]
        most = max(0, len(numbers) - self.field.size) + self.random.choice([0, 0, 1, 3])
        chosen = self.random.sample(known, min(len(known), most))
        marked = []
        for (_, uid), (_, reply, _) in zip(chosen, self.batch(client, [f"DELE {n}" for n, _ in chosen], False)):
            if reply.startswith("+OK"):
                marked.append(uid)
            else:
                self.is_wrong(f"DELE of {uid} is answered by {reply}")
        return marked

    # --- endings

    def end_session(self, client, session, marked):
        how = self.random.choice(["QUIT"] * 6 + ["close", "reset", "half a QUIT", "in RETR"])
        session.surely_locks_until = now()
        if how == "QUIT":
            return self.quit(client, session, marked)
        self.told.count("sessions without QUIT")
        if how == "reset":
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == "in RETR" and session.uids:
            client.send("\r\n".join(f"RETR {i + 1}" for i in range(min(BATCH, len(session.uids)))))
            client.line()
        elif how == "half a QUIT":
            client.socket.sendall(b"QUIT")
        return False

    def quit(self, client, session, marked):
        began = now()
        reply = client.command("QUIT")[0]
        ended = now()
        self.told.count("POP3 commands")
        is_done = reply.startswith("+OK")
        if not is_done:
            self.told.count("QUITs that could not do all")
            self.say(f"QUIT: {reply}")
        for uid in marked:
            self.told.deletions.append(Deletion(self.told.tokens[uid], began, ended, is_done, "POP3"))
        self.told.count("POP3 deletions", len(marked))
        session.may_lock_until = ended
        return True

    def leave(self, client, session, command):
        client.socket.sendall(command)
        try:
            client.line()
        except Closed:
            pass
        return False


class LastPop3(Pop3):
    """Comes when all others have gone: reads all, twice, and leaves it."""

    def begin(self):
        for _ in range(2):
            self.told.tokens.clear()
            self.step()
            self.told.seen = list(self.told.tokens.values())

    def delete(self, client, session, numbers):
        return []

    def end_session(self, client, session, marked):
        session.surely_locks_until = now()
        return self.quit(client, session, marked)
