# SPDX-License-Identifier: ISC
"""What is run, killed, and hit by errors; and what must hold afterwards.

A scenario has prepare(world), run(world, plan, record), which gives facts, and check(world, facts).
facts.report is the tracer's. check may change the world: it is thrown away.
"""
import errno
import os
import re
from types import SimpleNamespace

from session import code_of, run_program, run_session
from world import JOE, OLD, SECRETS, Violation


class Session:
    """A POP3 session, with a delivery in its midst, and the sessions after it."""

    def __init__(self, name, links=(), settings=None, is_indexed=False):
        self.name, self.settings, self.is_indexed = name, settings or {}, is_indexed
        self.links = list(links)
        self.has_links = bool(links)

    def chain(self):
        return ["checkpw", "-f", "users/users.cdb"] + self.links + ["pop3d", "Maildir"]

    def prepare(self, world):
        world.reset()
        if self.is_indexed:
            world.make_index()
        else:
            world.make_quota()

    def run(self, world, plan=None, record=None):
        outcome, report = run_session(world, self.chain(), plan, self.settings, record)
        return SimpleNamespace(outcome=outcome, report=report, plan=plan)

    def check(self, world, facts):
        outcome = facts.outcome
        self.check_replies(outcome)
        self.check_list(world, outcome, getattr(facts, "plan", None))
        is_acknowledged = (outcome.quit or "").startswith("+OK")
        may_be_gone = set(outcome.deleted) if outcome.quit_sent else set()
        if self.has_links:
            may_be_gone.add(f"{OLD}.M1P1.h")
        world.check_messages(may_be_gone, outcome.deleted if is_acknowledged else ())
        if self.settings.get("POP3_DELETE") == "trash":
            world.check_trash(outcome.deleted)
        world.check_leftovers()
        if len(set(world.bulletins())) != len(world.bulletins()):
            raise Violation(f"bulletins are doubled: {world.bulletins()}")
        self.check_next(world, may_be_gone)

    def check_replies(self, outcome):
        """A failure of the machine is called so, and nothing else."""
        replies = outcome.refusals + [("login", outcome.login), ("QUIT", outcome.quit)]
        for command, reply in replies:
            if reply and not reply.startswith("+OK") and not code_of(reply).startswith("[SYS/"):
                raise Violation(f"{command} is answered by {reply}")

    def check_list(self, world, outcome, plan):
        """A list that could be given is whole: a client may take what is not in it for gone. Only a message
        that may not be read, or whose handle NFS has lost, is left out."""
        if plan and re.search(f"=({errno.EACCES}|{errno.ESTALE})[+]?$", plan):
            return
        seen = set(outcome.uidls.values())
        missing = {key for key in world.messages if world.expected_uidls.get(key, key) not in seen}
        if self.has_links:
            missing.discard(f"{OLD}.M1P1.h")
        if seen and missing:
            raise Violation(f"the list lacks {missing}")

    def check_next(self, world, may_be_gone):
        """The next session works, and sees all that there is."""
        before = {key for key in world.contents() if any(name.startswith(key) for _, name, _ in world.files())}
        outcome, _ = run_session(world, self.chain(), None, self.settings, is_traced=False,
                                 deletes=(), retrieves=None, delivery=False)
        if not (outcome.quit or "").startswith("+OK") or outcome.refusals:
            raise Violation(f"the next session: {outcome.login}, {outcome.refusals}, {outcome.quit}")
        if self.has_links:
            before.discard(f"{OLD}.M1P1.h")
            # What may not be read, by its mode, is passed over; the log says so.
            missing = [number for number in (2, 3) if number not in world.bulletins() and not re.search(
                f"event=skipped .*bulletin=0000{number}.*Permission denied", world.said())]
            if missing or len(set(world.bulletins())) != len(world.bulletins()):
                raise Violation(f"bulletins: {world.bulletins()} of 2 and 3 are there")
            world.tool("last-login", "-p", world.maildir)
        expected = {world.expected_uidls.get(key, key) for key in before}
        if len(set(outcome.uidls.values())) != len(outcome.uidls):
            raise Violation(f"a message is shown twice: {outcome.uidls}")
        seen = {identity for identity in outcome.uidls.values() if not re.match(r"\d+\.bull\d+\.", identity)}
        if self.has_links and world.had_power_loss:  # its removal may be lost, and the note of it not: some hours later it goes
            seen.discard(f"{OLD}.M1P1.h")
        if seen != expected:
            raise Violation(f"unique-ids: {seen - expected} are new, {expected - seen} are gone")
        world.check_messages(may_be_gone | {f"{OLD}.M1P1.h"} if self.has_links else may_be_gone)


class Deliver:
    """maildir-deliver."""
    name = "deliver"
    text = "Subject: hello\n\n" + "all of it\n" * 20000

    def prepare(self, world):
        world.reset()

    def run(self, world, plan=None, record=None):
        return SimpleNamespace(report=run_program(world, ["maildir-deliver", world.maildir], self.text, plan, record, JOE))

    def check(self, world, facts):
        new = [(f"new/{name}", content) for folder, name, content in world.files() if name.startswith(
            "1") and name.partition(":")[0] not in world.messages]
        code = dict(facts.report.exits).get("maildir-deliver")
        if code not in (0, 111, None):
            raise Violation(f"exit {code}")
        if len(new) > 1 or (code == 0 and not new) or (code == 111 and new):
            raise Violation(f"{len(new)} messages after exit {code}")
        for path, content in new:
            if content != self.text.encode():
                raise Violation("part of a message is delivered")
            world.delivered[os.path.basename(path)] = (path, content)
        world.check_messages()
        world.check_leftovers()
        world.deliver()
        Session("after").check_next(world, set())


