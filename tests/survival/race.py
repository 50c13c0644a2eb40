#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Many programs work on one Maildir at the same time; then looks whether all is well.

race.py BIN [--tracer FILE] [--seconds N] [--round N] [--only N] [--seed N] [--without-others]
        [--keep DIRECTORY]

BIN has the programs; the tracer is in BIN/../test. A round is a Maildir with its actors
(race_actors.py): deliverers - ours, maildrop and Dovecot's LDA - IMAP users of Dovecot's, POP3 clients,
a retention job, a postmaster. Rounds differ in the mailbox's size, its file system, the haste of all and the
settings; in every second one our programs, and the others, are held up at random system calls
(tracer -j). Afterwards race_model.py judges. Dovecot and maildrop are unpacked from Debian's packages
(race_others.py); without them the rest goes on alone, and says so. --only repeats one kind of round.
Exits 1 if anything was wrong. A seed gives the same choices again, but not the same race.
"""
import argparse
import ctypes
import glob
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter

sys.dont_write_bytecode = True
import pool  # noqa: E402
from race_actors import Deliverer, ImapUser, Lda, Maildrop, Postmaster, Retention  # noqa: E402
from race_events import Delivery, Told, now, text_of  # noqa: E402
from race_model import Model  # noqa: E402
from race_others import Others  # noqa: E402
from race_pop3 import LastPop3, Pop3  # noqa: E402
from world import JOE, World  # noqa: E402

MS_BIND = 0x1000
MOST_SECONDS = 150  # for an actor to come to its end
SIZES = (300, 40, 2500, 100)  # of mailboxes; the largest is more than one reading of a directory gives at once
SETTINGS = ({}, {"POP3_DELETE": "trash"}, {"POP3_UIDL_IMPORT": "dovecot"}, {"POP3_INDEX": "0"}, {"POP3_MARK_SEEN": "0"})


class Round:
    """One Maildir, and those who work on it."""

    def __init__(self, number, options, worlds, others):
        self.number, self.options, self.others = number, options, others
        self.random = random.Random(f"{options.seed}-{number}")
        self.world = worlds[number // 2 % 2]
        self.is_perturbed = number % 2 == 1
        self.size = SIZES[number // 2 % len(SIZES)]
        # In a calm one many a session finds all as it was, and believes the index.
        self.calmness = 30 if number // 2 % 3 == 1 else 1
        self.settings = SETTINGS[number // 2 % len(SETTINGS)]
        self.top, self.bin = self.world.top, self.world.bin
        self.maildir, self.bulls = self.world.maildir, self.world.bulls
        self.environment = self.world.environment
        self.links = ["bulletins", "-h", "h", self.bulls, "expire", "30", "last-login"]
        self.deadline = 0

    def __str__(self):
        return f"round {self.number}: {self.size} messages in {os.path.dirname(self.top)}, {self.settings}" + \
            ", calm" * (self.calmness > 1) + ", perturbed" * self.is_perturbed

    def count(self):
        return len(os.listdir(f"{self.maildir}/new")) + len(os.listdir(f"{self.maildir}/cur"))

    def prepare(self):
        """The world's own messages and bulletins give way to ours."""
        self.world.reset()
        for path in glob.glob(f"{self.top}.*.log*"):
            os.unlink(path)
        for folder in (f"{self.maildir}/new", f"{self.maildir}/cur", self.bulls):
            for name in os.listdir(folder):
                if name != ".highest":
                    os.unlink(f"{folder}/{name}")
        self.world.write("joe/Maildir/.popbull", b"3\n")
        told = Told("the beginning")
        for i in range(self.size):
            token, name = f"p{self.options.seed}-{self.number}-{i}", f"1700{i:06}.M{i}P1.h"
            path = self.random.choice(["cur/%s:2,S", "cur/%s:2,", "new/%s"]) % name
            self.world.write(f"joe/Maildir/{path}", text_of(token))
            told.names[name] = token
            told.deliveries.append(Delivery(token, 0, 0, True))
        self.world.own()
        return told

    def run(self, seconds):
        """What was wrong, and the counts of operations."""
        tolds = [self.prepare()]
        if "POP3_UIDL_IMPORT" in self.settings and self.others.has_dovecot:
            tolds += self.play([(ImapUser, "imap-first")], 0)  # so that there is a list to import
        tolds += self.play(self.cast(), seconds)
        self.is_perturbed = False
        last = self.play([(LastPop3, "pop3-last")], 0)
        if self.others.has_dovecot:
            last += self.play([(ImapUser, "imap-last")], 0)
        last[0].expired = self.expired()
        model = Model(tolds + last, self.maildir)
        there = model.check()
        for told in last:
            if set(told.seen) != there:
                model.wrong.append(f"{told.name} sees {len(told.seen)} of {len(there)}: {set(told.seen) ^ there}")
        if self.settings.get("POP3_DELETE") == "trash":
            model.check_trash()
        operations = Counter()
        for told in tolds + last:
            operations.update(told.operations)
        return model.wrong, operations

    def cast(self):
        kinds = [(Pop3, "pop3-a"), (Pop3, "pop3-b"), (Deliverer, "ours"), (Retention, "retention"),
                 (Postmaster, "postmaster")]
        if self.others.has_maildrop:
            kinds.append((Maildrop, "maildrop"))
        if self.others.has_dovecot:
            kinds += [(Lda, "lda"), (ImapUser, "imap-a"), (ImapUser, "imap-b")]
        return kinds

    def play(self, cast, seconds):
        """What they have told."""
        self.deadline = now() + int(seconds * 1e9)
        running = []
        for kind, name in cast:
            ours, its = multiprocessing.Pipe()
            actor = kind(self, name, self.random.randrange(1 << 30))
            process = multiprocessing.Process(target=actor.run, args=(its,))
            process.start()
            its.close()
            running.append((name, process, ours))
        return [self.hear(*each, seconds) for each in running]

    def hear(self, name, process, pipe, seconds):
        told = Told(name, wrong=[f"{name} hangs"])
        try:
            if pipe.poll(seconds + MOST_SECONDS):
                told = pipe.recv()
        except EOFError:
            told.wrong = [f"{name} has died"]
        process.join(5)
        process.terminate()
        return told

    def expired(self):
        """As the logs have it."""
        removed = 0
        for path in glob.glob(f"{self.top}.*.log"):
            with open(path, encoding="latin1") as file:
                removed += sum(map(int, re.findall(r"expire: event=expired .*?removed=(\d+)", file.read())))
        return removed


