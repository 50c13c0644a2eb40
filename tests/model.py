#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Random operations on a Maildir, carried out by pop3d and others; each reply is held against a model.

model.py [--seconds N] [--seed N] [--directory PATH]

A round makes a Maildir, works on it by some hundred random operations - mail delivered, flags
changed, files removed and restored, the index damaged, sessions of all kinds, two at a time - and ends
with a look at every file. Rounds follow each other until the seconds are over; each has a seed of its
own, the one before it and 1. "--seconds 0 --seed N" repeats a single round: the same operations, though
the clock and the scheduler play their part too.

The model is a list of Message and the text of uidl.map. What a session must answer follows from
what the list was when it began, and from what is left of it. It knows nothing of the index.
"""
import argparse
import os
import random
import re
import shutil
import stat
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from pop3d_process import Pop3d  # noqa: E402

IN_USE = b"-ERR [IN-USE] another session has this mailbox\r\n"
GONE = b"-ERR [SYS/TEMP] message is gone or has changed\r\n"
JOE = 20001  # who serves the mailbox if root runs this


# --- the model: messages ----------------------------------------------------------------

class Message:
    """A file in new/ or cur/. It is the same one whatever its name becomes."""

    def __init__(self, folder, name, content):
        self.folder, self.name, self.content = folder, name, content

    unique = property(lambda self: self.name.partition(":")[0])
    flags = property(lambda self: self.name.partition(":2,")[2])
    place = property(lambda self: (self.folder, self.name))

    def order(self):
        time_prefix = int(re.match("[0-9]*", self.name).group() or 0)
        return min(time_prefix, 2**64 - 1), self.unique.encode(), self.folder == "cur", self.name.encode()

    def wire(self):
        """What RETR sends, dots not yet doubled."""
        text = re.sub(rb"(?<!\r)\n", b"\r\n", self.content)
        return text if text.endswith(b"\n") or not text else text + b"\r\n"

    def top(self, count):
        lines = re.findall(rb"[^\n]*\n", self.wire())
        header = lines.index(b"\r\n") + 1 if b"\r\n" in lines else len(lines)
        return b"".join(lines[:header + count])

    def announced(self, policy):
        stated = {key: int(number) for key, number in re.findall(r",([SW])=([0-9]+)(?=,|$)", self.unique)}
        if policy == "name" and stated:
            return stated.get("W", stated.get("S"))
        return len(self.content) if policy == "file" else len(self.wire())

    def name_with(self, flag):
        base, colon, info = self.name.partition(":")
        if colon and not info.startswith("2,"):
            return self.name
        return base + ":2," + "".join(sorted(set(self.flags + flag)))


def default_id(unique, copy):
    behind = f"-{copy + 1}" if copy else ""
    if re.fullmatch("[!-~]{1,%d}" % (59 if copy else 70), unique):
        return unique + behind
    digest = 0x6c62272e07bb014262b821756295c58d  # FNV-1a
    for octet in unique.encode():
        digest = (digest ^ octet) * (2**88 + 0x13b) % 2**128
    return f"{digest:032x}{behind}"


def read_map(text):
    """uidl.map as a dictionary: of lines that have a name or an id in common, the first counts."""
    names, ids = {}, {}
    for line in re.split("\r?\n", text):
        name, tab, uidl = line.rpartition("\t")
        name = name.partition(":")[0]
        if tab and name and "/" not in name and re.fullmatch("[!-~]{1,70}", uidl):
            names.setdefault(name, uidl)
    for name, uidl in names.items():
        ids.setdefault(uidl, name)
    return {name: uidl for uidl, name in ids.items()}


def unique_ids(messages, mapped):
    """One for each of the messages, which are in order."""
    given, of_others, copy, before = {}, set(mapped.values()), 0, None
    for message in messages:
        copy = copy + 1 if message.unique == before else 0
        before = message.unique
        uidl, number = mapped.get(message.unique), copy
        if uidl is None or uidl in given:
            while (uidl := default_id(message.unique, number)) in given or uidl in of_others:
                number += 1
        given[uidl] = message
    return list(given)


# --- the model: a session ---------------------------------------------------------------

class Session:
    """What pop3d must answer. ALL is the list of messages that all sessions and others work on."""

    def __init__(self, everything, map_text, settings):
        self.all, self.settings = everything, settings
        self.messages = sorted(everything, key=Message.order)
        self.sizes = [m.announced(settings.get("POP3_SIZES")) for m in self.messages]
        self.ids = unique_ids(self.messages, read_map(map_text or ""))
        self.was_new = [m.folder == "new" for m in self.messages]
        self.was_seen = ["S" in m.flags for m in self.messages]
        self.was_unmarked = [m.place != ("cur", m.name_with("S")) for m in self.messages]
        self.deleted, self.retrieved, self.accessed = set(), set(), 0

    def greeting(self):
        return f"+OK {len(self.sizes)} messages ({sum(self.sizes)} octets)\r\n".encode()

    def left(self):
        return [i for i in range(len(self.messages)) if i not in self.deleted]

    def answer(self, command):
        """The status line, and the body or None."""
        keyword, *arguments = command.split()
        status, body = getattr(self, keyword.lower())(*map(int, arguments))
        return status if isinstance(status, bytes) else f"{status}\r\n".encode(), body

    def numbered(method):
        """For commands that name a message: what they say of a number that none has."""
        def checked(self, number=None, *more):
            if number is not None and not 1 <= number <= len(self.messages):
                return "-ERR no such message", None
            if number is not None and number - 1 in self.deleted:
                return "-ERR message is deleted", None
            return method(self, number and number - 1, *more)
        return checked

    def stat(self):
        return f"+OK {len(self.left())} {sum(self.sizes[i] for i in self.left())}", None

    def noop(self):
        return "+OK", None

    def last(self):
        seen = (i + 1 for i, flag in enumerate(self.was_seen) if flag)
        return f"+OK {max(self.accessed, *seen, 0)}", None

    def rset(self):
        self.deleted, self.retrieved, self.accessed = set(), set(), 0
        return self.greeting(), None

    def lines_of(self, values, i):
        if i is not None:
            return f"+OK {i + 1} {values[i]}", None
        body = "".join(f"{i + 1} {values[i]}\r\n" for i in self.left())
        return f"+OK {len(self.left())} messages", body.encode()

    @numbered
    def list(self, i):
        return self.lines_of(self.sizes, i)

    @numbered
    def uidl(self, i):
        return self.lines_of(self.ids, i)

    @numbered
    def retr(self, i):
        if self.messages[i] not in self.all:
            return GONE, None
        self.retrieved.add(i)
        self.accessed = max(self.accessed, i + 1)
        return f"+OK {self.sizes[i]} octets", self.messages[i].wire()

    @numbered
    def top(self, i, count):
        if self.messages[i] not in self.all:
            return GONE, None
        return "+OK top of message follows", self.messages[i].top(count)

    @numbered
    def dele(self, i):
        self.deleted.add(i)
        self.accessed = max(self.accessed, i + 1)
        return f"+OK message {i + 1} deleted", None

    def update(self):
        """QUIT: removes, marks as seen, empties new/."""
        seen = {i for i in self.retrieved - self.deleted if self.was_unmarked[i]}
        if self.settings.get("POP3_MARK_SEEN") == "0":
            seen = set()
        fresh = {i for i in self.left() if self.was_new[i]} - seen
        if self.settings.get("POP3_MOVE_NEW") == "0":
            fresh = set()
        for i in self.deleted:
            if self.messages[i] in self.all:
                self.all.remove(self.messages[i])
        for i in sorted(seen):
            self.to_cur(self.messages[i], "S")
        for i in sorted(fresh):
            self.to_cur(self.messages[i], "")

    def to_cur(self, message, flag):
        place = ("cur", message.name_with(flag))
        if message in self.all and place not in (other.place for other in self.all):
            message.folder, message.name = place


# --- random operations on the model and on the disk ---------------------------------------

class Round:
    """One Maildir's life. Every do_ method is an operation; the number behind it how often."""

    def __init__(self, seed, program, directory):
        self.random = random.Random(seed)
        self.program, self.directory = program, directory
        self.maildir = f"{directory}/Maildir"
        for folder in "tmp", "new", "cur":
            os.makedirs(f"{self.maildir}/{folder}")
        self.log = open(f"{directory}/log", "ab")
        self.messages, self.map_text = [], None
        self.removed = []    # messages that others removed, with their mtimes: to be restored
        self.sessions = []   # (Session, Pop3d), open
        self.ended = []      # Pop3d that may still be running
        self.trace, self.serial, self.operations = [], 0, 0

    def run(self):
        for _ in range(self.random.choice([0, 1, 6, 15, 16, 20, 40, 200])):
            self.do_deliver()
        weights = {do_it: times for do_it, times in (
            (self.do_deliver, 12), (self.do_flag, 14), (self.do_remove, 5), (self.do_duplicate, 1),
            (self.do_restore, 5), (self.do_touch, 4), (self.do_copy_all, 1), (self.do_map, 3),
            (self.do_hurt_index, 8), (self.do_begin, 30), (self.do_commands, 60), (self.do_end, 25),
            (self.do_pause, 10))}
        for _ in range(self.random.randrange(50, 400)):
            self.random.choices(list(weights), list(weights.values()))[0]()
            self.operations += 1
        while self.sessions:
            self.do_end()
        self.look_at_all()

    def note(self, text):
        self.trace.append(text)

    def path(self, message):
        return f"{self.maildir}/{message.folder}/{message.name}"

    def any_message(self):
        return self.random.choice(self.messages) if self.messages else None

    def is_quiet(self):
        """Whether no session is open; if so, the processes of earlier ones have ended."""
        if not self.sessions:
            for pop3d in self.ended:
                pop3d.wait()
            self.ended.clear()
        return not self.sessions

    # --- other programs

    def do_deliver(self):
        content = self.any_content()
        message = Message("new", self.any_name(content), content)
        self.note(f"deliver {message.name!r} of {len(content)}")
        temporary = f"{self.maildir}/tmp/{self.serial}"
        with open(temporary, "wb") as file:
            file.write(content)
        os.rename(temporary, self.path(message))
        self.messages.append(message)

    def any_content(self):
        pieces = [b"a", b".", b"..", b"\n", b"\n", b"\r\n", b"\r", b"\n.\n", b"\n\n", b"Subject: x\n", b"\0\xe9",
                  b"From a\n", b"x" * 70 + b"\n"]
        count = self.random.choice([0, 1, 5, 20, 60] * 10 + [20000])
        return b"".join(self.random.choices(pieces, k=count))

    def any_name(self, content):
        """One that no message has had."""
        self.serial += 1
        choose = self.random.choice
        now = int(time.time())
        seconds = choose([1700000000 + self.random.randrange(5)] * 12 + [now, now + 86400, 9, "note", 10**20])
        middle = choose(["M1P2Q"] * 12 + ["%n%s", "with blank", "\xe9", "x" * 60, "x" * 90])
        sizes = choose(["", "", ",S={0}", ",S={0},W={1}", ",S={0},W={1}", ",W={1}", ",S={2},W={0}", ",W={3}"])
        wire = len(re.sub(rb"(?<!\r)\n", b"\r\n", content))
        return f"{seconds}.{middle}{self.serial}.host" + sizes.format(len(content), wire, len(content) + 1, len(content) // 2)

    def do_flag(self):
        """As IMAP servers do it: a new name, from new/ always into cur/."""
        if not (message := self.any_message()):
            return
        flags = "".join(f for f in "DFPRST" if self.random.random() < 0.3)
        info = self.random.choice([f":2,{flags}"] * 20 + [":1,odd", ""])
        place = ("cur", message.unique + info)
        if place in (other.place for other in self.messages):
            return
        old = self.path(message)
        message.folder, message.name = place
        self.note(f"rename {old} {place}")
        os.rename(old, self.path(message))

    def do_remove(self):
        if message := self.any_message():
            self.note(f"remove {message.place}")
            self.removed.append((message, os.stat(self.path(message)).st_mtime_ns))
            os.unlink(self.path(message))
            self.messages.remove(message)

    def do_duplicate(self):
        """Another message, other content, of the same unique name."""
        message = self.any_message()
        if message and message.folder == "new" and ",W=" not in message.unique:
            other = Message("cur", message.unique + ":2,F", self.any_content() + b"copy\n")
            if other.place not in (m.place for m in self.messages):
                self.note(f"duplicate {message.place}")
                with open(self.path(other), "wb") as file:
                    file.write(other.content)
                self.messages.append(other)

    def do_restore(self):
        """A file is taken away and comes back, by cp -p: another inode, the same times."""
        if not self.is_quiet():
            return
        if not self.removed and self.messages:
            self.do_remove()
        if self.removed:
            message, mtime = self.removed.pop(self.random.randrange(len(self.removed)))
            if message.place in (m.place for m in self.messages):
                return
            self.note(f"restore {message.place}")
            with open(self.path(message), "wb") as file:
                file.write(message.content)
            os.utime(self.path(message), ns=(mtime, mtime))
            self.messages.append(message)

    def do_touch(self):
        """Times change, of a file or a folder, to now or to what they were."""
        message = self.any_message()
        path = self.random.choice([f"{self.maildir}/new", f"{self.maildir}/cur", message and self.path(message)])
        if not path:
            return
        mtime = os.stat(path).st_mtime_ns
        self.note(f"touch {path}")
        os.utime(path, **self.random.choice([{}, {"ns": (mtime, mtime)}]))

    def do_copy_all(self):
        """The Maildir moves to another disk, as cp -a would have it, index and all."""
        if self.is_quiet():
            old, self.maildir = self.maildir, f"{self.directory}/Maildir{len(self.trace)}"
            self.note(f"copy all to {self.maildir}")
            shutil.copytree(old, self.maildir, symlinks=True)
            shutil.rmtree(old)

    def do_map(self):
        """uidl.map is made, changed - by rename or in its place - or removed."""
        path = f"{self.maildir}/uidl.map"
        self.map_text = None
        if self.random.random() < 0.3:
            self.note("remove map")
            if os.path.exists(path):
                os.unlink(path)
            return
        names = [m.unique for m in self.messages if self.random.random() < 0.3] + ["1700000000.gone", "no tab"]
        lines = [f"{name}\t{self.random.choice(['UID%d' % self.random.randrange(99), name])}" for name in names]
        lines += ["no tab", "\tno-name", "no id\t", "a/b\tc", "x\twith blank"]
        self.random.shuffle(lines)
        self.map_text = "\n".join(lines) + self.random.choice(["\n", "\r\n", ""])
        is_new = self.random.random() < 0.5
        self.note(f"map {self.map_text!r}")
        with open(path + ".tmp" * is_new, "w", newline="") as file:
            file.write(self.map_text)
        if is_new:
            os.rename(path + ".tmp", path)

    def do_hurt_index(self):
        """It is removed or replaced; and changed in its place where no session has it mapped."""
        path, kept = f"{self.maildir}/popchain.index", f"{self.directory}/index"
        try:
            with open(path, "rb") as file:
                octets = bytearray(file.read())
        except FileNotFoundError:
            return
        how = self.random.choice(["remove", "keep", "put back", "replace", "truncate", "flip", "flip"])
        self.note(f"index: {how}")
        if how == "remove":
            os.unlink(path)
        elif how == "keep":
            shutil.copy2(path, kept)
        elif how == "put back" and os.path.exists(kept):
            os.rename(shutil.copy2(kept, f"{self.maildir}/tmp/kept"), path)
        elif how == "replace":
            with open(path + ".tmp", "wb") as file:
                file.write(self.random.randbytes(self.random.choice([0, 100, 4096, len(octets)])))
            os.rename(path + ".tmp", path)
        elif octets and self.is_quiet() and os.path.exists(path):
            with open(path, "r+b") as file:
                if how == "truncate":
                    file.truncate(self.random.randrange(len(octets)))
                for _ in range(self.random.choice([1, 1, 1, 100]) if how == "flip" else 0):
                    at = self.random.randrange(len(octets))
                    file.seek(at)
                    file.write(bytes([octets[at] ^ 1 << self.random.randrange(8)]))

    def do_pause(self):
        """Long enough that the clock has moved on: only then is an index believed."""
        time.sleep(0.03)

    # --- sessions

    def do_begin(self):
        if len(self.sessions) == 2:
            return
        settings = {}
        for name, value in (("POP3_SIZES", "name"), ("POP3_SIZES", "file"), ("POP3_INDEX", "0"),
                            ("POP3_MARK_SEEN", "0"), ("POP3_MOVE_NEW", "0"), ("POP3_UPDATE_ON_ABORT", "1"),
                            ("POP3_LOCK", "0")):
            if self.random.random() < 0.1:
                settings[name] = value
        self.note(f"begin {settings}")
        pop3d = Pop3d(self.program, self.maildir, settings, self.log)
        is_locked = any(session.settings.get("POP3_LOCK") != "0" for session, _ in self.sessions)
        if is_locked and settings.get("POP3_LOCK") != "0":
            self.compare("second session", pop3d.reply(), (IN_USE, None))
            self.compare("its exit", pop3d.wait(), 0)
            pop3d.close()
            return
        session = Session(self.messages, self.map_text, settings)
        self.sessions.append((session, pop3d))
        self.compare("greeting", pop3d.reply(), (session.greeting(), None))

    def do_commands(self):
        """Some commands at once (RFC 2449 s.6.6), their answers afterwards."""
        if not self.sessions:
            return
        session, pop3d = self.random.choice(self.sessions)
        commands = [self.any_command(session) for _ in range(self.random.choice([1, 1, 1, 2, 8]))]
        self.operations += len(commands) - 1
        self.note(f"session {self.sessions.index((session, pop3d))}: {commands}")
        pop3d.send("".join(command + "\r\n" for command in commands).encode())
        for command in commands:
            wanted = session.answer(command)
            self.compare(command, pop3d.reply(wanted[1] is not None), wanted)

    def any_command(self, session):
        number = self.random.randrange(0, len(session.messages) + 2)
        return self.random.choice(
            ["STAT", "LIST", "UIDL", "LAST", "NOOP", "RSET", f"LIST {number}", f"UIDL {number}",
             f"TOP {number} {self.random.choice([0, 1, 3, 99999])}"] + [f"RETR {number}"] * 4 + [f"DELE {number}"] * 3)

    def do_end(self):
        if not self.sessions:
            return
        session, pop3d = self.sessions.pop(self.random.randrange(len(self.sessions)))
        how = self.random.choice(["QUIT"] * 6 + ["close", "close", "kill", "kill in QUIT"])
        self.note(f"end by {how}")
        if how == "QUIT":
            pop3d.send(b"QUIT\r\n")
            session.update()
            self.compare("QUIT", pop3d.reply(), (b"+OK bye\r\n", None))
            if self.random.random() < 0.5:
                self.compare("what follows", pop3d.rest(), b"")
            pop3d.close()
            self.ended.append(pop3d)
            if self.random.random() < 0.5:
                self.is_quiet()
        elif how == "close":
            pop3d.send(self.random.choice([b"", b"QUIT", b"DELE 1"]))  # without its CRLF: no command
            pop3d.close()
            self.compare("exit", pop3d.wait(), 0)
            if session.settings.get("POP3_UPDATE_ON_ABORT") == "1":
                session.update()
        else:
            self.kill(session, pop3d, "in" in how)
        self.compare("files", self.on_disk(), sorted(m.place for m in self.messages))

    def kill(self, session, pop3d, in_quit):
        # Files of one unique name take each other's places: then nobody could tell what was done.
        is_plain = len({m.unique for m in self.messages}) == len(self.messages)
        if not in_quit or not is_plain:
            pop3d.kill()
            return
        before = [(m, m.place) for m in self.messages]
        pop3d.send(b"QUIT\r\n")
        time.sleep(self.random.random() / 500)
        pop3d.kill()
        session.update()
        there = self.on_disk()
        for message, place in before:
            if place in there:  # not done
                message.folder, message.name = place
                if message not in self.messages:
                    self.messages.append(message)

    # --- comparing

    def on_disk(self):
        return sorted((folder, name) for folder in ("new", "cur") for name in os.listdir(f"{self.maildir}/{folder}"))

    def look_at_all(self):
        self.is_quiet()
        self.compare("files", self.on_disk(), sorted(m.place for m in self.messages))
        for message in self.messages:
            with open(self.path(message), "rb") as file:
                self.compare(message.name, file.read(), message.content)
        session = Session(self.messages, self.map_text, {})
        pop3d = Pop3d(self.program, self.maildir, {}, self.log)
        self.sessions.append((session, pop3d))
        self.compare("greeting", pop3d.reply(), (session.greeting(), None))
        for command in ["LIST", "UIDL"] + [f"RETR {i + 1}" for i in range(len(session.messages))]:
            pop3d.send(f"{command}\r\n".encode())
            self.compare(command, pop3d.reply(True), session.answer(command))

    def compare(self, what, got, wanted):
        if got != wanted:
            if isinstance(wanted, list):
                got, wanted = [x for x in got if x not in wanted], [x for x in wanted if x not in got]
            raise AssertionError(f"{what}\n  wanted: {wanted!r:.300}\n  got:    {got!r:.300}")

    def stop(self):
        for pop3d in [pop3d for _, pop3d in self.sessions] + self.ended:
            pop3d.kill()
        self.log.close()


def run_round(seed, program, directory):
    """The number of operations; None if it failed, and then it has been told why."""
    this = Round(seed, program, directory)
    try:
        this.run()
        return this.operations
    except (AssertionError, OSError) as failure:
        print(*this.trace[-60:], sep="\n")
        print(f"seed {seed}, after {len(this.trace)} operations: {failure}")
    finally:
        this.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--directory", help="make the Maildirs below it: default /dev/shm, else where files are temporary")
    options = parser.parse_args()
    if not options.directory:
        options.directory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    print(f"seed {options.seed}", flush=True)

    # pop3d is copied to where joe can reach it, wherever the checkout is.
    with tempfile.TemporaryDirectory() as bin_directory, tempfile.TemporaryDirectory(dir=options.directory) as top:
        program = shutil.copy(f"{os.environ.get('BIN', 'build/bin')}/pop3d", bin_directory)
        for path in bin_directory, top, program:
            os.chmod(path, 0o755)
            if os.getuid() == 0:
                os.chown(path, JOE, JOE)
        if os.getuid() == 0:
            os.setgroups([])
            os.setresgid(JOE, JOE, JOE)
            os.setresuid(JOE, JOE, JOE)
        started, rounds, operations = time.monotonic(), 0, 0
        while rounds == 0 or time.monotonic() - started < options.seconds:
            directory = f"{top}/{rounds}"
            os.mkdir(directory)
            done = run_round(options.seed + rounds, program, directory)
            if done is None:
                return 1
            shutil.rmtree(directory)
            rounds += 1
            operations += done
        seconds = time.monotonic() - started
        print(f"{rounds} rounds, {operations} operations, {operations / seconds:.0f} per second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