class Apoppasswd:
    """A change of users.cdb: the old one or the new one is there, and the next change works."""

    def __init__(self, name, arguments, text, after, before=None):
        self.name, self.arguments, self.text = name, arguments, text
        self.before = before if before is not None else {login: SECRETS[login] for login in ("joe", "ann")}
        self.after = after

    def prepare(self, world):
        world.reset()
        if not self.before:
            for name in os.listdir(world.users):
                os.unlink(f"{world.users}/{name}")

    def run(self, world, plan=None, record=None):
        argv = ["apoppasswd", "-f", world.database] + self.arguments
        return SimpleNamespace(report=run_program(world, argv, self.text, plan, record))

    def check(self, world, facts):
        code = dict(facts.report.exits).get("apoppasswd")
        # 1: no secret could be read; 127: the C library could not load it.
        if code not in (0, 1, 111, 127, None):
            raise Violation(f"exit {code}")
        if not self.before:
            return self.check_created(world, code)
        if code == 0:
            states = [self.after]
        elif code is None or "perhaps not on disk" in world.said():
            states = [self.before, self.after]
        else:
            states = [self.before]
        world.check_logins(*states)
        self.check_usable(world)

    def check_usable(self, world):
        world.tool("apoppasswd", "-f", world.database, "-l")
        world.tool("apoppasswd", "-f", world.database, "-a", "joe", text="open rye and oats\n")
        if world.login("joe", "open rye and oats") != 0:
            raise Violation("the next change has no effect")
        left = set(os.listdir(world.users)) - {"users.cdb", "users.key", "users.cdb.lock"}
        if left - ({"users.key.new"} if "-k" in self.arguments or not self.before else set()):
            raise Violation(f"left behind: {left}")

    def check_created(self, world, code):
        again, said = world.tool("apoppasswd", "-f", world.database, "-c", check=False)
        if again != (1 if code == 0 else again) or again not in (0, 1):
            raise Violation(f"a second -c ends with {again} after {code}: {said.decode()}")
        lines = f"joe:sesame:{JOE}:{JOE}:{world.top}/joe\n"
        world.tool("apoppasswd", "-f", world.database, "-i", "-", text=lines)
        world.check_logins({"joe": "sesame"})
        self.check_usable(world)


class BulletinAdd:
    """A bulletin is published whole or not at all, and no number is used twice."""
    name = "bulletin-add"
    text = "From: postmaster@h\nDate: today\nSubject: four\n\nto all\n"

    def prepare(self, world):
        world.reset()

    def run(self, world, plan=None, record=None):
        return SimpleNamespace(report=run_program(world, ["bulletin-add", world.bulls, "four"], self.text, plan, record))

    def check(self, world, facts):
        code = dict(facts.report.exits).get("bulletin-add")
        if code not in (0, 111, None):
            raise Violation(f"exit {code}")
        there = self.names(world)
        if code == 0 and "00004.four" not in there:
            raise Violation(f"published, and not there: {there}")
        for name in there - {"00001.text", "00002.text", "00003.text"}:
            with open(f"{world.bulls}/{name}", encoding="ascii") as file:
                if file.read() != self.text:
                    raise Violation(f"{name} is not whole")
        world.tool("bulletin-add", world.bulls, "five", text=self.text)
        numbers = sorted(int(name.split(".")[0]) for name in self.names(world))
        if len(set(numbers)) != len(numbers) or len(numbers) < len(there) + 1:
            raise Violation(f"numbers: {numbers}")
        left = [name for name in os.listdir(world.bulls) if name.startswith(".") and name != ".highest"]
        if left:
            raise Violation(f"left behind: {left}")

    def names(self, world):
        return {name for name in os.listdir(world.bulls) if not name.startswith(".")}


def all_scenarios(world_top):
    """In the order of their importance."""
    joe = SECRETS["joe"]
    ann = SECRETS["ann"]
    line = f"bob:{SECRETS['bob']}:{JOE}:{JOE}:%TOP%/joe\nann:open barley two:{JOE}:{JOE}:%TOP%/joe\n"
    return [
        Session("session", ["bulletins", "-h", "h", f"{world_top}/bulls", "expire", "30", "last-login"],
                {"POP3_GUESSES": f"{world_top}/guesses"}, is_indexed=True),
        Session("session-trash-import", (), {"POP3_DELETE": "trash", "POP3_UIDL_IMPORT": "dovecot"}),
        Deliver(),
        Apoppasswd("passwd-change", ["-a", "joe"], "open spelt and rye\n", {"joe": "open spelt and rye", "ann": ann}),
        Apoppasswd("passwd-import", ["-i", "-"], line.replace("%TOP%", world_top),
                   {"joe": joe, "ann": "open barley two", "bob": SECRETS["bob"]}),
        Apoppasswd("passwd-key", ["-k"], "", {"joe": joe, "ann": ann}),
        Apoppasswd("passwd-create", ["-c"], "", {}, {}),
        BulletinAdd(),
    ]