# --- the whole


def bind_passwd(top):
    """maildrop asks for the name of its uid, which need not have one: only we see this file."""
    with open("/etc/passwd", encoding="latin1") as file:
        lines = [line for line in file if f":{JOE}:" not in line]
    with open(f"{top}/passwd", "w", encoding="latin1") as file:
        file.writelines(lines + [f"popjoe:x:{JOE}:{JOE}::/:/bin/sh\n"])
    if ctypes.CDLL(None).mount(f"{top}/passwd".encode(), b"/etc/passwd", None, MS_BIND, None):
        sys.exit("cannot bind a file over /etc/passwd")


def make_worlds(options, top):
    """One in memory, and one on the disk, with the same programs."""
    os.chmod(top, 0o755)
    for folder in ("own", "disk"):
        os.mkdir(f"{top}/{folder}")
    shutil.copytree(options.bin, f"{top}/bin")
    shutil.copy(options.tracer or f"{options.bin}/../test/tracer", f"{top}/bin")
    pool.mount_own(f"{top}/own")
    bind_passwd(top)
    return [World(f"{top}/{folder}/world", f"{top}/bin") for folder in ("own", "disk")]


def find_others(options, top):
    others = Others(f"{top}/others", not options.without_others)
    for name, has in (("Dovecot", others.has_dovecot), ("maildrop", others.has_maildrop)):
        if not has:
            print(f"race: without {name}, which is not to be had", flush=True)
    return others


def race(options, top):
    worlds, others = make_worlds(options, top), find_others(options, top)
    operations, violations, number = Counter(), 0, 0
    print(f"seed {options.seed}", flush=True)
    end = time.monotonic() + options.seconds
    while number < 2 or time.monotonic() + options.round < end:
        this = Round(number if options.only is None else options.only, options, worlds, others)
        title = str(this)
        wrong, done = this.run(options.round)
        operations.update(done)
        violations += len(wrong)
        print(f"{title}: {sum(done.values())} operations, {len(wrong)} violations", flush=True)
        for text in wrong[:10]:
            print(f"  {text}", flush=True)
        if wrong and options.keep:
            subprocess.run(["cp", "-a", os.path.dirname(this.top), f"{options.keep}/{number}"], check=True)
        number += 1
    for what, count in sorted(operations.items()):
        print(f"{count:9} {what}")
    total = sum(operations.values())
    print(f"race: {number} rounds, {total} operations, {violations} violations (seed {options.seed})")
    return 1 if violations else 0


def main():
    parser = argparse.ArgumentParser(description="races")
    parser.add_argument("bin")
    parser.add_argument("--tracer")
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--round", type=float, default=15)
    parser.add_argument("--only", type=int, help="the number of the one kind of round")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--without-others", action="store_true")
    parser.add_argument("--keep", help="where to copy what is left of a round with violations")
    options = parser.parse_args()
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        sys.exit("needs root, and mount namespaces")
    with tempfile.TemporaryDirectory(prefix="race.") as top:
        try:
            return race(options, top)
        finally:
            ctypes.CDLL(None).umount2(f"{top}/own".encode(), 2)  # MNT_DETACH: or it could not be removed


if __name__ == "__main__":
    sys.exit(main())
